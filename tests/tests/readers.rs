//! The readers themselves: what is compared through them is worth what they are.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use wasmill_tests::folder::Folder;
use wasmill_tests::rows::Comparison;

/// Under `tests/servers run` this is where pyarrow and DuckDB have to agree with arrow-rs on what a row is.
#[test]
fn every_reader_sees_the_same_rows() {
    let batch = RecordBatch::try_from_iter_with_nullable([
        (
            "key",
            Arc::new(BinaryArray::from_opt_vec(vec![Some(b"CUST-017"), None])) as ArrayRef,
            true,
        ),
        (
            "total",
            Arc::new(Float64Array::from(vec![17149.510000000002, f64::NEG_INFINITY])),
            true,
        ),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![1_768_730_903_143_000, -1]).with_timezone("UTC")),
            true,
        ),
    ])
    .unwrap();
    let folder = Folder::local();
    let items = folder.path().unwrap().join("items");
    std::fs::create_dir(&items).unwrap();
    let mut writer = ArrowWriter::try_new(
        File::create(items.join("part-0.parquet")).unwrap(),
        batch.schema(),
        None,
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let expected = wasmill_tests::parquet::batch_rows(&batch);
    for (reader, seen) in folder.read("items") {
        assert_eq!(Comparison::default().compare(&expected, &seen), Ok(()), "{reader}");
    }
    for file in folder.describe("items").unwrap_or_default() {
        assert_eq!((&file["file"], &file["rows"]), (&"part-0.parquet".into(), &2.into()));
    }
}
