//! Parts of a state that vary in size, up to a bound.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::State;

/// A list of at most `N` values.
///
/// ```
/// use wasmill_sdk::Bounded;
///
/// let mut latest = Bounded::<i64, 2>::default();
/// assert!(latest.push(1) && latest.push(2));
/// assert!(!latest.push(3)); // there was no room
/// latest.remove(0);
/// assert!(latest.push(3));
/// assert_eq!(*latest, [2, 3]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Default for Bounded<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const N: usize> Bounded<T, N> {
    /// Adds a value at the end, if there is room; whether there was.
    pub fn push(&mut self, value: T) -> bool {
        let has_room = self.0.len() < N;
        if has_room {
            self.0.push(value);
        }
        has_room
    }

    /// Takes a value out; those behind it move up.
    ///
    /// # Panics
    /// If there is no such value.
    pub fn remove(&mut self, at: usize) -> T {
        self.0.remove(at)
    }

    /// Keeps the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Whether there is no room left.
    pub fn is_full(&self) -> bool {
        self.0.len() >= N
    }
}

impl<T, const N: usize> Deref for Bounded<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for Bounded<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: State, const N: usize> State for Bounded<T, N> {
    const MOST_BYTES: usize = 4 + N * T::MOST_BYTES;

    fn encode(&self, bytes: &mut Vec<u8>) {
        // At most N, of which all together fit into memory.
        (self.0.len() as u32).encode(bytes);
        self.0.iter().for_each(|value| value.encode(bytes));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let count = u32::decode(bytes)? as usize;
        if count > N {
            return None;
        }
        let values: Option<Vec<T>> = (0..count).map(|_| T::decode(bytes)).collect();
        values.map(Self)
    }
}

/// A text of at most `N` bytes; what is longer is cut where a character ends.
///
/// ```
/// use wasmill_sdk::BoundedText;
///
/// assert_eq!(&*BoundedText::<6>::from("Écran 4K"), "Écran");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedText<const N: usize>(String);

impl<const N: usize> From<&str> for BoundedText<N> {
    fn from(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(N)].to_owned())
    }
}

impl<const N: usize> Deref for BoundedText<N> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for BoundedText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const N: usize> State for BoundedText<N> {
    const MOST_BYTES: usize = 4 + N;

    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.0.len() as u32).encode(bytes);
        bytes.extend_from_slice(self.0.as_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let length = u32::decode(bytes)? as usize;
        let (text, rest) = bytes.split_at_checked(length).filter(|_| length <= N)?;
        *bytes = rest;
        std::str::from_utf8(text).ok().map(|text| Self(text.to_owned()))
    }
}
