use super::*;
use crate::guest::OnError;
use crate::guest::testing::{MENAGERIE, component, engine, tight, words};
use crate::guest::{Module, Transform};

/// The menagerie, with a part of its text replaced.
fn zoo(what: &str, with: &str) -> Arc<Transform> {
    assert!(MENAGERIE.contains(what), "{what}");
    let (engine, _) = engine();
    let module = Module::from_bytes(&engine, &component(&MENAGERIE.replace(what, with)), tight()).unwrap();
    Arc::new(Transform::new("zoo", module, OnError::DeadLetter, false))
}

fn as_it_is() -> Arc<Transform> {
    zoo("menagerie", "menagerie")
}

/// Each record is an error.
fn refuses() -> Arc<Transform> {
    zoo("(i32.eq (local.get $c) (i32.const 69)) ;; E", "(i32.const 1)")
}

#[test]
fn both_get_the_same_records() {
    let twice = zoo(
        "(i64.extend_i32_u (local.get $len))",
        "(i64.mul (i64.const 2) (i64.extend_i32_u (local.get $len)))",
    );
    let canary = Canary::run(words("a bb E ccc"), &as_it_is(), &twice).unwrap();
    let before = canary.before.unwrap();
    assert_eq!((before.rows[0].num_rows(), before.errors.count), (3, 1));
    let now = canary.now;
    assert_eq!((now.rows[0].num_rows(), now.errors.count), (3, 1));
    assert_ne!(before.rows[0], now.rows[0]);
    assert!(now.fuel > before.fuel);
}

#[test]
fn one_that_fails_where_the_other_does_not_is_refused() {
    let plain = |fault: Fault| fault.report();
    let refused = Canary::run(words("a bb E"), &as_it_is(), &refuses()).unwrap_err();
    insta::assert_snapshot!(plain(refused), @"
    error: it fails on all of the last 3 records, the version in use on 1: topic `t` partition 0 offset 100: bad record

    hint: if that is what it shall do, stop the pipeline and start it with this version
    ");
    // Neither is better.
    assert!(Canary::run(words("E E"), &as_it_is(), &refuses()).is_ok());
    // What the one in use can't take at all is no reason against the next.
    let spins = words(&vec!["L"; 40].join(" "));
    let patient = zoo("(loop $ever (br $ever))", "(nop)");
    let canary = Canary::run(spins, &as_it_is(), &patient).unwrap();
    assert!(canary.before.is_none());
}

#[test]
fn a_trial_is_no_failure_of_the_stream() {
    let (live, next) = (as_it_is(), as_it_is());
    // Fifteen in a row, one short of what sets a version aside; tried twice.
    let spins = || words(&["U"; 15].join(" "));
    for _ in 0..2 {
        Canary::run(spins(), &live, &next).unwrap();
    }
    let processed = live.process(&words("U")).unwrap();
    assert_eq!(processed.errors.count, 1);
}
