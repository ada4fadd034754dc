//! The columns, beside the window, that rows are grouped by: as bytes that compare, and back.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;

/// Turns key columns into bytes, one key a row, and back.
#[derive(Debug)]
pub(super) struct Keys {
    /// None if there are no such columns: then all rows have the same key, of no bytes.
    converter: Option<RowConverter>,
}

/// The keys of a batch.
pub(super) struct Encoded(Option<Rows>);

impl Keys {
    pub(super) fn new(types: &[DataType]) -> Result<Self> {
        let fields: Vec<SortField> = types.iter().cloned().map(SortField::new).collect();
        let converter = if fields.is_empty() {
            None
        } else {
            Some(RowConverter::new(fields)?)
        };
        Ok(Self { converter })
    }

    /// The keys of these columns.
    pub(super) fn encode(&self, columns: &[ArrayRef]) -> Result<Encoded> {
        let rows = self
            .converter
            .as_ref()
            .map(|converter| converter.convert_columns(columns));
        Ok(Encoded(rows.transpose()?))
    }

    /// The columns of these keys.
    pub(super) fn decode<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) -> Result<Vec<ArrayRef>> {
        let Some(converter) = &self.converter else {
            return Ok(Vec::new());
        };
        let parser = converter.parser();
        Ok(converter.convert_rows(keys.map(|key| parser.parse(key)))?)
    }
}

impl Encoded {
    /// The key of a row.
    pub(super) fn key(&self, row: usize) -> &[u8] {
        match &self.0 {
            Some(rows) => rows.row(row).data(),
            None => &[],
        }
    }
}
