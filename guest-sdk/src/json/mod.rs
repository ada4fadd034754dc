//! JSON to columns, by the fields of a struct: no value between, no text of its own.

mod java;
mod leaf;
mod number;
mod object;
mod reader;
mod text;
mod value;
mod walk;

use std::fmt;
use std::marker::PhantomData;

pub use object::{complete_field, complete_value, read_field, read_value};
pub use reader::{Read, Reader};
pub use value::FromJson;

use crate::Error;
use crate::cell::Cell;
use crate::column::Column;
use crate::rows::{IntoRows, Row};

/// A record's value as a row of type `T`, read from JSON.
///
/// Returned from a transform it is the fast way: each value goes straight into its column. Where the transform has something
/// to compute, [`Json::read`] gives the `T`.
///
/// The names of the object are those of the fields; others are skipped. As it stands, the reading is strict: a value of
/// another type, a field that is not there (unless it is an `Option`), a text that is not JSON up to its end, is an error
/// of this record, and says where.
///
/// ```
/// use wasmill_sdk::{json, Error, IntoRows, Record, Row};
///
/// #[derive(Row)]
/// struct Order {
///     order_id: i32,
///     total: f64,
///     items: Vec<Item>,
/// }
///
/// #[derive(Row)]
/// struct Item {
///     quantity: i32,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     Ok(json::<Order>(record.value()))
/// }
///
/// let wrong = r#"{"order_id": 7, "total": 1.5, "items": [{"quantity": 1}, {"quantity": "2"}]}"#;
/// let error = wasmill_sdk::testing::run(parse, wrong).unwrap_err();
/// assert_eq!(error.to_string(), r#"`$.items[1].quantity` at byte 70: expected a 32-bit integer, found `"2"`"#);
/// ```
pub fn json<'a, T: Row>(text: impl Text<'a>) -> Json<'a, T> {
    Json {
        text: text.bytes(),
        of: PhantomData,
    }
}

/// What [`json()`] reads: a record's value or key, bytes, or a text.
///
/// ```
/// use wasmill_sdk::{Error, Row, Text, json};
///
/// #[derive(Row)]
/// struct Order {
///     order_id: i64,
/// }
///
/// fn order_id<'a>(text: impl Text<'a>) -> Result<i64, Error> {
///     Ok(json::<Order>(text).read()?.order_id)
/// }
///
/// assert_eq!(order_id(r#"{"order_id": 7}"#).unwrap(), 7);
/// assert_eq!(order_id(&b"{\"order_id\": 7}"[..]).unwrap(), 7);
/// assert!(order_id(None::<&[u8]>).is_err());
/// ```
pub trait Text<'a> {
    /// The bytes, unless null.
    fn bytes(self) -> Option<&'a [u8]>;
}

impl<'a> Text<'a> for Option<&'a [u8]> {
    fn bytes(self) -> Option<&'a [u8]> {
        self
    }
}

impl<'a> Text<'a> for &'a [u8] {
    fn bytes(self) -> Option<&'a [u8]> {
        Some(self)
    }
}

impl<'a> Text<'a> for &'a str {
    fn bytes(self) -> Option<&'a [u8]> {
        Some(self.as_bytes())
    }
}

/// A text that is to become a row; see [`json()`].
///
/// ```
/// use wasmill_sdk::{Error, IntoRows, Json, Record, Row, json};
///
/// #[derive(Row)]
/// struct Order {
///     order_id: i64,
/// }
///
/// /// Several places may read the same, strictly; `Json<'a, Order, true>` is what reads as Spark does.
/// fn order<'a>(record: &Record<'a>) -> Json<'a, Order> {
///     json(record.value())
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     Ok(order(record))
/// }
///
/// let rows = wasmill_sdk::testing::run(parse, r#"{"order_id": 7}"#).unwrap();
/// assert_eq!(rows[0]["order_id"], 7);
/// ```
pub struct Json<'a, T, const SPARK: bool = false> {
    text: Option<&'a [u8]>,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Row> Json<'a, T> {
    /// Reads as Spark's `from_json` does with its schema: a value of another type is null and its neighbours stay, a field that
    /// is not there is null, whatever the field's type in Rust; a null value, an empty text, and JSON that is no object are
    /// a row of nulls. Text that is no JSON is still an error of its record: the pipeline's `on_error` decides what becomes of it
    /// (`"null"` is Spark's PERMISSIVE, `"skip"` its DROPMALFORMED, `"fail"` its FAILFAST).
    ///
    /// ```
    /// # use wasmill_sdk::{json, Error, IntoRows, Record, Row};
    /// #[derive(Row)]
    /// struct Order {
    ///     order_id: i32,
    ///     customer: String,
    /// }
    ///
    /// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    ///     Ok(json::<Order>(record.value()).spark())
    /// }
    ///
    /// let rows = wasmill_sdk::testing::run(parse, r#"{"order_id": "seven", "customer": 12}"#).unwrap();
    /// assert!(rows[0]["order_id"].is_null());
    /// assert_eq!(rows[0]["customer"], "12");
    /// ```
    pub fn spark(self) -> Json<'a, T, true> {
        Json {
            text: self.text,
            of: PhantomData,
        }
    }
}

