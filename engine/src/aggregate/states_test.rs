use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray,
    StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Int64Type};

use super::{Slot, States};

/// Four values of every kind of column, with a null among them.
fn columns() -> Vec<ArrayRef> {
    vec![
        Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(i64::MIN)])),
        Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(-0.0), None, Some(4.5)])),
        Arc::new(Int32Array::from(vec![None, Some(2), Some(3), Some(4)])),
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(2), None, Some(4)]).with_timezone("UTC")),
        Arc::new(Decimal128Array::from(vec![
            Some(1_i128),
            None,
            Some(i128::MAX),
            Some(-4),
        ])),
        Arc::new(StringArray::from(vec![Some("a"), Some(""), None, Some("écran")])),
        Arc::new(BinaryArray::from(vec![Some(&b"xy"[..]), None, Some(b""), Some(b"zz")])),
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)])),
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
            Some(vec![Some(1), Some(2)]),
            Some(vec![]),
            None,
            Some(vec![None]),
        ])),
    ]
}

fn states() -> States {
    let types: Vec<DataType> = columns().iter().map(|column| column.data_type().clone()).collect();
    States::new(types)
}

fn allocate(states: &mut States, count: usize) -> Vec<Slot> {
    (0..count).map(|_| states.allocate().unwrap()).collect()
}

fn rows(columns: &[ArrayRef], rows: &[i32]) -> Vec<ArrayRef> {
    let rows = Int32Array::from(rows.to_vec());
    columns
        .iter()
        .map(|column| take(column, &rows, None).unwrap())
        .collect()
}

#[test]
fn what_is_put_in_comes_out_in_any_order() {
    let mut states = states();
    let slots = allocate(&mut states, 4);
    states.scatter(&slots, &columns()).unwrap();
    let asked = [slots[3], slots[0], slots[3], slots[2], slots[1]];
    assert_eq!(states.gather(&asked).unwrap(), rows(&columns(), &[3, 0, 3, 2, 1]));
    assert!(states.gather(&[]).unwrap().iter().all(|column| column.is_empty()));
    // Again, in another order, from slices.
    let turned: Vec<ArrayRef> = rows(&columns(), &[0, 1, 2, 3, 0])
        .iter()
        .map(|column| column.slice(1, 4))
        .collect();
    states.scatter(&slots, &turned).unwrap();
    assert_eq!(states.gather(&slots).unwrap(), rows(&columns(), &[1, 2, 3, 0]));
}

#[test]
fn slots_are_used_again_and_hold_nothing_in_between() {
    let mut states = states();
    let slots = allocate(&mut states, 4);
    states.scatter(&slots, &columns()).unwrap();
    let held = states.bytes();
    states.release(&slots[1..3]);
    assert_eq!(states.len(), 2);
    assert!(states.bytes() < held);
    let again = allocate(&mut states, 3);
    assert!(again.contains(&slots[1]) && again.contains(&slots[2]));
    states.scatter(&again[..2], &rows(&columns(), &[0, 3])).unwrap();
    let wanted: Vec<ArrayRef> = rows(&columns(), &[0, 0, 3, 3]);
    assert_eq!(
        states.gather(&[slots[0], again[0], again[1], slots[3]]).unwrap(),
        wanted
    );
    states.release(&again);
    states.release(&[slots[0], slots[3]]);
    assert!(states.is_empty());
    assert_eq!(states.bytes(), 0);
}

#[test]
fn many_slots_grow_without_losing_any() {
    let mut states = States::new(vec![DataType::Int64, DataType::Utf8]);
    let mut slots = Vec::new();
    for round in 0..100_i64 {
        let new = allocate(&mut states, 10);
        let numbers = Int64Array::from_iter_values((0..10).map(|at| round * 10 + at));
        let texts = StringArray::from_iter_values((0..10).map(|at| format!("{}", round * 10 + at)));
        states.scatter(&new, &[Arc::new(numbers), Arc::new(texts)]).unwrap();
        slots.extend(new);
    }
    let gathered = states.gather(&slots).unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
    assert_eq!(&gathered[0], &numbers);
    assert_eq!(concat(&[&gathered[1]]).unwrap().len(), 1000);
    assert!(states.bytes_of(slots[999]) > states.bytes_of(slots[0]));
}
