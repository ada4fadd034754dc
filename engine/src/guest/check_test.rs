use arrow::array::{Array, AsArray};
use arrow::datatypes::{Field, Schema};

use super::*;
use crate::batch::timestamp_type;
use crate::guest::contract::exports::wasmill::guest::transform::RowError;

fn ints(values: &[i64]) -> Column {
    Column {
        length: values.len() as u32,
        validity: vec![],
        offsets: vec![],
        values: Values::Int64(values.to_vec()),
    }
}

fn texts(bytes: &[u8], offsets: &[i32]) -> Column {
    Column {
        length: offsets.len() as u32 - 1,
        validity: vec![],
        offsets: offsets.to_vec(),
        values: Values::Utf8(bytes.to_vec()),
    }
}

fn nested(length: u32, offsets: &[i32]) -> Column {
    Column {
        length,
        validity: vec![],
        offsets: offsets.to_vec(),
        values: Values::Nested,
    }
}

fn of(data_type: DataType) -> Schema {
    Schema::new(vec![Field::new("c", data_type, true)])
}

fn list_of_structs() -> Schema {
    let item = DataType::Struct(
        vec![
            Field::new("name", DataType::Utf8, true),
            Field::new("n", DataType::Int64, true),
        ]
        .into(),
    );
    of(DataType::List(Arc::new(Field::new("element", item, true))))
}

/// Checks these columns as rows that come one from each of three records.
fn check(schema: &Schema, columns: Vec<Column>, rows: u32) -> Result<Checked, String> {
    let rows = Rows {
        origins: (0..rows).collect(),
        columns,
        errors: vec![],
    };
    Unchecked::new(rows, 3).check(schema, &Limits::default())
}

fn refusal(schema: &Schema, columns: Vec<Column>, rows: u32) -> String {
    check(schema, columns, rows).unwrap_err()
}

fn origins(origins: &[u32], errors: &[(u32, &str)]) -> Result<Checked, String> {
    let errors = errors
        .iter()
        .map(|(record_index, reason)| RowError {
            record_index: *record_index,
            reason: (*reason).to_owned(),
        })
        .collect();
    let rows = Rows {
        origins: origins.to_vec(),
        columns: vec![ints(&vec![0; origins.len()])],
        errors,
    };
    Unchecked::new(rows, 3).check(
        &of(DataType::Int64),
        &Limits {
            output_rows: 5,
            reason_bytes: 8,
            ..Limits::default()
        },
    )
}

#[test]
fn every_type_becomes_its_array() {
    let plain = |values, validity: &[u8]| Column {
        length: 2,
        validity: validity.to_vec(),
        offsets: vec![],
        values,
    };
    let fields = [
        (DataType::Boolean, plain(Values::Boolean(vec![0b10]), &[0b11])),
        (DataType::Int32, plain(Values::Int32(vec![1, i32::MIN]), &[0b10])),
        (DataType::Int64, plain(Values::Int64(vec![1, i64::MIN]), &[])),
        (DataType::Float64, plain(Values::Float64(vec![f64::NAN, -0.0]), &[])),
        (timestamp_type(), plain(Values::Int64(vec![0, i64::MAX]), &[])),
        (DataType::Date32, plain(Values::Int32(vec![0, -1]), &[])),
        (DataType::Utf8, texts("aé".as_bytes(), &[0, 1, 3])),
    ];
    let (types, columns): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let schema = Schema::new(
        types
            .into_iter()
            .enumerate()
            .map(|(at, kind)| Field::new(format!("c{at}"), kind, true))
            .collect::<Vec<_>>(),
    );
    let checked = check(&schema, columns, 2).unwrap();
    for (array, field) in checked.columns().iter().zip(schema.fields()) {
        assert_eq!(array.data_type(), field.data_type());
        assert_eq!(array.len(), 2);
    }
    assert!(checked.columns()[1].is_null(0) && checked.columns()[1].is_valid(1));
    assert_eq!(checked.columns()[6].as_string::<i32>().value(1), "é");
}

