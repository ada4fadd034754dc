//! Parsing alone: a batch of records in memory becomes columns.

use wasmill::batch::{RecordRef, Records, RecordsBuilder};
use wasmill::guest::{EngineOptions, GuestEngine, Limits, Module, OnError, Transform};

use crate::figure::{self, Rounds};
use crate::setup::Setup;
use crate::{Result, cpu, native};

/// As many as the Kafka source puts into a batch of columns.
const RECORDS: usize = 8192;
const ROUNDS: usize = 11;
/// Batches a round: half a second, which is long beside the clock's steps.
const BATCHES: usize = 50;

pub(crate) fn measure(setup: &Setup) -> Result<()> {
    let records = records()?;
    let module = Module::load(
        &GuestEngine::new(EngineOptions::default())?,
        &setup.module,
        Limits::default(),
    )?;
    let transform = Transform::new("orders", module, OnError::DeadLetter, false);
    let mut orders = native::Orders::default();

    let (mut ours, mut by_hand) = (Rounds::new(), Rounds::new());
    for _ in 0..ROUNDS {
        let start = cpu::own()?;
        for _ in 0..BATCHES {
            let rows = transform.process(&records)?.rows;
            assert_eq!(rows.iter().map(|rows| rows.num_rows()).sum::<usize>(), RECORDS);
        }
        ours.orders(BATCHES * RECORDS, cpu::own()? - start);

        let start = cpu::own()?;
        for _ in 0..BATCHES {
            for value in records.values().iter().flatten() {
                orders.push(value)?;
            }
            assert_eq!(orders.finish()?[0].len(), RECORDS);
        }
        by_hand.orders(BATCHES * RECORDS, cpu::own()? - start);
    }
    figure::against_native("parse alone, orders per CPU second", &ours, &by_hand, ">= 0.6");
    Ok(())
}

fn records() -> Result<Records> {
    let mut builder = RecordsBuilder::new(false);
    for (offset, order) in (0..).zip(Setup::orders(RECORDS)) {
        let record = RecordRef {
            key: Some(order.key.as_bytes()),
            value: Some(order.value.as_bytes()),
            topic: "commandes-json",
            partition: 0,
            offset,
            timestamp_ms: Some(offset),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    Ok(builder.finish()?)
}
