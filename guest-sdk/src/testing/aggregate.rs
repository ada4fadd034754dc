//! Calling an aggregate in a native test.

use super::{Value, value};
use crate::Error;
use crate::aggregate::{self, Aggregate, Packed};
use crate::cell::Cell;
use crate::column::{Column, Data};

/// Rows of one call: few, so that a test of some hundred rows sees states go out and come back.
const ROWS: usize = 100;

/// A row for an aggregate: its arguments as a tuple, or its one argument as it is.
///
/// ```
/// use wasmill_sdk::testing::Arguments;
///
/// fn rows_of_spread() -> Vec<impl Arguments> {
///     vec![1.0, 7.5]
/// }
///
/// fn rows_of_streak() -> Vec<impl Arguments> {
///     vec![("ERROR", Some(1)), ("INFO", None)]
/// }
/// # (rows_of_spread(), rows_of_streak());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a row of an aggregate's arguments",
    note = "a row is one argument, or a tuple of up to 8: `bool`, `i32`, `i64`, `f64`, `&str`, `String`, `Timestamp`, `Date`, or an `Option` of those"
)]
pub trait Arguments {
    /// Columns of arguments under construction.
    #[doc(hidden)]
    type Columns: Default;

    #[doc(hidden)]
    fn append(&self, columns: &mut Self::Columns);

    #[doc(hidden)]
    fn finish(columns: Self::Columns) -> Vec<Data>;
}

impl<T: Cell> Arguments for T {
    type Columns = T::Column;

    fn append(&self, column: &mut T::Column) {
        Cell::append(self, column);
    }

    fn finish(column: T::Column) -> Vec<Data> {
        let mut data = Vec::new();
        column.finish(&mut data);
        data
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),+) => {
        impl<$($name: Cell),+> Arguments for ($($name,)+) {
            type Columns = ($($name::Column,)+);

            fn append(&self, columns: &mut Self::Columns) {
                $(self.$at.append(&mut columns.$at);)+
            }

            fn finish(columns: Self::Columns) -> Vec<Data> {
                let mut data = Vec::new();
                $(columns.$at.finish(&mut data);)+
                data
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// Feeds rows to an aggregate as the engine does, in columns, with its state as bytes from call to call, and gives the result.
///
/// ```
/// use wasmill_sdk::{State, aggregate, testing};
///
/// #[derive(State, Default)]
/// struct Mean {
///     sum: f64,
///     count: u64,
/// }
///
/// #[aggregate]
/// impl Mean {
///     fn update(&mut self, value: f64) {
///         self.sum += value;
///         self.count += 1;
///     }
///
///     fn merge(&mut self, other: &Self) {
///         self.sum += other.sum;
///         self.count += other.count;
///     }
///
///     fn finish(&self) -> Option<f64> {
///         (self.count > 0).then(|| self.sum / self.count as f64)
///     }
/// }
///
/// let rows = [Some(1.0), None, Some(4.0)]; // of several arguments: tuples
/// assert_eq!(testing::aggregate::<Mean>(rows).unwrap(), 2.5);
/// // Whatever the parts, they come to the same as the whole.
/// assert_eq!(testing::aggregate_parts::<Mean>(rows, 2).unwrap(), 2.5);
/// assert!(testing::aggregate::<Mean>([None::<f64>]).unwrap().is_null());
/// ```
///
/// # Errors
/// If the rows are not what `update` takes.
pub fn aggregate<A: Aggregate>(rows: impl IntoIterator<Item: Arguments>) -> Result<Value, Error> {
    let rows: Vec<_> = rows.into_iter().collect();
    finish::<A>(&updated::<A, _>(&rows)?)
}

/// As [`aggregate()`], with the rows cut into so many parts of about the same size, one behind the other: each is aggregated by itself,
/// as cores and batches do, then they are merged.
///
/// ```
/// use wasmill_sdk::{State, aggregate, testing};
///
/// #[derive(State, Default)]
/// struct Most(i64);
///
/// #[aggregate]
/// impl Most {
///     fn update(&mut self, value: i64) {
///         self.0 = self.0.max(value);
///     }
///
///     fn merge(&mut self, other: &Self) {
///         self.update(other.0);
///     }
///
///     fn finish(&self) -> i64 {
///         self.0
///     }
/// }
///
/// for parts in 1..=4 {
///     assert_eq!(testing::aggregate_parts::<Most>([3_i64, 9, 4, 1], parts).unwrap(), 9);
/// }
/// ```
///
/// # Errors
/// As [`aggregate()`].
pub fn aggregate_parts<A: Aggregate>(rows: impl IntoIterator<Item: Arguments>, parts: usize) -> Result<Value, Error> {
    let rows: Vec<_> = rows.into_iter().collect();
    let mut whole = empty();
    for part in rows.chunks(rows.len().div_ceil(parts.max(1)).max(1)) {
        whole = aggregate::merge::<A>(&whole, &[0], &updated::<A, _>(part)?)?;
    }
    finish::<A>(&whole)
}

/// One group without rows.
fn empty() -> Packed {
    let mut states = Packed::default();
    states.push(&[]);
    states
}

fn updated<A: Aggregate, T: Arguments>(rows: &[T]) -> Result<Packed, Error> {
    let mut state = empty();
    for rows in rows.chunks(ROWS) {
        let mut columns = T::Columns::default();
        rows.iter().for_each(|row| row.append(&mut columns));
        state = aggregate::update::<A>(&state, &vec![0; rows.len()], &T::finish(columns))?;
    }
    Ok(state)
}

fn finish<A: Aggregate>(state: &Packed) -> Result<Value, Error> {
    let columns = aggregate::finish::<A>(state)?;
    Ok(value(&aggregate::result::<A>(), &columns, 0))
}

#[cfg(test)]
#[path = "aggregate_test.rs"]
mod tests;
