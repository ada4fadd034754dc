//! From what a guest returned to Arrow columns. Nothing in it is believed: every count, offset and text is looked at.
//!
//! [`Unchecked`] can only be checked, and [`Checked`] can only come from there: rows that were not looked at can't leave
//! this folder. Values are not copied here; Arrow takes over the vectors that came out of the guest's memory.

use std::sync::Arc;
use std::vec::IntoIter;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};

use super::contract::{Column, Rows, Values};
use super::limits::Limits;
use crate::text::one_line;

/// What a guest returned for so many records.
pub(super) struct Unchecked {
    rows: Rows,
    records: usize,
}

/// Rows as the module's schema says, each with the record it came from, and the records that failed.
#[derive(Debug)]
pub(super) struct Checked {
    columns: Vec<ArrayRef>,
    origins: Vec<u32>,
    errors: Vec<RecordError>,
}

/// A record that became no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordError {
    /// Its position among the records of the call.
    pub(super) record: usize,
    /// The module's words for why, fit to be shown.
    pub(super) reason: String,
}

impl Checked {
    /// A column for each field of the module's schema, as long as the origins.
    pub(super) fn columns(&self) -> &[ArrayRef] {
        &self.columns
    }

    /// For each row the position of its record among those of the call; never falling.
    pub(super) fn origins(&self) -> &[u32] {
        &self.origins
    }

    /// The records that failed, in rising order; none of them has a row.
    pub(super) fn take_errors(&mut self) -> Vec<RecordError> {
        std::mem::take(&mut self.errors)
    }
}

impl Unchecked {
    /// What came back from a call over this many records.
    pub(super) fn new(rows: Rows, records: usize) -> Self {
        Self { rows, records }
    }

    /// Looks at all of it.
    ///
    /// # Errors
    /// The first thing that is not as the contract says.
    pub(super) fn check(self, schema: &Schema, limits: &Limits) -> Result<Checked, String> {
        let Rows {
            origins,
            columns,
            errors,
        } = self.rows;
        if origins.len() > limits.output_rows {
            return Err(format!(
                "returned {} rows, more than the {} allowed",
                origins.len(),
                limits.output_rows
            ));
        }
        check_origins(&origins, self.records)?;
        let errors = check_errors(
            errors.into_iter().map(|error| (error.record_index, error.reason)),
            &origins,
            self.records,
            limits,
        )?;

        Ok(Checked {
            columns: self::columns(columns, schema, origins.len())?,
            origins,
            errors,
        })
    }
}

/// Columns of this many entries as arrays of the schema's types.
///
/// # Errors
/// The first thing that is not as the contract or the schema says.
pub(super) fn columns(columns: Vec<Column>, schema: &Schema, length: usize) -> Result<Vec<ArrayRef>, String> {
    let mut columns = columns.into_iter();
    let arrays = schema
        .fields()
        .iter()
        .map(|field| array(&mut columns, field, length, field.name()))
        .collect::<Result<Vec<_>, _>>()?;
    if columns.len() > 0 {
        return Err(format!("returned {} columns more than its schema has", columns.len()));
    }
    Ok(arrays)
}

fn check_origins(origins: &[u32], records: usize) -> Result<(), String> {
    if let Some(row) = origins.windows(2).position(|pair| pair[0] > pair[1]) {
        return Err(format!(
            "row {} comes from record {}, but the row before it from record {}",
            row + 1,
            origins[row + 1],
            origins[row]
        ));
    }
    // They never fall, so the last is the greatest.
    match origins.last() {
        Some(&last) if last as usize >= records => {
            Err(format!("a row comes from record {last}, but there are only {records}"))
        }
        _ => Ok(()),
    }
}

fn check_errors(
    errors: impl ExactSizeIterator<Item = (u32, String)>,
    origins: &[u32],
    records: usize,
    limits: &Limits,
) -> Result<Vec<RecordError>, String> {
    let mut checked: Vec<RecordError> = Vec::with_capacity(errors.len().min(records));
    for (index, reason) in errors {
        let record = index as usize;
        if record >= records {
            return Err(format!(
                "an error is about record {record}, but there are only {records}"
            ));
        }
        if checked.last().is_some_and(|before| before.record >= record) {
            return Err(format!(
                "the error of record {record} stands behind one of the same or a later record"
            ));
        }
        if origins.binary_search(&index).is_ok() {
            return Err(format!("record {record} has both an error and a row"));
        }
        checked.push(RecordError {
            record,
            reason: one_line(&reason, limits.reason_bytes),
        });
    }
    Ok(checked)
}

