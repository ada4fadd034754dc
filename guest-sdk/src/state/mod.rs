//! What an aggregate remembers, as bytes.
//!
//! The engine keeps states, hands them in and takes them back: so a state is plain data of a bounded size, little endian,
//! without anything that only this build knows.

mod bounded;

pub use bounded::{Bounded, BoundedText};

use crate::{Date, Timestamp};

/// Plain data of a bounded size: numbers, booleans, [`Timestamp`], [`Date`], arrays, tuples, `Option`, [`Bounded`] lists and
/// [`BoundedText`], and structs of these with `#[derive(State)]`.
///
/// ```
/// use wasmill_sdk::State;
///
/// #[derive(State, Default, Debug, PartialEq)]
/// struct Mean {
///     sum: f64,
///     count: u64,
/// }
///
/// let mut bytes = Vec::new();
/// Mean { sum: 1.5, count: 3 }.encode(&mut bytes);
/// assert_eq!(bytes.len(), Mean::MOST_BYTES);
/// assert_eq!(Mean::decode(&mut &*bytes), Some(Mean { sum: 1.5, count: 3 }));
/// assert_eq!(Mean::decode(&mut &bytes[..9]), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be part of a state",
    label = "not plain data of a bounded size",
    note = "a state is made of numbers, `bool`, `Timestamp`, `Date`, arrays, tuples, `Option`, `Bounded<T, N>`, `BoundedText<N>`, and structs with `#[derive(State)]`"
)]
pub trait State: Sized {
    /// The most bytes it takes.
    const MOST_BYTES: usize;

    /// Appends its bytes.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// Takes it off the front of `bytes`; nothing if they are too short or no such state.
    fn decode(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! number {
    ($($type:ty),+) => {$(
        impl State for $type {
            const MOST_BYTES: usize = size_of::<$type>();

            #[inline]
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                let (own, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(<$type>::from_le_bytes(*own))
            }
        }
    )+};
}
number!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl State for bool {
    const MOST_BYTES: usize = 1;

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match u8::decode(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl State for Timestamp {
    const MOST_BYTES: usize = 8;

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.micros().encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        i64::decode(bytes).map(Timestamp::from_micros)
    }
}

impl State for Date {
    const MOST_BYTES: usize = 4;

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.days().encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        i32::decode(bytes).map(Date::from_days)
    }
}

impl<T: State> State for Option<T> {
    const MOST_BYTES: usize = 1 + T::MOST_BYTES;

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.is_some().encode(bytes);
        if let Some(value) = self {
            value.encode(bytes);
        }
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match bool::decode(bytes)? {
            true => T::decode(bytes).map(Some),
            false => Some(None),
        }
    }
}

impl<T: State, const N: usize> State for [T; N] {
    const MOST_BYTES: usize = N * T::MOST_BYTES;

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.iter().for_each(|value| value.encode(bytes));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let values: Option<Vec<T>> = (0..N).map(|_| T::decode(bytes)).collect();
        values?.try_into().ok()
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),*) => {
        impl<$($name: State),*> State for ($($name,)*) {
            const MOST_BYTES: usize = 0 $(+ $name::MOST_BYTES)*;

            fn encode(&self, bytes: &mut Vec<u8>) {
                $(self.$at.encode(bytes);)*
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                Some(($($name::decode(bytes)?,)*))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

#[cfg(test)]
#[path = "state_test.rs"]
mod tests;
