use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, LargeStringArray, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};

use super::super::contract::{ColumnParam, ValuesParam};
use super::Input;

/// What a module is given of these rows, and what that weighs.
fn given<T>(
    array: impl Into<ArrayRef>,
    rows: std::ops::Range<usize>,
    look: impl FnOnce(ColumnParam<'_>, usize) -> T,
) -> T {
    let array = array.into();
    let input = Input::of(&array, &rows).unwrap();
    let param = input.as_param();
    assert_eq!(param.length as usize, rows.len());
    look(param, input.bytes())
}

fn array(array: impl arrow::array::Array + 'static) -> ArrayRef {
    Arc::new(array)
}

#[test]
fn numbers_and_times_are_the_rows_asked_for() {
    given(array(Int32Array::from(vec![1, 2, 3, 4])), 1..3, |param, bytes| {
        assert!(matches!(param.values, ValuesParam::Int32([2, 3])));
        assert!(param.validity.is_empty() && param.offsets.is_empty());
        assert_eq!(bytes, 8);
    });
    given(array(Date32Array::from(vec![1, 2, 3])), 2..3, |param, bytes| {
        assert!(matches!(param.values, ValuesParam::Int32([3])));
        assert_eq!(bytes, 4);
    });
    given(array(Int64Array::from(vec![1, 2, 3])), 0..2, |param, bytes| {
        assert!(matches!(param.values, ValuesParam::Int64([1, 2])));
        assert_eq!(bytes, 16);
    });
    let times = TimestampMicrosecondArray::from(vec![5, 6]).with_timezone("UTC");
    given(array(times), 1..2, |param, _| {
        assert!(matches!(param.values, ValuesParam::Int64([6])));
    });
    given(array(Float64Array::from(vec![0.5, 1.5])), 0..2, |param, bytes| {
        let ValuesParam::Float64(values) = param.values else {
            panic!("doubles became something else");
        };
        assert_eq!(values, [0.5, 1.5]);
        assert_eq!(bytes, 16);
    });
}

#[test]
fn a_slice_of_an_array_counts_from_its_own_first_row() {
    let sliced = Int64Array::from(vec![Some(1), None, Some(3), Some(4), None]).slice(1, 4);
    given(array(sliced), 1..4, |param, _| {
        let ValuesParam::Int64(values) = param.values else {
            panic!("int64 became something else");
        };
        assert_eq!(values[..2], [3, 4]);
        assert_eq!(param.validity, [0b011]);
    });
    let sliced = StringArray::from(vec!["ab", "c", "def", ""]).slice(1, 3);
    given(array(sliced), 1..3, |param, _| {
        assert_eq!(param.offsets, [0, 3, 3]);
        assert!(matches!(param.values, ValuesParam::Utf8(b"def")));
    });
}

#[test]
fn bits_begin_at_zero_and_no_byte_is_too_many() {
    let bits: Vec<bool> = (0..20).map(|row| row % 3 == 0).collect();
    given(array(BooleanArray::from(bits)), 3..13, |param, bytes| {
        // Rows 3, 6, 9 and 12.
        assert!(matches!(param.values, ValuesParam::Boolean([0b0100_1001, 0b10])));
        assert_eq!(bytes, 2);
    });
    given(array(BooleanArray::from(vec![true; 20])), 8..16, |param, bytes| {
        assert!(matches!(param.values, ValuesParam::Boolean([0xff])));
        assert_eq!(bytes, 1);
    });
}

#[test]
fn validity_is_there_only_where_a_row_asked_for_is_null() {
    let values: Vec<Option<i32>> = (0..20).map(|row| (row != 2).then_some(row)).collect();
    let values = array(Int32Array::from(values));
    given(Arc::clone(&values), 0..5, |param, _| {
        assert_eq!(param.validity, [0b1_1011])
    });
    given(Arc::clone(&values), 1..12, |param, _| {
        assert_eq!(param.validity, [0b1111_1101, 0b111])
    });
    given(values, 3..20, |param, _| assert!(param.validity.is_empty()));
    given(
        array(StringArray::from(vec![None::<&str>, None])),
        0..2,
        |param, bytes| {
            assert_eq!(param.validity, [0]);
            assert_eq!(param.offsets, [0, 0, 0]);
            assert_eq!(bytes, 0);
        },
    );
}

#[test]
fn texts_with_nulls_between_them() {
    let texts = StringArray::from(vec![
        Some("zero"),
        Some("é"),
        None,
        Some(""),
        Some("four"),
        Some("five"),
    ]);
    given(array(texts), 1..5, |param, bytes| {
        assert_eq!(param.offsets, [0, 2, 2, 2, 6]);
        assert_eq!(param.validity, [0b1101]);
        assert!(matches!(param.values, ValuesParam::Utf8(text) if text == "éfour".as_bytes()));
        assert_eq!(bytes, 6);
    });
}

#[test]
fn no_rows_at_all() {
    given(array(StringArray::from(vec!["a", "b"])), 2..2, |param, bytes| {
        assert_eq!(param.offsets, [0]);
        assert_eq!(bytes, 0);
    });
    given(array(BooleanArray::from(vec![true])), 1..1, |param, bytes| {
        assert!(matches!(param.values, ValuesParam::Boolean([])));
        assert_eq!(bytes, 0);
    });
    given(array(Float64Array::from(Vec::<f64>::new())), 0..0, |param, _| {
        assert!(matches!(param.values, ValuesParam::Float64([])));
    });
}

#[test]
fn types_that_no_argument_has() {
    let others: [ArrayRef; 3] = [
        array(UInt64Array::from(vec![1])),
        array(LargeStringArray::from(vec!["a"])),
        array(TimestampMillisecondArray::from(vec![1])),
    ];
    for other in others {
        assert!(Input::of(&other, &(0..1)).is_none(), "{}", other.data_type());
    }
}
