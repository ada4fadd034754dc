//! The lab's modules, which allocate and free as a student's do: the same records give the same rows on any instance, and the same fuel on
//! instances that have done the same work; on one that has done other work it differs by less than a thousandth.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use arrow::array::RecordBatch;
use wasmill::batch::{RecordRef, Records, RecordsBuilder};
use wasmill::guest::{CacheFolder, EngineOptions, GuestEngine, Limits, Module, OnError, Transform};
use wasmill_tests::module::module;

fn records(values: &[String]) -> Records {
    let mut builder = RecordsBuilder::new(false);
    for (offset, value) in (0..).zip(values) {
        let record = RecordRef {
            key: None,
            value: Some(value.as_bytes()),
            topic: "t",
            partition: 0,
            offset,
            timestamp_ms: Some(offset),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    builder.finish().unwrap()
}

fn golden(name: &str) -> Vec<String> {
    let path = format!("{}/fixtures/golden/records/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let values = text.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["value"].as_str().unwrap_or_default().to_owned()
    });
    values.collect()
}

fn process(transform: &Transform, records: &Records) -> (Vec<RecordBatch>, RecordBatch, u64) {
    let processed = transform.process(records).unwrap();
    (processed.rows, processed.dead_letters, processed.fuel)
}

#[test]
fn the_labs_modules_cost_the_same_on_any_instance() {
    let options = EngineOptions {
        cache: CacheFolder::Off,
        ..EngineOptions::default()
    };
    let engine = GuestEngine::new(options).unwrap();
    let orders = golden("orders-2000");
    for name in ["commandes", "logs", "metrics"] {
        let module = Module::load(&engine, &module(name), Limits::default()).unwrap();
        let transform = || Transform::new(name, module.clone(), OnError::DeadLetter, false);
        // All of it, a piece, what is no JSON at all, and long texts.
        let mut odd: Vec<String> = orders[..50].to_vec();
        odd.insert(7, "{".to_owned());
        odd.insert(20, format!("{{\"note\": \"{}\"}}", "\\u00e9x".repeat(20_000)));
        let batches = [records(&orders), records(&orders[100..200]), records(&odd)];
        let fresh: Vec<_> = batches.iter().map(|batch| process(&transform(), batch)).collect();
        let again: Vec<_> = batches.iter().map(|batch| process(&transform(), batch)).collect();
        assert!(fresh == again, "{name}: not the same on another new instance");

        let (one, other) = (transform(), transform());
        for round in 0..3 {
            for (batch, fresh) in batches.iter().zip(&fresh) {
                let used = process(&one, batch);
                assert!(
                    used == process(&other, batch),
                    "{name}, round {round}: not the same after the same work"
                );
                assert!(
                    used.0 == fresh.0 && used.1 == fresh.1,
                    "{name}, round {round}: other rows than of a new instance"
                );
                // What a module keeps from call to call is its allocator's lists, which are a few instructions longer or shorter.
                let difference = used.2.abs_diff(fresh.2);
                assert!(
                    difference * 1_000 < fresh.2,
                    "{name}, round {round}: {difference} of {}",
                    fresh.2
                );
            }
        }
    }
}