/// What a text became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A row; all its fields are null if the text was JSON, but no object.
    Row,
    /// A null in the row's place: there was no text. In columns it looks as a row of nulls does.
    Null,
}

impl<'a, T: Row, const SPARK: bool> Json<'a, T, SPARK> {
    /// The row as a Rust value, to compute on.
    ///
    /// ```
    /// # use wasmill_sdk::{json, Row};
    /// #[derive(Row)]
    /// struct Order<'a> {
    ///     customer: &'a str,
    ///     total: Option<f64>,
    /// }
    ///
    /// let order = json::<Order>(r#"{"customer": "CUST-001", "total": 12.5}"#).read().unwrap();
    /// assert_eq!((order.customer, order.total), ("CUST-001", Some(12.5)));
    /// ```
    ///
    /// # Errors
    /// As for rows; with [`Json::spark`], also for a null in a field that is not an `Option`.
    pub fn read(self) -> Result<T, Error>
    where
        T: FromJson<'a>,
    {
        let text = self.text.ok_or_else(no_text)?;
        let mut reader = Reader::<SPARK>::new(text);
        reader.skip_space();
        match T::read_json(&mut reader).and_then(|row| reader.end_of_text().map(|()| row)) {
            Ok(row) => Ok(row),
            Err(_) => Err(reader.error()),
        }
    }

    /// Appends the row, or leaves the columns as they were.
    pub(crate) fn append(self, columns: &mut <T as Cell>::Column) -> Result<Outcome, Error> {
        let Some(text) = self.text else {
            if SPARK {
                columns.push_null();
                return Ok(Outcome::Null);
            }
            return Err(no_text());
        };
        let mut reader = Reader::<SPARK>::new(text);
        reader.skip_space();
        let rows = columns.len();
        let result = match reader.peek() {
            b'{' => T::append_json(&mut reader, columns).map(|()| Outcome::Row),
            _ if SPARK => reader.no_object().inspect(|_| columns.push_null()),
            _ => reader.open_object().map(|()| Outcome::Row),
        };
        match result.and_then(|outcome| reader.end_of_text().map(|()| outcome)) {
            Ok(outcome) => Ok(outcome),
            Err(_) => {
                columns.truncate(rows);
                Err(reader.error())
            }
        }
    }
}

#[cold]
fn no_text() -> Error {
    Error::new("expected a JSON object, found a null value (a tombstone)")
}

impl<const SPARK: bool> Reader<'_, SPARK> {
    /// A text that doesn't start with an object: nothing, or any other JSON.
    #[cold]
    fn no_object(&mut self) -> Read<Outcome> {
        if self.at == self.bytes.len() {
            return Ok(Outcome::Null);
        }
        let first = self.peek();
        self.skip_value()?;
        // Nothing of its kind may go on behind a word or a number; what else follows is not looked at.
        let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
        if !matches!(first, b'"' | b'\'' | b'[') && goes_on(self.peek()) {
            return self.unexpected("the end of the text");
        }
        Ok(Outcome::Row)
    }

    /// Behind the object. Spark doesn't look at what is there.
    #[inline]
    fn end_of_text(&mut self) -> Read {
        if SPARK {
            return Ok(());
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            return self.unexpected("the end of the text");
        }
        Ok(())
    }
}

impl<T: Row, const SPARK: bool> IntoRows for Json<'_, T, SPARK> {
    type Row = T;

    #[inline]
    fn append_to(self, columns: &mut <T as Cell>::Column) -> Result<(), Error> {
        self.append(columns).map(|_| ())
    }
}

impl<T, const SPARK: bool> fmt::Debug for Json<'_, T, SPARK> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.map(String::from_utf8_lossy);
        out.debug_struct("Json")
            .field("text", &text)
            .field("spark", &SPARK)
            .finish()
    }
}

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;

#[cfg(test)]
#[path = "golden_test.rs"]
mod golden;

#[cfg(test)]
#[path = "property_test.rs"]
mod property;

#[cfg(test)]
#[path = "fuzz_test.rs"]
mod fuzz;
