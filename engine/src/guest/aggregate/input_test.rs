use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Int64Type;

use super::super::contract::ValuesParam;
use super::Input;

#[test]
fn some_rows_of_an_array_begin_at_nothing() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("bcd"), None, Some("é")]));
    let input = Input::of(&texts, &(1..4)).unwrap();
    let param = input.as_param();
    assert_eq!(
        (param.length, param.offsets, param.validity),
        (3, &[0, 3, 3, 5][..], &[0b101][..])
    );
    assert!(matches!(param.values, ValuesParam::Utf8(text) if text == "bcdé".as_bytes()));

    let bits: Vec<Option<bool>> = (0..20).map(|row| (row != 15).then_some(row % 3 == 0)).collect();
    let flags: ArrayRef = Arc::new(BooleanArray::from(bits));
    let input = Input::of(&flags, &(9..17)).unwrap();
    let param = input.as_param();
    // 9, 12 and 15 are true, the last of them null.
    assert_eq!(param.validity, [0b1011_1111]);
    assert!(matches!(param.values, ValuesParam::Boolean([bits]) if bits & 0b1011_1111 == 0b0000_1001));

    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3]).with_timezone("UTC"));
    let input = Input::of(&times, &(2..3)).unwrap();
    assert!(matches!(input.as_param().values, ValuesParam::Int64([3])));
}

#[test]
fn where_nothing_is_null_there_are_no_bits() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1), Some(2)]));
    assert!(Input::of(&values, &(1..3)).unwrap().as_param().validity.is_empty());
    let values: ArrayRef = Arc::new(Float64Array::from(vec![0.5; 4]));
    let input = Input::of(&values, &(0..0)).unwrap();
    assert_eq!((input.as_param().length, input.bytes()), (0, 0));
}

#[test]
fn what_no_argument_is_goes_nowhere() {
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![
        Some(1),
    ])]));
    assert!(Input::of(&lists, &(0..1)).is_none());
}
