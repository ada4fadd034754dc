use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array};
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::{GuestGroups, check_column};
use crate::guest::Limits;
use crate::guest::aggregate::module::{AggregateModule, GuestAggregate};
use crate::guest::testing::{Lines, aggregates, engine, tight};

/// The aggregate of `menagerie.wat`, which adds numbers up and goes wrong where they say so.
fn zoo() -> (GuestAggregate, Arc<Lines>) {
    zoo_within(tight())
}

fn zoo_within(limits: Limits) -> (GuestAggregate, Arc<Lines>) {
    let (engine, log) = engine();
    let module = AggregateModule::from_bytes(&engine, &aggregates(include_str!("menagerie.wat")), limits).unwrap();
    (module.aggregate("zoo", None).unwrap(), log)
}

fn groups(zoo: &GuestAggregate) -> GuestGroups {
    GuestGroups::new(Arc::clone(&zoo.0))
}

fn numbers(values: impl IntoIterator<Item = i64>) -> Vec<ArrayRef> {
    vec![Arc::new(values.into_iter().collect::<Int64Array>())]
}

fn states(values: &[i64]) -> Vec<ArrayRef> {
    vec![Arc::new(BinaryArray::from_iter_values(
        values.iter().map(|value| value.to_le_bytes()),
    ))]
}

/// Numbers into one group each of three, then the sums.
fn sums(groups: &mut GuestGroups) -> Vec<i64> {
    let sums = groups.evaluate(EmitTo::All).unwrap();
    sums.as_primitive::<Int64Type>().values().to_vec()
}

/// Without what changes with the module's text.
fn plain(text: &str) -> String {
    match text.split_once("zoo@") {
        Some((before, rest)) => {
            let behind = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            format!("{before}zoo@DIGEST{behind}")
        }
        None => text.to_owned(),
    }
}

/// Why a row of this value is left out of many, whose sums must be right.
fn reason_of(value: i64) -> String {
    let (zoo, _) = zoo();
    let mut groups = groups(&zoo);
    groups.update_batch(&numbers([1, 2, 3]), &[0, 1, 2], None, 3).unwrap();
    groups
        .update_batch(&numbers([10, 20, value, 30, 40]), &[0, 1, 1, 2, 1], None, 3)
        .unwrap();
    assert_eq!(sums(&mut groups), [11, 62, 33], "{value}");
    let told = plain(&zoo.take_failures().unwrap());
    assert_eq!(zoo.take_failures(), None);
    let start = "aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: ";
    told.strip_prefix(start).unwrap_or(&told).to_owned()
}

#[test]
fn a_row_that_makes_it_fail_or_lie_is_left_out_and_its_neighbours_are_in() {
    let reasons: Vec<String> = (1..=10).map(|kind| format!("-{kind} {}", reason_of(-kind))).collect();
    insta::assert_snapshot!(reasons.join("\n"), @"
    -1 bad row
    -2 panicked at src/lib.rs:7:5: no such animal
    -3 used up its 210160 units of fuel (does it loop without end?)
    -4 stopped itself (`unreachable`) (it asked for 655622144 bytes of memory, 268435456 are allowed)
    -5 returned 1 offsets of states for 1 groups
    -6 the offsets of its states do not begin at 0
    -7 the state of group 0 ends at 9, but begins at 0 of 8 bytes
    -8 the state of group 0 has 9 bytes, more than the 8 it declared
    -9 returned 1 bytes behind its last state
    -10 broke the contract: list pointer/length out of bounds of memory
    ");
}

#[test]
fn what_it_logs_before_it_stops_is_said_once() {
    let (zoo, log) = zoo();
    let mut groups = groups(&zoo);
    let values = (0..1_000).map(|row| if row == 700 { -2 } else { 1 });
    groups.update_batch(&numbers(values), &vec![0; 1_000], None, 1).unwrap();
    assert_eq!(sums(&mut groups), [999]);
    assert_eq!(log.take(), ["zoo: error: panicked at src/lib.rs:7:5:\\nno such animal"]);
}

#[test]
fn one_that_fails_at_every_row_is_to_blame() {
    let (zoo, _) = zoo();
    let failed = groups(&zoo).update_batch(&numbers(vec![-1; 100]), &vec![0; 100], None, 1);
    insta::assert_snapshot!(plain(&failed.unwrap_err().to_string()), @"External error: the aggregate stops at every row (the first 16 tried): aggregate `zoo` (zoo@DIGEST): bad row");
}

#[test]
fn rows_that_the_filter_refuses_and_nulls_of_it_are_left_out() {
    let (zoo, _) = zoo();
    let mut groups = groups(&zoo);
    let kept = BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]);
    groups
        .update_batch(&numbers([1, 2, 4, 8]), &[0, 0, 1, 1], Some(&kept), 2)
        .unwrap();
    assert_eq!(sums(&mut groups), [1, 8]);
    let kept = BooleanArray::from(vec![true, false, true, true]);
    groups
        .update_batch(&numbers([1, 2, 4, 8]), &[0, 0, 1, 1], Some(&kept), 2)
        .unwrap();
    assert_eq!(sums(&mut groups), [1, 12]);
}

