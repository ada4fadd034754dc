//! Columns without children.

use std::marker::PhantomData;

use super::{Column, Data, DataType, Field, Validity, Values};

/// A type whose values stand side by side in a column.
pub trait Flat: Copy {
    /// How one is stored.
    type Stored: Copy + Default;
    /// What the schema calls it.
    const DATA_TYPE: DataType;
    /// The finished column's values.
    fn values(stored: Vec<Self::Stored>) -> Values;
}

macro_rules! flat {
    ($type:ty, $stored:ty, $data_type:ident, $values:ident) => {
        impl Flat for $type {
            type Stored = $stored;
            const DATA_TYPE: DataType = DataType::$data_type;
            fn values(stored: Vec<$stored>) -> Values {
                Values::$values(stored)
            }
        }
    };
}
flat!(i32, i32, Int32, Int32);
flat!(i64, i64, Int64, Int64);
flat!(f64, f64, Float64, Float64);
flat!(crate::Timestamp, i64, Timestamp, Int64);
flat!(crate::Date, i32, Date, Int32);

/// Numbers, dates, timestamps.
#[derive(Debug, Clone)]
pub struct Primitive<T: Flat> {
    values: Vec<T::Stored>,
    validity: Validity,
    of: PhantomData<T>,
}

impl<T: Flat> Default for Primitive<T> {
    fn default() -> Self {
        Primitive {
            values: Vec::new(),
            validity: Validity::default(),
            of: PhantomData,
        }
    }
}

impl<T: Flat> Primitive<T> {
    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: T::Stored) {
        self.values.push(value);
    }
}

impl<T: Flat> Column for Primitive<T> {
    fn describe(name: &str, fields: &mut Vec<Field>) {
        fields.push(Field {
            name: name.to_owned(),
            data_type: T::DATA_TYPE,
            children: 0,
        });
    }

    #[inline]
    fn len(&self) -> usize {
        self.values.len()
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.values.len());
        self.values.push(T::Stored::default());
    }

    fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.validity.truncate(len);
    }

    fn finish(self, columns: &mut Vec<Data>) {
        let length = self.values.len();
        let validity = self.validity.finish(length);
        columns.push(Data {
            length,
            validity,
            offsets: Vec::new(),
            values: T::values(self.values),
        });
    }
}

/// Booleans, as bits.
#[derive(Debug, Default, Clone)]
pub struct Booleans {
    bits: Vec<u8>,
    len: usize,
    validity: Validity,
}

impl Booleans {
    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(8) {
            self.bits.push(0);
        }
        if let Some(last) = self.bits.last_mut() {
            *last |= u8::from(value) << (self.len % 8);
        }
        self.len += 1;
    }
}

impl Column for Booleans {
    fn describe(name: &str, fields: &mut Vec<Field>) {
        fields.push(Field {
            name: name.to_owned(),
            data_type: DataType::Boolean,
            children: 0,
        });
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.len);
        self.push(false);
    }

    fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            self.bits.truncate(len.div_ceil(8));
            // The next value is or-ed in, so the spare bits have to be 0.
            if let (Some(last), 1..) = (self.bits.last_mut(), len % 8) {
                *last &= !(u8::MAX << (len % 8));
            }
        }
        self.validity.truncate(len);
    }

    fn finish(self, columns: &mut Vec<Data>) {
        let validity = self.validity.finish(self.len);
        columns.push(Data {
            length: self.len,
            validity,
            offsets: Vec::new(),
            values: Values::Boolean(self.bits),
        });
    }
}

/// Texts.
#[derive(Debug, Clone)]
pub struct Utf8 {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    validity: Validity,
}

impl Default for Utf8 {
    fn default() -> Self {
        Utf8 {
            bytes: Vec::new(),
            offsets: vec![0],
            validity: Validity::default(),
        }
    }
}

impl Utf8 {
    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.close();
    }

    /// The texts' bytes, to write the next text behind their end. It counts once [`Utf8::close`] is called.
    #[inline]
    pub(crate) fn open(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends the text that was written since the last one.
    #[inline]
    pub(crate) fn close(&mut self) {
        // What doesn't fit 31 bits is found when the batch is finished: its last offset is negative or too small.
        self.offsets.push(self.bytes.len() as i32);
    }
}

impl Column for Utf8 {
    fn describe(name: &str, fields: &mut Vec<Field>) {
        fields.push(Field {
            name: name.to_owned(),
            data_type: DataType::Utf8,
            children: 0,
        });
    }

    #[inline]
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.len());
        self.close();
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.bytes.truncate(self.offsets.last().map_or(0, |&end| end as usize));
        self.validity.truncate(len);
    }

    fn finish(self, columns: &mut Vec<Data>) {
        let length = self.len();
        let validity = self.validity.finish(length);
        columns.push(Data {
            length,
            validity,
            offsets: self.offsets,
            values: Values::Utf8(self.bytes),
        });
    }
}
