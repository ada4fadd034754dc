//! What an aggregate's arguments can be, and how they come out of their columns.

use crate::column::{Data, DataType, Field, Values};
use crate::{Date, Error, Timestamp};

/// A column of arguments.
pub type Input = Data;

/// A type that an argument of an aggregate can have: `bool`, `i32`, `i64`, `f64`, `&str`, [`Timestamp`], [`Date`], and `Option` of
/// these. A row in which an argument that is no `Option` is null is skipped, as SQL's own aggregates do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an argument of an aggregate",
    label = "not an argument's type",
    note = "an argument is a `bool`, `i32`, `i64`, `f64`, `&str`, `Timestamp`, `Date`, or an `Option` of those"
)]
pub trait Argument<'a>: Sized {
    /// The type of its column.
    const DATA_TYPE: DataType;

    /// The value of a row; nothing if the row is to be skipped. The column was checked.
    fn read(column: &'a Input, row: usize) -> Option<Self>;
}

/// The field of an argument.
pub fn field<'a, T: Argument<'a>>(name: &str) -> Field {
    Field {
        name: name.to_owned(),
        data_type: T::DATA_TYPE,
        children: 0,
    }
}

impl Input {
    /// Whether the column is what an argument's should be: after that, reading its rows can't fail.
    pub(super) fn check(&self, field: &Field, rows: usize) -> Result<(), Error> {
        let fits = self.length == rows
            && (self.validity.is_empty() || self.validity.len() == rows.div_ceil(8))
            && match (field.data_type, &self.values) {
                (DataType::Boolean, Values::Boolean(bits)) => bits.len() == rows.div_ceil(8),
                (DataType::Int32 | DataType::Date, Values::Int32(values)) => values.len() == rows,
                (DataType::Int64 | DataType::Timestamp, Values::Int64(values)) => values.len() == rows,
                (DataType::Float64, Values::Float64(values)) => values.len() == rows,
                (DataType::Utf8, Values::Utf8(bytes)) => {
                    self.offsets.len() == rows + 1
                        && self.offsets.is_sorted()
                        && self.offsets[0] == 0
                        && self.offsets[rows] as usize == bytes.len()
                        && std::str::from_utf8(bytes).is_ok()
                }
                _ => false,
            };
        match fits {
            true => Ok(()),
            false => Err(Error::new(format!(
                "argument `{}` is not as it was described",
                field.name
            ))),
        }
    }

    fn is_valid(&self, row: usize) -> bool {
        self.validity.is_empty() || bit(&self.validity, row)
    }
}

fn bit(bits: &[u8], at: usize) -> bool {
    bits[at / 8] >> (at % 8) & 1 == 1
}

macro_rules! argument {
    ($type:ty, $data_type:ident, $values:ident, $value:ident => $read:expr) => {
        impl<'a> Argument<'a> for $type {
            const DATA_TYPE: DataType = DataType::$data_type;

            #[inline]
            fn read(column: &'a Input, row: usize) -> Option<Self> {
                match &column.values {
                    Values::$values(values) if column.is_valid(row) => {
                        let $value = values[row];
                        Some($read)
                    }
                    _ => None,
                }
            }
        }
    };
}
argument!(i32, Int32, Int32, value => value);
argument!(i64, Int64, Int64, value => value);
argument!(f64, Float64, Float64, value => value);
argument!(Timestamp, Timestamp, Int64, value => Timestamp::from_micros(value));
argument!(Date, Date, Int32, value => Date::from_days(value));

impl<'a> Argument<'a> for bool {
    const DATA_TYPE: DataType = DataType::Boolean;

    fn read(column: &'a Input, row: usize) -> Option<Self> {
        match &column.values {
            Values::Boolean(bits) if column.is_valid(row) => Some(bit(bits, row)),
            _ => None,
        }
    }
}

impl<'a> Argument<'a> for &'a str {
    const DATA_TYPE: DataType = DataType::Utf8;

    #[inline]
    fn read(column: &'a Input, row: usize) -> Option<Self> {
        match &column.values {
            Values::Utf8(bytes) if column.is_valid(row) => {
                let text = &bytes[column.offsets[row] as usize..column.offsets[row + 1] as usize];
                // The whole was looked at; only an entry that begins inside a character is none.
                std::str::from_utf8(text).ok()
            }
            _ => None,
        }
    }
}

impl<'a, T: Argument<'a>> Argument<'a> for Option<T> {
    const DATA_TYPE: DataType = T::DATA_TYPE;

    fn read(column: &'a Input, row: usize) -> Option<Self> {
        Some(T::read(column, row))
    }
}
