//! Objects, field by field: what `#[derive(Row)]` calls.
//!
//! The derive writes two passes over an object's names. The first asks for the declared names in their order, each by one
//! comparison of a few bytes: most producers write them so. Where that stops, the second reads each name and looks it up.

use std::borrow::Cow;

use super::reader::{Miss, Read, Reader};
use super::value::FromJson;
use crate::cell::Cell;
use crate::column::Column;

impl<'a, const SPARK: bool> Reader<'a, SPARK> {
    /// Goes into the object that starts here, to its first name or its end.
    #[inline(always)]
    pub fn open_object(&mut self) -> Read {
        if self.peek() != b'{' {
            return self.other_type(self.at, "an object");
        }
        self.enter()
    }

    /// Goes over a name, to its value, if it is this one, written plainly; `quoted` has its quotes and the colon.
    #[inline(always)]
    pub fn take_name(&mut self, quoted: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(quoted));
        if found {
            self.at += quoted.len();
            self.skip_space();
        }
        found
    }

    /// Goes over the name that stands here, to its value, if the object has not ended.
    pub fn name(&mut self) -> Read<Option<Cow<'a, str>>> {
        if self.peek() == b'}' {
            return Ok(None);
        }
        if !self.at_text() {
            return self.unexpected("a name in quotes");
        }
        let name = self.text()?;
        self.colon()?;
        Ok(Some(name))
    }

    /// Behind a value, goes to the next name or the object's end.
    #[inline(always)]
    pub fn next_name(&mut self) -> Read {
        self.next(b'}')
    }

    /// Goes out of the object.
    #[inline(always)]
    pub fn close_object(&mut self) {
        self.leave();
    }

    /// Goes over the value of a name that nobody asked for.
    pub fn skip_field(&mut self) -> Read {
        self.skip_value()
    }

    /// From a name to its value.
    #[inline(always)]
    pub(super) fn colon(&mut self) -> Read {
        self.skip_space();
        if self.peek() != b':' {
            return self.unexpected("`:`");
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Whether a null stands here.
    #[inline(always)]
    pub(super) fn is_null(&self) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"null"))
    }

    #[cold]
    fn named_twice<T>(&mut self) -> Read<T> {
        self.broken(self.at, "the object has this name twice")
    }
}

/// Reads the value of the field `name` into entry `row` of its column.
#[inline(always)]
pub fn read_field<T: Cell, const SPARK: bool>(
    reader: &mut Reader<'_, SPARK>,
    column: &mut T::Column,
    row: usize,
    name: &'static str,
) -> Read {
    if column.len() > row {
        return read_again::<T, SPARK>(reader, column, row).inspect_err(|_| reader.in_field(name));
    }
    let start = reader.place();
    match T::append_json(reader, column) {
        Ok(()) => Ok(()),
        Err(Miss::Type) if SPARK => {
            column.truncate(row);
            column.push_null();
            reader.back_to(start);
            reader.skip_value().inspect_err(|_| reader.in_field(name))
        }
        Err(miss) => {
            reader.in_field(name);
            Err(miss)
        }
    }
}

/// A name that was there before. Spark takes the last value that is null or of the right type.
#[cold]
fn read_again<T: Cell, const SPARK: bool>(reader: &mut Reader<'_, SPARK>, column: &mut T::Column, row: usize) -> Read {
    let start = reader.place();
    if !SPARK {
        return reader.named_twice();
    }
    if reader.is_null() {
        column.truncate(row);
        column.push_null();
        return reader.skip_value();
    }
    // Tried behind the value that is there; then read in its place, or not.
    match T::append_json(reader, column) {
        Err(miss @ (Miss::Null | Miss::Syntax)) => Err(miss),
        Err(Miss::Type) => {
            column.truncate(row + 1);
            reader.back_to(start);
            reader.skip_value()
        }
        Ok(()) => {
            column.truncate(row);
            reader.back_to(start);
            T::append_json(reader, column)
        }
    }
}

/// At an object's end: a field that it did not have is null, where null may be.
#[inline(always)]
pub fn complete_field<T: Cell, const SPARK: bool>(
    reader: &mut Reader<'_, SPARK>,
    column: &mut T::Column,
    row: usize,
    name: &'static str,
) -> Read {
    if column.len() > row {
        return Ok(());
    }
    if SPARK || T::NULLABLE {
        column.push_null();
        return Ok(());
    }
    missing(reader, name)
}

#[cold]
fn missing<T, const SPARK: bool>(reader: &mut Reader<'_, SPARK>, name: &'static str) -> Read<T> {
    let end = reader.at.saturating_sub(1);
    let _ = reader.broken::<T>(end, "the object ends without this field, which is no `Option`");
    reader.in_field(name);
    // Not of another type: a struct around it is an object, as it should be, and so is not null itself.
    Err(Miss::Null)
}

/// Reads the value of the field `name` as a Rust value, by the rules of [`read_field`].
pub fn read_value<'de, T: FromJson<'de>, const SPARK: bool>(
    reader: &mut Reader<'de, SPARK>,
    slot: &mut Option<T>,
    name: &'static str,
) -> Read {
    let start = reader.place();
    let result = if slot.is_some() && !SPARK {
        reader.named_twice()
    } else {
        T::read_json(reader)
    };
    let result = match result {
        Ok(value) => {
            *slot = Some(value);
            Ok(())
        }
        Err(Miss::Type) if SPARK => {
            reader.back_to(start);
            if slot.is_none() || reader.is_null() {
                *slot = T::null();
            }
            let skipped = reader.skip_value();
            if slot.is_none() {
                skipped.and(Err(Miss::Null))
            } else {
                skipped
            }
        }
        Err(miss) => Err(miss),
    };
    result.inspect_err(|_| reader.in_field(name))
}

/// At an object's end: a field that it did not have is null, where null may be.
pub fn complete_value<'de, T: FromJson<'de>, const SPARK: bool>(
    reader: &mut Reader<'de, SPARK>,
    slot: Option<T>,
    name: &'static str,
) -> Read<T> {
    match slot.or_else(T::null) {
        Some(value) => Ok(value),
        None => missing(reader, name),
    }
}
