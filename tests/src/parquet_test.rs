use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Field;
use parquet::arrow::ArrowWriter;

use super::*;

#[test]
fn a_file_comes_back_as_golden_rows() {
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let nested = StructArray::from(vec![(Arc::new(Field::new("n", DataType::Int64, true)), inner)]);
    let batch = RecordBatch::try_from_iter_with_nullable([
        (
            "key",
            Arc::new(BinaryArray::from_opt_vec(vec![Some(b"CUST-017"), None])) as ArrayRef,
            true,
        ),
        (
            "total",
            Arc::new(Float64Array::from(vec![1.5, f64::NEG_INFINITY])),
            true,
        ),
        ("name", Arc::new(StringArray::from(vec!["é", ""])), true),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![1_768_730_903_143_000, -1]).with_timezone("UTC")),
            true,
        ),
        ("nested", Arc::new(nested), true),
    ])
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("day=1");
    std::fs::create_dir(&below).unwrap();
    std::fs::write(folder.path().join("_unfinished.parquet"), "nothing yet").unwrap();
    let file = File::create(below.join("part-0.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let found: Vec<String> = rows(folder.path())
        .into_iter()
        .map(|row| Value::Object(row).to_string())
        .collect();
    assert_eq!(
        found,
        [
            r#"{"key":{"b64":"Q1VTVC0wMTc="},"total":1.5,"name":"é","at":"2026-01-18T10:08:23.143000Z","nested":{"n":1}}"#,
            r#"{"key":null,"total":"-Infinity","name":"","at":"1969-12-31T23:59:59.999999Z","nested":{"n":null}}"#,
        ]
    );
}

#[test]
fn bytes_are_padded_to_whole_groups() {
    let text = |value: &[u8]| bytes(value)["b64"].as_str().unwrap().to_owned();
    assert_eq!(
        [text(b""), text(b"a"), text(b"ab"), text(b"abc"), text(&[255; 4])],
        ["", "YQ==", "YWI=", "YWJj", "/////w=="]
    );
}
