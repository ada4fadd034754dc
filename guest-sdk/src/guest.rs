//! The boundary, compiled for Wasm only: the contract's types to and from the SDK's.

use std::panic;
use std::sync::Once;

use crate::column::{self, Values};
use crate::log::Level;
use crate::record::{Batch, BatchHeader, Blobs};
use crate::transform::{self, Transform};

#[expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "transform-guest",
        pub_export_macro: true,
        export_macro_name: "export_transform",
        default_bindings_module: "wasmill_sdk::guest::bindings",
    });
}

pub use bindings::export_transform;
pub use bindings::exports::wasmill::guest::transform::Guest;

use bindings::exports::wasmill::guest::transform as wit;
use bindings::wasmill::guest::log as host;
use bindings::wasmill::guest::types::{self, DataType, Field};

pub use wit::{Description, Records, Rows};

/// What `describe` answers.
pub fn describe<F: for<'a> Transform<'a>>(transform: &F, name: &str) -> Description {
    report_panics();
    let schema = transform::schema(transform).into_iter().map(field).collect();
    Description {
        name: name.to_owned(),
        schema,
    }
}

/// What `process` answers.
pub fn process<F: for<'a> Transform<'a>>(transform: &F, records: Records) -> Result<Rows, String> {
    report_panics();
    let output = transform::process(transform, &batch(records)).map_err(|error| error.to_string())?;
    let errors = output
        .errors
        .into_iter()
        .map(|(record_index, reason)| wit::RowError { record_index, reason });
    Ok(Rows {
        origins: output.origins,
        columns: output.columns.into_iter().map(column).collect(),
        errors: errors.collect(),
    })
}

/// Writes a line to the engine's log.
pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Error => host::Level::Error,
        Level::Warn => host::Level::Warn,
        Level::Info => host::Level::Info,
        Level::Debug => host::Level::Debug,
        Level::Trace => host::Level::Trace,
    };
    host::log(level, message);
}

/// A panic ends in a trap, which carries no text: so the text goes to the log first (`panicked at src/lib.rs:12:5: ...`), and
/// the engine takes it from there.
pub(crate) fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string()))));
}

fn batch(records: Records) -> Batch {
    let header = |header: wit::Header| BatchHeader {
        record_index: header.record_index,
        key: header.key,
        value: header.value,
    };
    Batch {
        values: Blobs {
            bytes: records.values,
            offsets: records.value_offsets,
            validity: records.value_validity,
        },
        keys: Blobs {
            bytes: records.keys,
            offsets: records.key_offsets,
            validity: records.key_validity,
        },
        topics: records.topics,
        topic_indexes: records.topic_indexes,
        partitions: records.partitions,
        offsets: records.offsets,
        timestamps: records.timestamps,
        headers: records.headers.into_iter().map(header).collect(),
    }
}

pub(crate) fn field(field: column::Field) -> Field {
    let data_type = match field.data_type {
        column::DataType::Boolean => DataType::Boolean,
        column::DataType::Int32 => DataType::Int32,
        column::DataType::Int64 => DataType::Int64,
        column::DataType::Float64 => DataType::Float64,
        column::DataType::Utf8 => DataType::Utf8,
        column::DataType::Timestamp => DataType::Timestamp,
        column::DataType::Date => DataType::Date,
        column::DataType::Struct => DataType::Struct,
        column::DataType::List => DataType::List,
    };
    Field {
        name: field.name,
        data_type,
        children: field.children,
    }
}

pub(crate) fn column(data: column::Data) -> types::Column {
    let values = match data.values {
        Values::Nested => types::Values::Nested,
        Values::Boolean(bits) => types::Values::Boolean(bits),
        Values::Int32(values) => types::Values::Int32(values),
        Values::Int64(values) => types::Values::Int64(values),
        Values::Float64(values) => types::Values::Float64(values),
        Values::Utf8(text) => types::Values::Utf8(text),
    };
    // `transform::process` has refused lengths that don't fit.
    types::Column {
        length: data.length as u32,
        validity: data.validity,
        offsets: data.offsets,
        values,
    }
}