#[test]
fn groups_taken_out_make_room_for_those_behind() {
    let (zoo, _) = zoo();
    let mut groups = groups(&zoo);
    groups
        .update_batch(&numbers([1, 2, 3, 4]), &[0, 1, 2, 3], None, 5)
        .unwrap();
    let first = groups.state(EmitTo::First(2)).unwrap();
    assert_eq!(first[0].as_binary::<i32>().value(1), 2_i64.to_le_bytes());
    groups.update_batch(&numbers([10]), &[0], None, 3).unwrap();
    assert_eq!(sums(&mut groups), [13, 4, 0]);
    assert!(sums(&mut groups).is_empty());
}

#[test]
fn states_are_merged_also_several_into_one_group_and_those_without_rows() {
    let (zoo, _) = zoo();
    let mut groups = groups(&zoo);
    groups.merge_batch(&states(&[1, 2, 3, 4]), &[1, 0, 1, 1], 3).unwrap();
    let nothing: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b""[..]), None]));
    groups.merge_batch(&[nothing], &[0, 2], 3).unwrap();
    assert_eq!(sums(&mut groups), [2, 8, 0]);
}

#[test]
fn one_that_fails_to_merge_or_finish_ends_the_run_and_is_named() {
    let (zoo, _) = zoo();
    let mut failures = Vec::new();
    for state in 1001..=1003 {
        let mut groups = groups(&zoo);
        groups.merge_batch(&states(&[5]), &[0], 1).unwrap();
        failures.push(groups.merge_batch(&states(&[state]), &[0], 1).unwrap_err());
        // What was there is there.
        assert_eq!(sums(&mut groups), [5]);
    }
    for state in 2001..=2007 {
        let mut groups = groups(&zoo);
        groups.merge_batch(&states(&[7, state, 9]), &[0, 1, 2], 3).unwrap();
        failures.push(groups.evaluate(EmitTo::All).unwrap_err());
    }
    let failures: Vec<String> = failures.iter().map(|failure| plain(&failure.to_string())).collect();
    insta::assert_snapshot!(failures.join("\n"), @"
    External error: `merge` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): bad row
    External error: `merge` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): stopped itself (`unreachable`)
    External error: `merge` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): returned 1 offsets of states for 1 groups
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): bad row
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): stopped itself (`unreachable`)
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has 4 entries instead of 3
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has 2 values for 3 entries
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has float64 values, but its schema says Int64
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): returned 1 columns more than its schema has
    External error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` is missing
    ");
}

#[test]
fn calls_are_cut_by_the_bytes_of_states_too() {
    // Three states of 8 bytes a call.
    let (zoo, _) = zoo_within(Limits {
        call_bytes: 24,
        ..tight()
    });
    let mut groups = groups(&zoo);
    let of = |row: usize| row % 7;
    let rows: Vec<usize> = (0..100).map(of).collect();
    groups.update_batch(&numbers(0..100), &rows, None, 7).unwrap();
    groups.merge_batch(&states(&[1_000; 20]), &rows[..20], 7).unwrap();
    let wanted: Vec<i64> = (0..7)
        .map(|group| {
            (0..100)
                .filter(|row| of(*row) == group)
                .map(|row| row as i64 + if row < 20 { 1_000 } else { 0 })
                .sum()
        })
        .collect();
    assert_eq!(sums(&mut groups), wanted);
}

#[test]
fn states_that_do_not_fit_a_column_are_an_error_and_no_panic() {
    check_column(1, i32::MAX as usize).unwrap();
    insta::assert_snapshot!(check_column(9, 1 << 31).unwrap_err().report(), @"
    error: the states of 9 groups take 2147483648 bytes, more than 2 GiB at once

    hint: group by fewer values, or let a state keep less
    ");
}
