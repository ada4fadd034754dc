//! How fast orders become columns: through a module (the lab's `commandes`, checks and Kafka's columns included) beside the same
//! work natively (serde_json into borrowed structs, then Arrow's builders), in one process and in turns.
//!
//! `cargo bench -p wasmill --bench parse`. Times are of the processor, not of the wall, where the system tells them (Linux).
//! The median of the rounds is printed; a build without optimisation tells nothing.

mod clock;
mod native;

use std::error::Error;
use std::path::Path;

use arrow::array::RecordBatch;
use clock::{Clock, median};
use wasmill::batch::{RecordRef, Records, RecordsBuilder};
use wasmill::guest::{CacheFolder, EngineOptions, GuestEngine, Limits, Metering, Module, OnError, Transform, build};

const RECORDS: usize = 4096;
const ROUNDS: usize = 15;
/// Batches a round, so that a round is long beside the clock's steps.
const BATCHES: usize = 10;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Does a batch, and tells how many rows it came to.
type Work<'a> = Box<dyn FnMut() -> Result<usize> + 'a>;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let records = orders(&root)?;
    let bytes = records.values().value_data().len() / RECORDS;
    let built = build(&root.join("transforms/commandes"), |_| ())?;

    let metered = |fuel, epochs| -> Result<Transform> {
        let options = EngineOptions {
            cache: CacheFolder::Off,
            metering: Metering { fuel, epochs },
            ..EngineOptions::default()
        };
        let module = Module::load(&GuestEngine::new(options)?, &built.component, Limits::default())?;
        Ok(Transform::new("commandes", module, OnError::Fail, false))
    };
    let (whole, no_fuel, no_epochs, neither) = (
        metered(true, true)?,
        metered(false, true)?,
        metered(true, false)?,
        metered(false, false)?,
    );
    let through = |transform: &Transform| -> Result<usize> {
        Ok(transform
            .process(&records)?
            .rows
            .iter()
            .map(RecordBatch::num_rows)
            .sum())
    };

    let mut native = native::Orders::default();
    let mut by_hand = || -> Result<usize> {
        for value in records.values().iter().flatten() {
            native.push(value)?;
        }
        Ok(native.finish()?[0].len())
    };
    let mut work: [(&str, Work<'_>); 5] = [
        ("native serde_json", Box::new(&mut by_hand)),
        ("module", Box::new(|| through(&whole))),
        ("module without fuel", Box::new(|| through(&no_fuel))),
        ("module without epochs", Box::new(|| through(&no_epochs))),
        ("module without either", Box::new(|| through(&neither))),
    ];
    let mut rounds = vec![Vec::new(); work.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in work.iter_mut().zip(&mut rounds) {
            let start = Clock::start();
            for _ in 0..BATCHES {
                assert_eq!(run()?, RECORDS);
            }
            times.push(start.nanoseconds() / (BATCHES * RECORDS) as f64);
        }
    }
    let medians: Vec<f64> = rounds.into_iter().map(median).collect();
    println!("{RECORDS} orders of {bytes} bytes a batch, {ROUNDS} rounds of {BATCHES} batches, median");
    for ((name, _), nanoseconds) in work.iter().zip(&medians) {
        println!(
            "{name:24} {nanoseconds:7.0} ns a record, {:4.2} of native speed",
            medians[0] / nanoseconds
        );
    }
    println!(
        "{} units of fuel a record",
        whole.process(&records)?.fuel / RECORDS as u64
    );
    println!(
        "fuel costs {:.0} %, epochs {:.0} %, both {:.0} %",
        100.0 * (medians[1] / medians[2] - 1.0),
        100.0 * (medians[1] / medians[3] - 1.0),
        100.0 * (medians[1] / medians[4] - 1.0),
    );
    Ok(())
}

/// The lab's orders, over and over.
fn orders(root: &Path) -> Result<Records> {
    let text = std::fs::read_to_string(root.join("tests/fixtures/golden/records/orders-2000.jsonl"))?;
    let values = text.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line)?;
        Ok(record["value"].as_str().ok_or("an order without a value")?.to_owned())
    });
    let values = values.collect::<Result<Vec<String>>>()?;
    let mut builder = RecordsBuilder::new(false);
    for (offset, value) in (0..).zip(values.iter().cycle().take(RECORDS)) {
        let record = RecordRef {
            key: Some(b"CUST-001"),
            value: Some(value.as_bytes()),
            topic: "commandes-json",
            partition: 0,
            offset,
            timestamp_ms: Some(1_768_730_903_143 + offset),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    Ok(builder.finish()?)
}
