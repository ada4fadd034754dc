//! Columns under construction: what rows become before they cross the boundary.
//!
//! The form is Arrow's (`wit/guest.wit` tells it), so that the host can take the buffers as they are.

mod flat;
mod nested;
mod validity;

pub use flat::{Booleans, Flat, Primitive, Utf8};
pub use nested::{Fields, List, Struct};
use validity::Validity;

/// The types a column can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// A bit.
    Boolean,
    /// 32 bits, signed.
    Int32,
    /// 64 bits, signed.
    Int64,
    /// A double.
    Float64,
    /// UTF-8 text.
    Utf8,
    /// Microseconds since the epoch, UTC.
    Timestamp,
    /// Days since the epoch.
    Date,
    /// Its fields are its children.
    Struct,
    /// Its element is its child.
    List,
}

/// A field of a schema, flattened in pre-order: its children stand right behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The column's name; `element` for that of a list.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// How many of the fields behind it are its children.
    pub children: u32,
}

/// A finished column's values.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// They stand in the children.
    Nested,
    /// Bits, lowest first.
    Boolean(Vec<u8>),
    /// Also dates.
    Int32(Vec<i32>),
    /// Also timestamps.
    Int64(Vec<i64>),
    /// Doubles.
    Float64(Vec<f64>),
    /// Texts end to end.
    Utf8(Vec<u8>),
}

/// A finished column.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// How many entries.
    pub length: usize,
    /// A bit an entry, 0 is null; empty if none is null.
    pub validity: Vec<u8>,
    /// For utf8 and lists: where each entry starts, and behind the last where it ends. Else empty.
    pub offsets: Vec<i32>,
    /// What it holds.
    pub values: Values,
}

/// A column that grows.
///
/// An entry that fails halfway may leave pieces behind: whoever appends takes them away with [`Column::truncate`].
pub trait Column: Default {
    /// Writes the column's field and those of its children, in pre-order.
    fn describe(name: &str, fields: &mut Vec<Field>);

    /// How many entries it has.
    fn len(&self) -> usize;

    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a null; a struct's fields get one each too.
    fn push_null(&mut self);

    /// Keeps the first `len` entries, and nothing of what stands behind them.
    fn truncate(&mut self, len: usize);

    /// Writes the finished column and its children, in pre-order.
    fn finish(self, columns: &mut Vec<Data>);
}
