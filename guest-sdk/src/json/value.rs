//! JSON as Rust values, for transforms that compute on them.

use std::borrow::Cow;

use super::reader::{Read, Reader};
use crate::{Date, Timestamp};

/// A type that [`Json::read`](super::Json::read) can give; `#[derive(Row)]` writes it for structs.
pub trait FromJson<'de>: Sized {
    /// Reads the value at which `reader` stands.
    fn read_json<const SPARK: bool>(reader: &mut Reader<'de, SPARK>) -> Read<Self>;

    /// What a null, or a field that is not there, is.
    fn null() -> Option<Self> {
        None
    }
}

impl<'de, T: FromJson<'de>> FromJson<'de> for Option<T> {
    fn read_json<const SPARK: bool>(reader: &mut Reader<'de, SPARK>) -> Read<Self> {
        if reader.take_null() {
            return Ok(None);
        }
        T::read_json(reader).map(Some)
    }

    fn null() -> Option<Self> {
        Some(None)
    }
}

impl<'de, T: FromJson<'de>> FromJson<'de> for Vec<T> {
    fn read_json<const SPARK: bool>(reader: &mut Reader<'de, SPARK>) -> Read<Self> {
        let mut elements = Vec::new();
        reader.elements(|reader| {
            elements.push(T::read_json(reader)?);
            Ok(())
        })?;
        Ok(elements)
    }
}

macro_rules! leaf {
    ($type:ty, $read:ident) => {
        impl FromJson<'_> for $type {
            fn read_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>) -> Read<Self> {
                reader.$read()
            }
        }
    };
}
leaf!(bool, boolean);
leaf!(i32, int32);
leaf!(i64, int64);
leaf!(f64, double);
leaf!(Timestamp, timestamp);
leaf!(Date, date);

impl<'de> FromJson<'de> for Cow<'de, str> {
    fn read_json<const SPARK: bool>(reader: &mut Reader<'de, SPARK>) -> Read<Self> {
        if !SPARK || reader.at_text() || reader.is_null() {
            return reader.text();
        }
        let mut text = Vec::new();
        reader.append_compact(&mut text)?;
        Ok(Cow::Owned(String::from_utf8_lossy(&text).into_owned()))
    }
}

impl FromJson<'_> for String {
    fn read_json<const SPARK: bool>(reader: &mut Reader<'_, SPARK>) -> Read<Self> {
        Cow::read_json(reader).map(Cow::into_owned)
    }
}

impl<'de> FromJson<'de> for &'de str {
    fn read_json<const SPARK: bool>(reader: &mut Reader<'de, SPARK>) -> Read<Self> {
        let start = reader.at;
        match Cow::read_json(reader)? {
            Cow::Borrowed(text) => Ok(text),
            Cow::Owned(_) => reader.other_type(start, "a text without escapes (a `Cow<str>` or `String` takes them)"),
        }
    }
}
