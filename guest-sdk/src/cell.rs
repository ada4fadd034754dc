//! What a field of a row can be, and how it comes into its column.

use std::borrow::Cow;

use crate::column::{Booleans, Column, Fields, List, Primitive, Struct, Utf8};
use crate::json::{Read, Reader};
use crate::{Date, Timestamp};

/// A type that a field of a row can have: `bool`, `i32`, `i64`, `f64`, texts (`String`, `&str`, `Cow<str>`), [`Timestamp`],
/// [`Date`], `Option` and `Vec` of these, and other structs with `#[derive(Row)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field of a row",
    label = "not a column type",
    note = "a field is a `bool`, `i32`, `i64`, `f64`, `String`, `&str`, `Cow<str>`, `Timestamp`, `Date`, an `Option` or `Vec` of those, or a struct with `#[derive(Row)]`"
)]
pub trait Cell {
    /// The column it stands in.
    type Column: Column;

    /// Whether a strict reader takes null, or nothing, for it.
    const NULLABLE: bool = false;

    /// Appends the value.
    fn append(&self, column: &mut Self::Column);

    /// Appends the JSON value at which `reader` stands. After an `Err` the column may hold a piece of it.
    fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Self::Column) -> Read;
}

impl<T: Cell> Cell for Option<T> {
    type Column = T::Column;
    const NULLABLE: bool = true;

    fn append(&self, column: &mut T::Column) {
        match self {
            Some(value) => value.append(column),
            None => column.push_null(),
        }
    }

    #[inline(always)]
    fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut T::Column) -> Read {
        if reader.take_null() {
            column.push_null();
            return Ok(());
        }
        T::append_json(reader, column)
    }
}

impl<T: Cell> Cell for Vec<T> {
    type Column = List<T::Column>;

    fn append(&self, column: &mut Self::Column) {
        for element in self {
            element.append(column.child());
        }
        column.close();
    }

    #[inline(always)]
    fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Self::Column) -> Read {
        reader.elements(|reader| {
            if SPARK && reader.take_null() {
                column.child().push_null();
                return Ok(());
            }
            T::append_json(reader, column.child())
        })?;
        column.close();
        Ok(())
    }
}

impl Cell for bool {
    type Column = Booleans;

    fn append(&self, column: &mut Booleans) {
        column.push(*self);
    }

    #[inline(always)]
    fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Booleans) -> Read {
        column.push(reader.boolean()?);
        Ok(())
    }
}

/// A type whose values stand side by side in a column as `$stored`.
macro_rules! primitive {
    ($type:ty, $value:ident => $stored:expr, $read:ident) => {
        impl Cell for $type {
            type Column = Primitive<$type>;

            fn append(&self, column: &mut Self::Column) {
                let $value = *self;
                column.push($stored);
            }

            #[inline(always)]
            fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Self::Column) -> Read {
                let $value = reader.$read()?;
                column.push($stored);
                Ok(())
            }
        }
    };
}
primitive!(i32, value => value, int32);
primitive!(i64, value => value, int64);
primitive!(f64, value => value, double);
primitive!(Timestamp, value => value.micros(), timestamp);
primitive!(Date, value => value.days(), date);

/// A type that is a text.
macro_rules! text {
    ($type:ty) => {
        impl Cell for $type {
            type Column = Utf8;

            fn append(&self, column: &mut Utf8) {
                column.push(self);
            }

            #[inline(always)]
            fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Utf8) -> Read {
                reader.append_as_text(column.open())?;
                column.close();
                Ok(())
            }
        }
    };
}
text!(String);
text!(&str);
text!(Cow<'_, str>);

impl Fields for () {
    const COUNT: u32 = 0;
    fn describe(_: &mut Vec<crate::column::Field>) {}
    fn push_null(&mut self) {}
    fn truncate(&mut self, _: usize) {}
    fn finish(self, _: &mut Vec<crate::column::Data>) {}
}

/// A row without columns, for transforms that give no rows.
impl Cell for () {
    type Column = Struct<()>;

    fn append(&self, column: &mut Self::Column) {
        column.close();
    }

    fn append_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut Self::Column) -> Read {
        reader.any_object()?;
        column.close();
        Ok(())
    }
}
