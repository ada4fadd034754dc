//! The host's side of the contract's other world; see `super::super::contract`.

wasmtime::component::bindgen!({
    world: "aggregate-guest",
    path: "../guest-sdk/wit",
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(super) use exports::wasmill::guest::aggregate::{Description, Function, StatesParam, StatesResult};
pub(super) use wasmill::guest::types::{ColumnParam, ColumnResult, DataType, Field, ValuesParam, ValuesResult};

use crate::guest::contract;

/// A field in the form that the checks take.
pub(super) fn field(field: &Field) -> contract::Field {
    contract::Field {
        name: field.name.clone(),
        data_type: match field.data_type {
            DataType::Boolean => contract::DataType::Boolean,
            DataType::Int32 => contract::DataType::Int32,
            DataType::Int64 => contract::DataType::Int64,
            DataType::Float64 => contract::DataType::Float64,
            DataType::Utf8 => contract::DataType::Utf8,
            DataType::Timestamp => contract::DataType::Timestamp,
            DataType::Date => contract::DataType::Date,
            DataType::Struct => contract::DataType::Struct,
            DataType::List => contract::DataType::List,
        },
        children: field.children,
    }
}

/// A column in the form that the checks take.
pub(super) fn column(column: ColumnResult) -> contract::Column {
    contract::Column {
        length: column.length,
        validity: column.validity,
        offsets: column.offsets,
        values: match column.values {
            ValuesResult::Nested => contract::Values::Nested,
            ValuesResult::Boolean(bits) => contract::Values::Boolean(bits),
            ValuesResult::Int32(values) => contract::Values::Int32(values),
            ValuesResult::Int64(values) => contract::Values::Int64(values),
            ValuesResult::Float64(values) => contract::Values::Float64(values),
            ValuesResult::Utf8(text) => contract::Values::Utf8(text),
        },
    }
}
