//! What a transform may return.

use crate::Error;
use crate::cell::Cell;

/// A struct whose fields are the columns of a table. `#[derive(Row)]` implements it.
///
/// ```
/// use wasmill_sdk::{IntoRows, Row};
///
/// #[derive(Row)]
/// struct Order {
///     order_id: i64,
/// }
///
/// /// What is to work with any row asks for it like this.
/// fn but_the_first<T: Row + IntoRows>(rows: Vec<T>) -> impl IntoRows {
///     wasmill_sdk::rows(rows.into_iter().skip(1))
/// }
///
/// but_the_first(vec![Order { order_id: 1 }, Order { order_id: 2 }]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row",
    label = "not a row",
    note = "write `#[derive(Row)]` over the struct"
)]
pub trait Row: Cell {}

impl Row for () {}

/// What a transform returns for one record: no row (`()`, `None`, an empty `Vec`), one (a struct with `#[derive(Row)]`, or
/// [`json()`](crate::json())), or several (a `Vec`, an array, [`rows`] over an iterator).
///
/// ```
/// use wasmill_sdk::{json, rows, Error, IntoRows, Record, Row};
///
/// #[derive(Row)]
/// struct Order {
///     order_id: i32,
///     quantities: Vec<i32>,
/// }
///
/// #[derive(Row)]
/// struct Line {
///     order_id: i32,
///     quantity: i32,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let order = json::<Order>(record.value()).read()?;
///     Ok(rows(order.quantities.into_iter().map(move |quantity| Line { order_id: order.order_id, quantity })))
/// }
///
/// let rows = wasmill_sdk::testing::run(parse, r#"{"order_id": 1, "quantities": [2, 3]}"#).unwrap();
/// assert_eq!(rows.len(), 2);
/// assert_eq!(rows[1]["quantity"], 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be returned as rows",
    label = "not rows",
    note = "return `()`, a struct with `#[derive(Row)]`, `json::<T>(..)`, an `Option`, `Vec` or array of these, or `rows(iterator)`"
)]
pub trait IntoRows {
    /// The row that they are.
    type Row: Row;

    /// Appends them to the columns. After an `Err` the columns may hold some of them.
    fn append_to(self, columns: &mut <Self::Row as Cell>::Column) -> Result<(), Error>;
}

impl IntoRows for () {
    type Row = ();

    fn append_to(self, _: &mut <() as Cell>::Column) -> Result<(), Error> {
        Ok(())
    }
}

impl<T: IntoRows> IntoRows for Option<T> {
    type Row = T::Row;

    fn append_to(self, columns: &mut <T::Row as Cell>::Column) -> Result<(), Error> {
        self.map_or(Ok(()), |rows| rows.append_to(columns))
    }
}

impl<T: IntoRows> IntoRows for Vec<T> {
    type Row = T::Row;

    fn append_to(self, columns: &mut <T::Row as Cell>::Column) -> Result<(), Error> {
        rows(self).append_to(columns)
    }
}

impl<T: IntoRows, const N: usize> IntoRows for [T; N] {
    type Row = T::Row;

    fn append_to(self, columns: &mut <T::Row as Cell>::Column) -> Result<(), Error> {
        rows(self).append_to(columns)
    }
}

/// The rows that an iterator gives, without a `Vec` between; see [`IntoRows`].
///
/// ```
/// use wasmill_sdk::{Error, IntoRows, Record, Row, rows, testing};
///
/// #[derive(Row)]
/// struct Word {
///     word: String,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let text = str::from_utf8(record.value().unwrap_or_default())?;
///     Ok(rows(text.split_whitespace().map(|word| Word { word: word.to_owned() })))
/// }
///
/// assert_eq!(testing::run(parse, "one two three").unwrap()[2]["word"], "three");
/// ```
pub fn rows<I: IntoIterator<Item: IntoRows>>(rows: I) -> Rows<I> {
    Rows(rows)
}

/// What [`rows`] returns.
///
/// ```
/// use wasmill_sdk::{Row, Rows, rows};
///
/// #[derive(Row)]
/// struct Line {
///     quantity: i32,
/// }
///
/// let two: Rows<[Line; 2]> = rows([Line { quantity: 2 }, Line { quantity: 3 }]);
/// ```
#[derive(Debug)]
pub struct Rows<I>(I);

impl<I: IntoIterator<Item: IntoRows>> IntoRows for Rows<I> {
    type Row = <I::Item as IntoRows>::Row;

    fn append_to(self, columns: &mut <Self::Row as Cell>::Column) -> Result<(), Error> {
        self.0.into_iter().try_for_each(|rows| rows.append_to(columns))
    }
}