#[test]
fn nested_columns_stand_behind_their_parent() {
    let columns = vec![
        nested(2, &[0, 1, 3]),
        nested(3, &[]),
        texts(b"abc", &[0, 1, 2, 3]),
        ints(&[7, 8, 9]),
    ];
    let checked = check(&list_of_structs(), columns, 2).unwrap();
    let second = checked.columns()[0].as_list::<i32>().value(1);
    assert_eq!(second.as_struct().column(0).as_string::<i32>().value(1), "c");
}

#[test]
fn counts_must_agree() {
    let schema = of(DataType::Int64);
    assert_eq!(refusal(&schema, vec![], 0), "column `c` is missing");
    assert_eq!(
        refusal(&schema, vec![ints(&[]), ints(&[])], 0),
        "returned 1 columns more than its schema has"
    );
    assert_eq!(
        refusal(&schema, vec![ints(&[1, 2])], 3),
        "column `c` has 2 entries instead of 3"
    );
    let lying = Column {
        length: 3,
        ..ints(&[1])
    };
    assert_eq!(
        refusal(&schema, vec![lying], 3),
        "column `c` has 1 values for 3 entries"
    );
    let validity = Column {
        validity: vec![1, 2],
        ..ints(&[1, 2, 3])
    };
    assert_eq!(
        refusal(&schema, vec![validity], 3),
        "column `c` has 2 bytes of validity for 3 entries"
    );
    let offsets = Column {
        offsets: vec![0],
        ..ints(&[1])
    };
    assert_eq!(
        refusal(&schema, vec![offsets], 1),
        "column `c` has offsets, but its type has none"
    );
    let bits = Column {
        values: Values::Boolean(vec![]),
        ..ints(&[1])
    };
    assert_eq!(
        refusal(&of(DataType::Boolean), vec![bits], 1),
        "column `c` has 0 bytes of bits for 1 entries"
    );
    assert_eq!(
        refusal(&list_of_structs(), vec![nested(1, &[0, 2]), nested(3, &[])], 1),
        "column `c.element` has 3 entries instead of 2"
    );
}

#[test]
fn types_must_be_as_declared() {
    assert_eq!(
        refusal(&of(DataType::Utf8), vec![ints(&[1])], 1),
        "column `c` has int64 values, but its schema says Utf8"
    );
    assert_eq!(
        refusal(&of(DataType::Int64), vec![nested(1, &[])], 1),
        "column `c` has nested values, but its schema says Int64"
    );
}

#[test]
fn offsets_must_rise_from_nought_to_the_end() {
    let schema = of(DataType::Utf8);
    assert_eq!(
        refusal(
            &schema,
            vec![Column {
                length: 1,
                ..texts(b"", &[0])
            }],
            1
        ),
        "column `c` has 1 offsets for 1 entries"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[1, 3])], 1),
        "the offsets of column `c` begin at 1 instead of 0"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[-1, 3])], 1),
        "the offsets of column `c` begin at -1 instead of 0"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[0, 2, 1, 3])], 3),
        "entry 1 of column `c` ends before it begins"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[0, 2, -1, 3])], 3),
        "entry 1 of column `c` ends before it begins"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[0, 4])], 1),
        "column `c` has 3 bytes of text, but its offsets end at 4"
    );
    assert_eq!(
        refusal(&schema, vec![texts(b"abc", &[0, i32::MAX])], 1),
        "column `c` has 3 bytes of text, but its offsets end at 2147483647"
    );
    let huge = vec![
        nested(1, &[0, i32::MAX]),
        nested(i32::MAX as u32, &[]),
        texts(b"", &[0]),
        ints(&[]),
    ];
    assert_eq!(
        refusal(&list_of_structs(), huge, 1),
        "column `c.element.name` has 0 entries instead of 2147483647"
    );
}

