use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int16Array, Int32Array,
    Int64Array, ListArray, StringArray, StructArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Int32Type};

use super::{Slot, States};

fn states(columns: &[ArrayRef]) -> States {
    States::new(columns.iter().map(|column| column.data_type().clone()).collect())
}

fn allocate(states: &mut States, count: usize) -> Vec<Slot> {
    (0..count).map(|_| states.allocate().unwrap()).collect()
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// A column of each kind that is kept in its own way, three rows each, one of them null.
fn kinds() -> Vec<ArrayRef> {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let field = |name: &str, data_type: &DataType| Arc::new(Field::new(name, data_type.clone(), true));
    let fields = StructArray::from(vec![
        (
            field("n", &DataType::Int32),
            array(Int32Array::from(vec![Some(1), None, Some(3)])),
        ),
        (
            field("s", &DataType::Utf8),
            array(StringArray::from(vec![Some("a"), Some("b"), None])),
        ),
    ]);
    let decimals = Decimal128Array::from(vec![Some(1), None, Some(-3)]);
    vec![
        array(Int16Array::from(vec![Some(1), None, Some(3)])),
        array(Int32Array::from(vec![Some(1), None, Some(3)])),
        array(Int64Array::from(vec![Some(1), None, Some(3)])),
        array(UInt64Array::from(vec![Some(u64::MAX), None, Some(0)])),
        array(Float64Array::from(vec![Some(f64::NAN), None, Some(-0.0)])),
        array(TimestampMicrosecondArray::from(vec![Some(1), None, Some(-3)]).with_timezone("UTC")),
        array(decimals.with_precision_and_scale(20, 2).unwrap()),
        cast(&decimals_of_256(), &DataType::Decimal256(40, 2)).unwrap(),
        array(StringArray::from(vec![Some("one"), None, Some("")])),
        array(BinaryArray::from(vec![Some(&b"\xff\x00"[..]), None, Some(b"")])),
        array(BooleanArray::from(vec![Some(true), None, Some(false)])),
        array(list),
        array(fields),
    ]
}

fn decimals_of_256() -> ArrayRef {
    array(Int64Array::from(vec![Some(7), None, Some(-7)]))
}

#[test]
fn every_kind_comes_back_as_it_went_in() {
    for column in kinds() {
        let columns = [column];
        let mut states = states(&columns);
        let slots = allocate(&mut states, 3);
        states.scatter(&slots, &columns).unwrap();
        assert_eq!(states.gather(&slots).unwrap(), columns, "{}", columns[0].data_type());
        // In any order, and as often as one likes.
        let again = states.gather(&[slots[2], slots[0], slots[0]]).unwrap();
        let expected = concat(&[
            &columns[0].slice(2, 1),
            &columns[0].slice(0, 1),
            &columns[0].slice(0, 1),
        ])
        .unwrap();
        assert_eq!(again, [expected], "{}", columns[0].data_type());
    }
}

#[test]
fn no_slots_are_columns_of_no_rows() {
    let columns = kinds();
    let states = states(&columns);
    for (empty, column) in states.gather(&[]).unwrap().iter().zip(&columns) {
        assert_eq!((empty.len(), empty.data_type()), (0, column.data_type()));
    }
}

#[test]
fn a_part_of_an_array_is_only_that_part() {
    for column in kinds() {
        let part = [column.slice(1, 2)];
        let mut states = states(&part);
        let slots = allocate(&mut states, 2);
        states.scatter(&slots, &part).unwrap();
        assert_eq!(states.gather(&slots).unwrap(), part, "{}", column.data_type());
    }
}

#[test]
fn slots_may_be_written_in_any_order() {
    let columns = kinds();
    let mut states = states(&columns);
    let slots = allocate(&mut states, 3);
    states.scatter(&[slots[2], slots[0], slots[1]], &columns).unwrap();
    assert_eq!(states.gather(&[slots[2], slots[0], slots[1]]).unwrap(), columns);
}

#[test]
fn all_null_columns_keep_their_types() {
    for column in kinds() {
        let nulls = [concat(&[&column.slice(1, 1), &column.slice(1, 1)]).unwrap()];
        let mut states = states(&nulls);
        let slots = allocate(&mut states, 2);
        states.scatter(&slots, &nulls).unwrap();
        let gathered = states.gather(&slots).unwrap();
        assert_eq!(gathered, nulls, "{}", column.data_type());
    }
}

#[test]
fn a_slot_given_back_is_given_out_again_and_holds_nothing_old() {
    let columns = kinds();
    let mut states = states(&columns);
    let slots = allocate(&mut states, 3);
    states.scatter(&slots, &columns).unwrap();
    states.release(&slots[..2]);
    assert_eq!(states.len(), 1);

    let again = allocate(&mut states, 2);
    let mut sorted = again.clone();
    sorted.sort();
    assert_eq!(sorted, slots[..2], "no new slots while old ones are free");
    assert_eq!(states.len(), 3);
    // The other way round: what was null is a value and the other way about.
    let swapped: Vec<ArrayRef> = columns
        .iter()
        .map(|column| concat(&[&column.slice(1, 1), &column.slice(0, 1)]).unwrap())
        .collect();
    states.scatter(&slots[..2], &swapped).unwrap();
    assert_eq!(states.gather(&slots[..2]).unwrap(), swapped);
    let untouched: Vec<ArrayRef> = columns.iter().map(|column| column.slice(2, 1)).collect();
    assert_eq!(states.gather(&slots[2..]).unwrap(), untouched);
}

#[test]
fn many_slots_keep_apart_while_the_columns_grow() {
    let texts = |from: i64, count: i64| {
        array(StringArray::from_iter_values(
            (from..from + count).map(|n| n.to_string()),
        ))
    };
    let numbers = |from: i64, count: i64| array(Int64Array::from_iter_values(from..from + count));
    let mut states = States::new(vec![DataType::Int64, DataType::Utf8]);
    let mut slots = Vec::new();
    for from in (0..1000).step_by(100) {
        let new = allocate(&mut states, 100);
        states.scatter(&new, &[numbers(from, 100), texts(from, 100)]).unwrap();
        slots.extend(new);
    }
    assert_eq!(states.len(), 1000);
    assert_eq!(states.gather(&slots).unwrap(), [numbers(0, 1000), texts(0, 1000)]);
}

#[test]
fn states_of_no_columns_still_count() {
    let mut states = States::new(Vec::new());
    assert!(states.is_empty());
    let slots = allocate(&mut states, 100);
    states.scatter(&slots, &[]).unwrap();
    assert!(states.gather(&slots).unwrap().is_empty());
    states.release(&slots[1..]);
    assert_eq!((states.len(), states.bytes()), (1, 0));
}

#[test]
fn a_column_of_another_type_is_refused() {
    let mut states = States::new(vec![DataType::Utf8]);
    let slots = allocate(&mut states, 1);
    let problem = states.scatter(&slots, &[array(Int64Array::from(vec![1]))]).unwrap_err();
    assert_eq!(
        problem.strip_backtrace(),
        "Execution error: a state's column changed its type"
    );
}

#[test]
fn bytes_follow_what_is_held() {
    for columns in [
        vec![array(Int64Array::from(vec![1, 2]))],
        vec![array(StringArray::from(vec!["a", "a longer text"]))],
        vec![array(BinaryArray::from(vec![&b"a"[..], b"bcd"]))],
        vec![array(ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1)]),
            Some(vec![Some(1); 100]),
        ]))],
    ] {
        let mut states = states(&columns);
        assert_eq!(states.bytes(), 0);
        let slots = allocate(&mut states, 2);
        states.scatter(&slots, &columns).unwrap();
        let full = states.bytes();
        let by_slot: usize = slots.iter().map(|slot| states.bytes_of(*slot)).sum();
        assert_eq!(full, by_slot, "{}", columns[0].data_type());
        // Written again it is not counted twice.
        states.scatter(&slots, &columns).unwrap();
        assert_eq!(states.bytes(), full, "{}", columns[0].data_type());
        states.release(&slots[1..]);
        assert_eq!(states.bytes(), states.bytes_of(slots[0]), "{}", columns[0].data_type());
        states.release(&slots[..1]);
        assert_eq!(states.bytes(), 0, "{}", columns[0].data_type());
    }
}

#[test]
fn a_list_keeps_only_its_own_values_alive() {
    let long = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![Some(1); 10_000])]);
    let short = long.slice(0, 1);
    let mut states = States::new(vec![long.data_type().clone()]);
    let slots = allocate(&mut states, 1);
    states.scatter(&slots, &[array(short)]).unwrap();
    assert!(states.bytes() < 1000, "{} bytes for one number", states.bytes());
}

#[test]
fn longer_texts_weigh_more() {
    let mut states = States::new(vec![DataType::Utf8]);
    let slots = allocate(&mut states, 2);
    let texts = |second: Option<&str>| [array(StringArray::from(vec![Some("x"), second]))];
    states.scatter(&slots, &texts(None)).unwrap();
    let without = states.bytes();
    states.scatter(&slots, &texts(Some("four"))).unwrap();
    let four = states.bytes();
    states.scatter(&slots, &texts(Some("fourteen"))).unwrap();
    assert_eq!(states.bytes(), four + 4);
    assert!(states.bytes_of(slots[1]) > states.bytes_of(slots[0]));
    states.scatter(&slots, &texts(None)).unwrap();
    assert_eq!(states.bytes(), without);
    assert!(states.gather(&slots).unwrap()[0].as_string::<i32>().is_null(1));
}
