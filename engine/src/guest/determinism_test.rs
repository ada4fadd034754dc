//! The same records give the same rows for the same fuel: whatever instance they meet, however often, by however many threads.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;

use super::testing::*;
use super::{GuestEngine, Module, OnError, Processed, Transform};
use crate::batch::Records;

/// All that a user could see of a batch.
#[derive(Debug, PartialEq)]
struct Seen {
    rows: Vec<RecordBatch>,
    dead_letters: RecordBatch,
    fuel: u64,
    lines: Vec<String>,
}

fn seen(processed: Processed, lines: Vec<String>) -> Seen {
    Seen {
        rows: processed.rows,
        dead_letters: processed.dead_letters,
        fuel: processed.fuel,
        lines,
    }
}

/// A word that the menagerie does something with: mostly rows, now and then each way to fail.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[a-z]{0,12}",
        1 => "[EPURZOBSXL][a-z]{0,3}",
    ]
}

fn batch() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(word(), 1..120)
}

fn of(words: &[String]) -> Records {
    records(words.iter().map(|word| Some(word.as_bytes())))
}

/// A module in use, compiled once for all cases.
struct Zoo {
    engine: GuestEngine,
    log: Arc<Lines>,
    bytes: Vec<u8>,
}

impl Zoo {
    fn new() -> Self {
        let (engine, log) = engine();
        let bytes = component(MENAGERIE);
        Self { engine, log, bytes }
    }

    fn module(&self) -> Module {
        Module::from_bytes(&self.engine, &self.bytes, tight()).unwrap()
    }
}

fn transform(module: &Module) -> Transform {
    Transform::new("zoo", module.clone(), OnError::DeadLetter, false)
}

#[test]
fn the_same_batch_is_the_same_on_any_instance_and_any_thread() {
    let zoo = Zoo::new();
    let module = zoo.module();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&(batch(), batch()), |(words, before)| {
        let (records, before) = (of(&words), of(&before));
        let process = |transform: &Transform| {
            zoo.log.take();
            let processed = transform.process(&records);
            processed
                .map(|processed| seen(processed, zoo.log.take()))
                .map_err(|fault| fault.to_string())
        };
        let fresh = transform(&module);
        let wanted = process(&fresh);
        // Used by the same batch, used by another one, and by one that it failed at.
        prop_assert_eq!(&process(&fresh), &wanted);
        let used = transform(&module);
        let _ = used.process(&before);
        prop_assert_eq!(&process(&used), &wanted);
        let trapped = transform(&module);
        let _ = trapped.process(&super::testing::words("a U b P c"));
        prop_assert_eq!(&process(&trapped), &wanted);

        // Four threads on one transform, each with its own instance, fresh or used as it comes.
        let shared = transform(&module);
        let without_lines = |processed: crate::error::Result<Processed>| {
            processed
                .map(|processed| seen(processed, Vec::new()))
                .map_err(|fault| fault.to_string())
        };
        let alone = without_lines(shared.process(&records));
        let beside: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let first = without_lines(shared.process(&records));
                        let _ = shared.process(&before);
                        [first, without_lines(shared.process(&records))]
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        for outcome in &beside {
            prop_assert_eq!(outcome, &alone);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn another_compilation_costs_the_same() {
    let (one, other) = (Zoo::new(), Zoo::new());
    let records = words("a bb U ccc E dddd S L");
    let [first, second] = [one, other].map(|zoo| {
        let processed = transform(&zoo.module()).process(&records).unwrap();
        seen(processed, zoo.log.take())
    });
    assert_eq!(first, second);
}

#[test]
fn nan_has_the_same_bits_on_every_machine() {
    // The length of a value becomes the bits of a NaN: of a division, of one with a payload that goes through arithmetic, of a root.
    let length = "(i64.extend_i32_u (local.get $len))";
    assert!(MENAGERIE.contains(length));
    for nan in [
        "(f64.div (f64.const 0) (f64.const 0))",
        "(f64.add (f64.const nan:0x4000000000001) (f64.convert_i32_u (local.get $len)))",
        "(f64.sqrt (f64.neg (f64.convert_i32_u (local.get $len))))",
        "(f64.promote_f32 (f32.div (f32.const 0) (f32.const -0)))",
        "(f64.min (f64.const -nan:0x123) (f64.const 1))",
    ] {
        let core = MENAGERIE.replace(length, &format!("(i64.reinterpret_f64 {nan})"));
        let module = Module::from_bytes(&engine().0, &component(&core), tight()).unwrap();
        let processed = transform(&module).process(&words("abc")).unwrap();
        let bits = processed.rows[0].column(0).as_primitive::<Int64Type>().value(0);
        assert_eq!(bits, 0x7ff8_0000_0000_0000, "{nan}: {bits:x}");
    }
}