/// Takes the next column, and behind it its children, as an array of this field's type and length.
fn array(columns: &mut IntoIter<Column>, field: &FieldRef, length: usize, path: &str) -> Result<ArrayRef, String> {
    let Column {
        length: said,
        validity,
        offsets,
        values,
    } = columns.next().ok_or_else(|| format!("column `{path}` is missing"))?;
    if said as usize != length {
        return Err(format!("column `{path}` has {said} entries instead of {length}"));
    }
    let nulls = validity_of(validity, length, path)?;
    let has_offsets = matches!(field.data_type(), DataType::Utf8 | DataType::List(_));
    if !has_offsets && !offsets.is_empty() {
        return Err(format!("column `{path}` has offsets, but its type has none"));
    }
    Ok(match (field.data_type(), values) {
        (DataType::Boolean, Values::Boolean(bits)) => {
            if bits.len() != length.div_ceil(8) {
                return Err(format!(
                    "column `{path}` has {} bytes of bits for {length} entries",
                    bits.len()
                ));
            }
            Arc::new(BooleanArray::new(
                BooleanBuffer::new(Buffer::from_vec(bits), 0, length),
                nulls,
            ))
        }
        (DataType::Int32, Values::Int32(values)) => Arc::new(Int32Array::new(as_long(values, length, path)?, nulls)),
        (DataType::Date32, Values::Int32(values)) => Arc::new(Date32Array::new(as_long(values, length, path)?, nulls)),
        (DataType::Int64, Values::Int64(values)) => Arc::new(Int64Array::new(as_long(values, length, path)?, nulls)),
        (DataType::Timestamp(..), Values::Int64(values)) => {
            Arc::new(TimestampMicrosecondArray::new(as_long(values, length, path)?, nulls).with_timezone("UTC"))
        }
        (DataType::Float64, Values::Float64(values)) => {
            Arc::new(Float64Array::new(as_long(values, length, path)?, nulls))
        }
        (DataType::Utf8, Values::Utf8(bytes)) => {
            let (offsets, end) = offsets_of(offsets, length, path)?;
            if end != bytes.len() {
                return Err(format!(
                    "column `{path}` has {} bytes of text, but its offsets end at {end}",
                    bytes.len()
                ));
            }
            Arc::new(text(offsets, bytes, nulls, path)?)
        }
        (DataType::List(element), Values::Nested) => {
            let (offsets, end) = offsets_of(offsets, length, path)?;
            let elements = array(columns, element, end, &format!("{path}.{}", element.name()))?;
            let list = ListArray::try_new(Arc::clone(element), offsets, elements, nulls);
            Arc::new(list.map_err(|error| format!("column `{path}`: {error}"))?)
        }
        (DataType::Struct(fields), Values::Nested) => {
            let children = fields
                .iter()
                .map(|child| array(columns, child, length, &format!("{path}.{}", child.name())))
                .collect::<Result<Vec<_>, _>>()?;
            let nested = StructArray::try_new(fields.clone(), children, nulls);
            Arc::new(nested.map_err(|error| format!("column `{path}`: {error}"))?)
        }
        (_, values) => return Err(other_type(field, &values, path)),
    })
}

fn as_long<T: arrow::datatypes::ArrowNativeType>(
    values: Vec<T>,
    length: usize,
    path: &str,
) -> Result<ScalarBuffer<T>, String> {
    if values.len() != length {
        return Err(format!(
            "column `{path}` has {} values for {length} entries",
            values.len()
        ));
    }
    Ok(ScalarBuffer::from(values))
}

fn validity_of(bits: Vec<u8>, length: usize, path: &str) -> Result<Option<NullBuffer>, String> {
    if bits.is_empty() {
        return Ok(None);
    }
    if bits.len() != length.div_ceil(8) {
        return Err(format!(
            "column `{path}` has {} bytes of validity for {length} entries",
            bits.len()
        ));
    }
    Ok(Some(NullBuffer::new(BooleanBuffer::new(
        Buffer::from_vec(bits),
        0,
        length,
    ))))
}

/// The offsets, and where the last one ends.
fn offsets_of(offsets: Vec<i32>, length: usize, path: &str) -> Result<(OffsetBuffer<i32>, usize), String> {
    if offsets.len() != length + 1 {
        return Err(format!(
            "column `{path}` has {} offsets for {length} entries",
            offsets.len()
        ));
    }
    if offsets[0] != 0 {
        return Err(format!(
            "the offsets of column `{path}` begin at {} instead of 0",
            offsets[0]
        ));
    }
    // No early exit: so the compiler makes it wide.
    let falls = offsets
        .windows(2)
        .fold(false, |falls, pair| falls | (pair[0] > pair[1]));
    if falls {
        let entry = offsets
            .windows(2)
            .position(|pair| pair[0] > pair[1])
            .unwrap_or_default();
        return Err(format!("entry {entry} of column `{path}` ends before it begins"));
    }
    // From 0 up, so none is negative.
    let end = offsets[length] as usize;
    Ok((OffsetBuffer::new(ScalarBuffer::from(offsets)), end))
}

fn text(
    offsets: OffsetBuffer<i32>,
    bytes: Vec<u8>,
    nulls: Option<NullBuffer>,
    path: &str,
) -> Result<StringArray, String> {
    let bytes = Buffer::from_vec(bytes);
    // Arrow looks at the text as a whole, then that no entry begins inside a character.
    StringArray::try_new(offsets.clone(), bytes.clone(), nulls).map_err(|error| {
        let broken = offsets.windows(2).position(|ends| {
            bytes
                .get(ends[0] as usize..ends[1] as usize)
                .is_none_or(|entry| std::str::from_utf8(entry).is_err())
        });
        match broken {
            Some(entry) => format!("entry {entry} of column `{path}` is not UTF-8"),
            None => format!("column `{path}`: {error}"),
        }
    })
}

fn other_type(field: &Field, values: &Values, path: &str) -> String {
    let came = match values {
        Values::Nested => "nested",
        Values::Boolean(_) => "boolean",
        Values::Int32(_) => "int32",
        Values::Int64(_) => "int64",
        Values::Float64(_) => "float64",
        Values::Utf8(_) => "utf8",
    };
    format!(
        "column `{path}` has {came} values, but its schema says {}",
        field.data_type()
    )
}

#[cfg(test)]
#[path = "check_test.rs"]
mod tests;
