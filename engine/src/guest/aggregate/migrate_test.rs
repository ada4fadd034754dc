use arrow::array::BinaryArray;

use crate::guest::Limits;
use crate::guest::aggregate::module::{AggregateModule, GuestAggregate};
use crate::guest::testing::{aggregates, engine, tight};

/// The menagerie's aggregate as version 2, which reads version 1: a million more a state. One of 7 makes it fail.
fn second() -> GuestAggregate {
    second_within(tight())
}

fn second_within(limits: Limits) -> GuestAggregate {
    let mut text = include_str!("menagerie.wat").to_owned();
    let mut replace = |what: &str, with: &str| {
        assert!(text.contains(what), "{what}");
        text = text.replace(what, with);
    };
    replace(
        "(i32.store (i32.const 88) (i32.const 1))",
        "(i32.store (i32.const 88) (i32.const 2))",
    );
    replace(
        "(i32.store (i32.const 96) (i32.const 0)) (i32.store (i32.const 100) (i32.const 0))",
        "(i32.store (i32.const 96) (i32.const 200)) (i32.store (i32.const 100) (i32.const 1)) (i32.store (i32.const 200) (i32.const 1))",
    );
    let begin = "(param $function i32) (param $version i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32) (result i32)\n    ";
    replace(
        &format!("{begin}(call $error))"),
        &format!(
            "{begin}(local $i i32)
            (call $states (local.get $sb) (local.get $ob) (i32.sub (local.get $ol) (i32.const 1)))
            (block $done (loop $next
              (br_if $done (i32.ge_u (local.get $i) (i32.sub (local.get $ol) (i32.const 1))))
              (if (i64.eq (i64.load (i32.add (i32.load (i32.const 260)) (i32.mul (local.get $i) (i32.const 8)))) (i64.const 7))
                (then (return (call $error))))
              (call $add (local.get $i) (i64.const 1000000))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $next)))
            (i32.const 256))"
        ),
    );
    let (engine, _) = engine();
    let module = AggregateModule::from_bytes(&engine, &aggregates(&text), limits).unwrap();
    module.aggregate("zoo", None).unwrap()
}

fn states(values: &[Option<i64>]) -> BinaryArray {
    let bytes = |value: &Option<i64>| value.map_or_else(Vec::new, |value| value.to_le_bytes().to_vec());
    BinaryArray::from_iter_values(values.iter().map(bytes))
}

#[test]
fn each_state_is_read_and_a_group_without_rows_stays_one() {
    let given = [None, Some(1), None, Some(2), Some(3), None];
    let wanted = given.map(|value| value.map(|value| value + 1_000_000));
    assert_eq!(second().migrate(1, &states(&given)).unwrap(), states(&wanted));
    assert_eq!(second().migrate(1, &states(&[])).unwrap(), states(&[]));
    // In calls of two.
    let small = Limits {
        call_records: 2,
        ..tight()
    };
    assert_eq!(
        second_within(small).migrate(1, &states(&given)).unwrap(),
        states(&wanted)
    );
}

#[test]
fn another_version_is_refused_and_so_is_a_failure() {
    let plain = |fault: crate::error::Fault| {
        let text = fault.to_string();
        let (before, after) = text.split_once('@').unwrap();
        format!("{before}@DIGEST{}", &after[6..])
    };
    let refused = second().migrate(3, &states(&[Some(1)])).unwrap_err();
    insta::assert_snapshot!(plain(refused), @"its states are of version 2, and those that are kept of version 3, which it does not read: aggregate `zoo` (zoo@DIGEST)");
    let failed = second().migrate(1, &states(&[Some(1), Some(7)])).unwrap_err();
    insta::assert_snapshot!(plain(failed), @"`migrate` of states of version 1 failed: aggregate `zoo` (zoo@DIGEST): bad row");
}
