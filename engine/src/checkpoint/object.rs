//! Rows as objects: Arrow's IPC stream, with a checksum kept elsewhere.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use sha2::{Digest as _, Sha256};

use super::manifest::Object;
use crate::error::{Fault, Kind, Result};

/// The batches, which are of one schema, as bytes.
pub(super) fn encode(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let cannot = |error: ArrowError| Fault::internal("rows can't be written for a checkpoint").because(error);
    let Some(first) = batches.first() else {
        return Err(Fault::internal("an object of a checkpoint without a batch"));
    };
    let size: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
    let mut writer = StreamWriter::try_new(Vec::with_capacity(size + 1024), &first.schema()).map_err(cannot)?;
    for batch in batches {
        writer.write(batch).map_err(cannot)?;
    }
    writer.into_inner().map_err(cannot)
}

/// The batches that were encoded.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<RecordBatch>, ArrowError> {
    StreamReader::try_new(bytes, None)?.collect()
}

/// What a manifest says of an object of these bytes.
pub(super) fn describe(path: String, bytes: &[u8], batches: &[RecordBatch]) -> Object {
    Object {
        path,
        bytes: bytes.len() as u64,
        rows: batches.iter().map(|batch| batch.num_rows() as u64).sum(),
        sha256: checksum(bytes),
    }
}

fn checksum(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // To a String nothing fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The rows of an object, if its bytes are those that were written.
pub(super) fn read(object: &Object, bytes: Option<&[u8]>) -> Result<Vec<RecordBatch>> {
    // If its bytes are right, then it is us who can't read it.
    decode(intact(object, bytes)?)
        .map_err(|error| Fault::internal("an object of a checkpoint can't be read").because(error))
}

/// The bytes of an object, if they are those that were written.
pub(super) fn intact<'b>(object: &Object, bytes: Option<&'b [u8]>) -> Result<&'b [u8]> {
    let damaged = |what: String| Fault::data(what).at(format!("object `{}`", object.path));
    let Some(bytes) = bytes else {
        return Err(damaged("it is gone".to_owned()));
    };
    if bytes.len() as u64 != object.bytes {
        let (has, had) = (bytes.len(), object.bytes);
        return Err(damaged(format!("it has {has} bytes, and was written with {had}")));
    }
    if checksum(bytes) != object.sha256 {
        return Err(damaged("its bytes are not those that were written".to_owned()));
    }
    Ok(bytes)
}

/// Whether a checkpoint can't be read since some of it is gone or changed, so that the one before may be read instead.
pub fn is_damaged(fault: &Fault) -> bool {
    fault.kind() == Kind::Data
}

#[cfg(test)]
#[path = "object_test.rs"]
mod tests;
