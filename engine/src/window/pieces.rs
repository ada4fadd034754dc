//! Pieces of what was kept, on their way back.

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::common::Result;

/// How many rows of a piece are taken at once: what is made of them on the way weighs little beside the whole.
const ROWS: usize = 32 * 1024;

/// A piece in parts, which copy nothing.
pub(super) fn parts(piece: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let rows = piece.num_rows();
    (0..rows)
        .step_by(ROWS)
        .map(move |from| piece.slice(from, ROWS.min(rows - from)))
}

/// The rows that are not over.
pub(super) fn without(part: &RecordBatch, is_over: impl Fn(usize) -> bool) -> Result<RecordBatch> {
    if !(0..part.num_rows()).any(&is_over) {
        return Ok(part.clone());
    }
    let open: BooleanArray = (0..part.num_rows()).map(|row| Some(!is_over(row))).collect();
    Ok(filter_record_batch(part, &open)?)
}