#[test]
fn texts_must_be_utf8_and_cut_between_characters() {
    let schema = of(DataType::Utf8);
    assert_eq!(
        refusal(&schema, vec![texts(b"ok\xff", &[0, 2, 3])], 2),
        "entry 1 of column `c` is not UTF-8"
    );
    assert_eq!(
        refusal(&schema, vec![texts("é".as_bytes(), &[0, 1, 2])], 2),
        "entry 0 of column `c` is not UTF-8"
    );
    // Harmless to us, whatever they do elsewhere.
    check(&schema, vec![texts(b"\0\x1b[31m<script>", &[0, 14])], 1).unwrap();
}

#[test]
fn origins_never_fall_and_name_records_that_are_there() {
    assert_eq!(origins(&[0, 0, 2], &[]).unwrap().origins(), [0, 0, 2]);
    assert_eq!(
        origins(&[0, 2, 1], &[]).unwrap_err(),
        "row 2 comes from record 1, but the row before it from record 2"
    );
    assert_eq!(
        origins(&[0, 3], &[]).unwrap_err(),
        "a row comes from record 3, but there are only 3"
    );
    assert_eq!(
        origins(&[0; 6], &[]).unwrap_err(),
        "returned 6 rows, more than the 5 allowed"
    );
}

#[test]
fn errors_rise_and_have_no_row() {
    let mut checked = origins(&[1], &[(0, "a\nb"), (2, "0123456789")]).unwrap();
    assert_eq!(
        checked.take_errors(),
        [
            RecordError {
                record: 0,
                reason: "a b".to_owned()
            },
            RecordError {
                record: 2,
                reason: "01234567...".to_owned()
            }
        ]
    );
    assert_eq!(
        origins(&[], &[(3, "")]).unwrap_err(),
        "an error is about record 3, but there are only 3"
    );
    assert_eq!(
        origins(&[], &[(1, ""), (1, "")]).unwrap_err(),
        "the error of record 1 stands behind one of the same or a later record"
    );
    assert_eq!(
        origins(&[0, 1], &[(1, "")]).unwrap_err(),
        "record 1 has both an error and a row"
    );
}

mod whatever_comes {
    use proptest::prelude::*;

    use super::*;

    fn any_column() -> impl Strategy<Value = Column> {
        let values = prop_oneof![
            Just(Values::Nested),
            prop::collection::vec(any::<u8>(), 0..4).prop_map(Values::Boolean),
            prop::collection::vec(any::<i32>(), 0..4).prop_map(Values::Int32),
            prop::collection::vec(any::<i64>(), 0..4).prop_map(Values::Int64),
            prop::collection::vec(any::<f64>(), 0..4).prop_map(Values::Float64),
            prop::collection::vec(any::<u8>(), 0..6).prop_map(Values::Utf8),
        ];
        let offset = prop_oneof![9 => 0..5i32, 1 => any::<i32>()];
        let length = prop_oneof![9 => 0..4u32, 1 => any::<u32>()];
        (
            length,
            prop::collection::vec(any::<u8>(), 0..2),
            prop::collection::vec(offset, 0..5),
            values,
        )
            .prop_map(|(length, validity, offsets, values)| Column {
                length,
                validity,
                offsets,
                values,
            })
    }

    proptest! {
        #[test]
        fn it_is_refused_or_sound(
            columns in prop::collection::vec(any_column(), 0..5),
            origins in prop::collection::vec(0..4u32, 0..4),
        ) {
            for schema in [of(DataType::Utf8), of(DataType::Int64), of(DataType::Boolean), list_of_structs()] {
                let rows = Rows { origins: origins.clone(), columns: columns.clone(), errors: vec![] };
                if let Ok(checked) = Unchecked::new(rows, 3).check(&schema, &Limits::default()) {
                    for array in checked.columns() {
                        array.to_data().validate_full().unwrap();
                    }
                }
            }
        }
    }
}
