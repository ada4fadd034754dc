use std::sync::Arc;

use arrow::array::{
    AsArray, BooleanArray, Date32Array, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;

use super::*;

fn folders_of(values: ArrayRef) -> Vec<String> {
    let numbers = Int32Array::from_iter_values(0..values.len() as i32);
    let rows =
        RecordBatch::try_from_iter_with_nullable([("c", values, true), ("n", Arc::new(numbers) as ArrayRef, true)]);
    let rows = rows.unwrap();
    let partitioner = Partitioner::new(rows.schema_ref(), &["c".into()]).unwrap().unwrap();
    partitioner
        .split(&rows)
        .unwrap()
        .into_iter()
        .map(|(folder, _)| folder)
        .collect()
}

#[test]
fn values_are_written_as_spark_writes_them() {
    assert_eq!(
        folders_of(Arc::new(StringArray::from(vec!["fr", "été", "a b"]))),
        ["c=fr", "c=été", "c=a b"]
    );
    assert_eq!(
        folders_of(Arc::new(Float64Array::from(vec![1.0, 1e7]))),
        ["c=1.0", "c=1.0E7"]
    );
    assert_eq!(folders_of(Arc::new(BooleanArray::from(vec![true]))), ["c=true"]);
    assert_eq!(folders_of(Arc::new(Date32Array::from(vec![0]))), ["c=1970-01-01"]);
    let time = TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("UTC");
    assert_eq!(folders_of(Arc::new(time)), ["c=1970-01-01 00%3A00%3A01.5"]);
    let nulls = StringArray::from(vec![None, Some("")]);
    assert_eq!(folders_of(Arc::new(nulls)), ["c=__HIVE_DEFAULT_PARTITION__"; 2]);
}

#[test]
fn no_value_leaves_its_folder() {
    let hostile = [
        "../../x",
        "..",
        "/etc/passwd",
        "a=b/c",
        "%2F",
        "\0",
        "line\nbreak",
        "C:\\x",
    ];
    let folders = folders_of(Arc::new(StringArray::from(hostile.to_vec())));
    assert_eq!(
        folders,
        [
            "c=..%2F..%2Fx",
            "c=..",
            "c=%2Fetc%2Fpasswd",
            "c=a%3Db%2Fc",
            "c=%252F",
            "c=%00",
            "c=line%0Abreak",
            "c=C%3A%5Cx"
        ]
    );
}

#[test]
fn rows_keep_their_order_and_the_columns_leave_the_files() {
    let rows = RecordBatch::try_from_iter([
        ("n", Arc::new(Int32Array::from(vec![1, 2, 3, 4])) as ArrayRef),
        ("c", Arc::new(StringArray::from(vec!["x", "y", "x", "x"]))),
        ("d/e", Arc::new(Int32Array::from(vec![7, 7, 7, 8]))),
    ])
    .unwrap();
    let partitioner = Partitioner::new(rows.schema_ref(), &["d/e".into(), "c".into()])
        .unwrap()
        .unwrap();
    let parts = partitioner.split(&rows).unwrap();
    let seen: Vec<(&str, Vec<i32>)> = parts
        .iter()
        .map(|(folder, rows)| {
            assert_eq!(rows.num_columns(), 1);
            (
                folder.as_str(),
                rows.column(0).as_primitive::<Int32Type>().values().to_vec(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("d%2Fe=7/c=x", vec![1, 3]),
            ("d%2Fe=7/c=y", vec![2]),
            ("d%2Fe=8/c=x", vec![4])
        ]
    );
}

#[test]
fn a_value_too_long_for_a_name_is_refused() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["é".repeat(200)]));
    let rows =
        RecordBatch::try_from_iter([("c", values), ("n", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let partitioner = Partitioner::new(rows.schema_ref(), &["c".into()]).unwrap().unwrap();
    insta::assert_snapshot!(partitioner.split(&rows).unwrap_err().report(), @r#"
    error: a value of 400 bytes is too long for a folder's name: partition column `c`, value `éééééééééééééééééééééééééééééééééééééééé...`

    hint: shorten it in the SQL: `left(c, 40) AS c`
    "#);
}
