use arrow::array::{ArrayRef, DictionaryArray, LargeStringArray, StringArray, TimestampNanosecondArray};
use arrow::datatypes::{Int32Type, TimeUnit};

use super::*;
use crate::sink::fixture_test::load;

#[test]
fn a_column_that_fits_is_not_copied() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let rows = RecordBatch::try_from_iter([("s", Arc::clone(&texts))]).unwrap();
    let file = conform(&rows, &file_schema(rows.schema_ref())).unwrap();
    assert!(Arc::ptr_eq(file.column(0), &texts));
    assert!(file.schema().field(0).is_nullable());
}

#[test]
fn other_types_become_those_that_readers_share() {
    let words: DictionaryArray<Int32Type> = [Some("a"), None].into_iter().collect();
    let rows = RecordBatch::try_from_iter([
        (
            "t",
            Arc::new(TimestampNanosecondArray::from(vec![Some(1_999), None])) as ArrayRef,
        ),
        ("w", Arc::new(words)),
        ("l", Arc::new(LargeStringArray::from(vec!["x", "y"]))),
    ])
    .unwrap();
    let file = conform(&rows, &file_schema(rows.schema_ref())).unwrap();
    let types: Vec<_> = file
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    assert_eq!(types, [timestamp_type(), DataType::Utf8, DataType::Utf8]);
    let back = cast(file.column(0), &DataType::Timestamp(TimeUnit::Microsecond, None)).unwrap();
    assert_eq!(format!("{back:?}").matches("1970-01-01T00:00:00.000001").count(), 1);
}

#[test]
fn nested_columns_get_the_standard_s_names_and_nullability() {
    let rows = load("show/nested");
    let schema = file_schema(rows.schema_ref());
    let file = conform(&rows, &schema).unwrap();
    insta::assert_snapshot!(crate::sink::show::schema_tree(&schema), @r#"
    root
     |-- items: array (nullable = true)
     |    |-- element: struct (containsNull = true)
     |    |    |-- id: integer (nullable = true)
     |    |    |-- nom: string (nullable = true)
     |    |    |-- prix: double (nullable = true)
     |-- window: struct (nullable = true)
     |    |-- start: timestamp (nullable = true)
     |    |-- end: timestamp (nullable = true)
     |-- m: map (nullable = true)
     |    |-- key: string
     |    |-- value: integer (valueContainsNull = true)
     |-- aa: array (nullable = true)
     |    |-- element: array (containsNull = true)
     |    |    |-- element: integer (containsNull = true)
    "#);
    // The values are the same, whatever the fields are called.
    let text = |rows: &RecordBatch| {
        crate::sink::show::show(rows.schema_ref(), std::slice::from_ref(rows), &Default::default()).unwrap()
    };
    assert_eq!(text(&file), text(&rows));
}
