//! Arguments on the way into a module: Arrow arrays in the contract's form.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};

use super::contract::{ColumnParam, ValuesParam};

/// Some rows of an argument. Numbers are borrowed; bits and offsets begin at 0 as the contract wants them.
pub(super) struct Input<'a> {
    length: usize,
    validity: Vec<u8>,
    offsets: Vec<i32>,
    values: Values<'a>,
}

enum Values<'a> {
    Boolean(Vec<u8>),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Float64(&'a [f64]),
    Utf8(&'a [u8]),
}

impl<'a> Input<'a> {
    /// These rows of an array; none if it is of a type that no argument has.
    pub(super) fn of(array: &'a ArrayRef, rows: &Range<usize>) -> Option<Self> {
        let (start, length) = (rows.start, rows.len());
        let mut offsets = Vec::new();
        let values = match array.data_type() {
            DataType::Boolean => Values::Boolean(bits(&array.as_boolean().values().slice(start, length))),
            DataType::Int32 => Values::Int32(&array.as_primitive::<Int32Type>().values()[rows.clone()]),
            DataType::Date32 => Values::Int32(&array.as_primitive::<Date32Type>().values()[rows.clone()]),
            DataType::Int64 => Values::Int64(&array.as_primitive::<Int64Type>().values()[rows.clone()]),
            DataType::Timestamp(..) => {
                Values::Int64(&array.as_primitive_opt::<TimestampMicrosecondType>()?.values()[rows.clone()])
            }
            DataType::Float64 => Values::Float64(&array.as_primitive::<Float64Type>().values()[rows.clone()]),
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                let ends = &texts.value_offsets()[start..=rows.end];
                offsets.extend(ends.iter().map(|end| end - ends[0]));
                let bytes = usize::try_from(ends[0]).ok()?..usize::try_from(ends[length]).ok()?;
                Values::Utf8(&texts.value_data()[bytes])
            }
            _ => return None,
        };
        let nulls = array.nulls().map(|nulls| nulls.slice(start, length));
        let validity = nulls.filter(|nulls| nulls.null_count() > 0);
        Some(Self {
            length,
            validity: validity.map_or_else(Vec::new, |nulls| bits(nulls.inner())),
            offsets,
            values,
        })
    }

    /// What it weighs.
    pub(super) fn bytes(&self) -> usize {
        match &self.values {
            Values::Boolean(bits) => bits.len(),
            Values::Int32(values) => size_of_val(*values),
            Values::Int64(values) => size_of_val(*values),
            Values::Float64(values) => size_of_val(*values),
            Values::Utf8(text) => text.len(),
        }
    }

    pub(super) fn as_param(&self) -> ColumnParam<'_> {
        ColumnParam {
            // A call has some thousand rows.
            length: u32::try_from(self.length).unwrap_or(u32::MAX),
            validity: &self.validity,
            offsets: &self.offsets,
            values: match &self.values {
                Values::Boolean(bits) => ValuesParam::Boolean(bits),
                Values::Int32(values) => ValuesParam::Int32(values),
                Values::Int64(values) => ValuesParam::Int64(values),
                Values::Float64(values) => ValuesParam::Float64(values),
                Values::Utf8(text) => ValuesParam::Utf8(text),
            },
        }
    }
}

/// Bits from the first on, in bytes of their own. Behind the last they are 0, so that equal rows make equal calls.
fn bits(of: &BooleanBuffer) -> Vec<u8> {
    let mut bytes = of.sliced().as_slice().to_vec();
    bytes.truncate(of.len().div_ceil(8));
    if let (rest @ 1.., Some(last)) = (of.len() % 8, bytes.last_mut()) {
        *last &= u8::MAX >> (8 - rest);
    }
    bytes
}

#[cfg(test)]
#[path = "input_test.rs"]
mod tests;
