use wasmill_sdk::testing::{aggregate, aggregate_parts};

use super::Spread;

#[test]
fn the_spread_is_the_greatest_distance() {
    assert_eq!(aggregate::<Spread>([3.0, 7.5, 5.0]).unwrap(), 4.5);
}

#[test]
fn parts_come_to_the_same_as_the_whole() {
    assert_eq!(aggregate_parts::<Spread>([3.0, 7.5, 5.0], 2).unwrap(), 4.5);
}

#[test]
fn nulls_are_skipped_and_nothing_is_null() {
    assert_eq!(aggregate::<Spread>([Some(1.0), None]).unwrap(), 0.0);
    assert!(aggregate::<Spread>([None::<f64>]).unwrap().is_null());
}
