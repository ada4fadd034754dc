use serde_json::{Value, json};

use super::super::verdict::Written;
use super::*;
use crate::cli::difference::Rows;
use crate::error::Fault;

fn rows(objects: Value) -> Rows {
    let mut rows = Rows::default();
    for object in objects.as_array().unwrap() {
        rows.push(object.as_object().unwrap().clone());
    }
    rows
}

pub(in crate::cli::test) fn verdict(name: &str, outcome: Outcome) -> Verdict {
    Verdict {
        name: name.to_owned(),
        records: 3,
        outcome,
        notices: Vec::new(),
        guests: Vec::new(),
    }
}

pub(in crate::cli::test) fn different(expected: Value, actual: Value, is_ordered: bool) -> Outcome {
    let (expected, actual) = (rows(expected), rows(actual));
    Outcome::Different(vec![TableDifference {
        table: "best".to_owned(),
        file: "mine/cases/a/best.jsonl".to_owned(),
        difference: Difference::of(&expected, &actual),
        expected,
        actual,
        is_ordered,
    }])
}

pub(in crate::cli::test) fn blessed() -> Outcome {
    let file = |file: &str, change| Written {
        file: file.to_owned(),
        rows: 2,
        change,
    };
    Outcome::Blessed(vec![
        file("mine/cases/a/best.jsonl", Change::Changed),
        file("mine/cases/a/big.jsonl", Change::None),
        file("mine/cases/a/big_errors.jsonl", Change::New),
    ])
}

#[test]
fn a_case_that_is_not_as_expected() {
    let before = json!([{"customer": "CUST-001", "points": 12}, {"customer": "CUST-002", "points": 1}, {"customer": "CUST-003", "points": 7}]);
    let after = json!([{"customer": "CUST-001", "points": 13}, {"customer": "CUST-003", "points": 7}, {"customer": "CUST-009", "points": 2}]);
    let mut failed = verdict("small", different(before, after, true));
    failed
        .notices
        .push("aggregate `p95` (p95@3fa9c1): 1 row was left out; the first: it panicked".to_owned());
    insta::assert_snapshot!(line(&failed), @"case small ... FAILED");
    insta::assert_snapshot!(details(&failed, false), @r"
    case `small`: table `best` is not as expected: 1 row differs (`points`), 1 is missing, 1 is too many
    - expected, `mine/cases/a/best.jsonl`: 3 rows
    + came out: 3 rows
      +--------+------+
      |customer|points|
      +--------+------+
    - |CUST-001|    12|
    + |CUST-001|    13|
                ^^^^^^
    - |CUST-002|     1|
      |CUST-003|     7|
    + |CUST-009|     2|
      +--------+------+
    note: aggregate `p95` (p95@3fa9c1): 1 row was left out; the first: it panicked
    ");
    let missing = verdict(
        "a",
        different(
            json!([{"customer": "x", "pionts": 1}]),
            json!([{"customer": "x"}]),
            false,
        ),
    );
    insta::assert_snapshot!(details(&missing, false), @r"
    case `a`: table `best` is not as expected: there is no column `pionts`
    - expected, `mine/cases/a/best.jsonl`: 1 row, in no order
    + came out: 1 row, in no order
      +--------+-------+
      |customer|-pionts|
      +--------+-------+
      |x       |      1|
      +--------+-------+
    ");
    let none = verdict(
        "a",
        different(json!([]), json!([{"customer": "x"}, {"customer": "y"}]), true),
    );
    insta::assert_snapshot!(details(&none, false), @r"
    case `a`: table `best` is not as expected: 2 rows are too many
    - expected, `mine/cases/a/best.jsonl`: 0 rows
    + came out: 2 rows
      +---------+
      |+customer|
      +---------+
    + |x        |
    + |y        |
      +---------+
    ");
}

#[test]
fn a_case_that_can_t_be_compared() {
    let broken = verdict(
        "a",
        Outcome::Broken(
            Fault::usage("nothing is expected")
                .at("`mine/cases/a`")
                .hint("look at it"),
        ),
    );
    insta::assert_snapshot!(details(&broken, true), @r"
    case `a`: nothing is expected: `mine/cases/a`
    hint: look at it
    ");
}

#[test]
fn what_was_blessed_is_told() {
    let blessed = verdict("a", blessed());
    insta::assert_snapshot!(line(&blessed), @r"
    case a ... blessed
      wrote `mine/cases/a/best.jsonl` anew: 2 rows
      `mine/cases/a/big.jsonl` is as it was: 2 rows
      wrote `mine/cases/a/big_errors.jsonl`: 2 rows
    ");
    assert_eq!(details(&blessed, false), "");
}

#[test]
fn the_closing_line() {
    let passed = || verdict("a", Outcome::Passed);
    assert_eq!(line(&passed()), "case a ... ok\n");
    let took = Duration::from_millis(314);
    insta::assert_snapshot!(closing(&[passed(), passed()], 1, took), @"test result: ok. 2 passed; 0 failed; 1 filtered out; finished in 0.31s");
    let broken = verdict("b", Outcome::Broken(Fault::usage("x")));
    insta::assert_snapshot!(closing(&[passed(), broken, verdict("c", blessed())], 0, took), @"test result: FAILED. 1 passed; 1 blessed; 1 failed; 0 filtered out; finished in 0.31s");
}
