//! Tables of a few columns, for commands that tell of something.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array};

use crate::error::{Fault, Result};
use crate::sink::show::{ShowOptions, Truncate, show_on_terminal};
use crate::time::put_shown;

/// A table as sinks print it, without a cut.
pub(super) fn table(columns: impl IntoIterator<Item = (&'static str, ArrayRef)>) -> Result<String> {
    let failed = |error| Fault::internal("can't show the table").because(error);
    let rows = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .map_err(failed)?;
    let options = ShowOptions {
        num_rows: rows.num_rows(),
        truncate: Truncate::Never,
        vertical: false,
    };
    show_on_terminal(&rows.schema(), &[rows], &options).map_err(failed)
}

/// Texts.
pub(super) fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

/// Whole numbers.
pub(super) fn counts(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter(values))
}

/// Microseconds since the epoch.
pub(super) fn times(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(values))
}

/// Milliseconds since the epoch, to the second.
pub(super) fn time(ms: i64) -> String {
    let mut text = String::new();
    put_shown(&mut text, ms.div_euclid(1000).saturating_mul(1_000_000));
    text
}
