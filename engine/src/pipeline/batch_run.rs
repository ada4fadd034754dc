//! One batch: records in, parsed side by side on all cores, put back in order, through the tables, into the sinks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;

use crate::batch::{BatchRanges, Records};
use crate::error::Result;
use crate::guest::{GuestAggregate, Processed};

use super::Observer;
use super::failures::Failures;
use super::flow::{Flow, Outgoing};
use super::graph::Relation;
use super::input::Input;
use super::origin;
use super::output::Sinks;
use super::plan::Plan;
use super::reload::Live;
use super::states::States;

/// What a batch did.
pub(super) struct BatchOutcome {
    /// Records read, by source.
    pub(super) records: Vec<u64>,
    /// Rows that reached each sink.
    pub(super) rows_out: Vec<u64>,
    /// Milliseconds spent, by phase.
    pub(super) durations: BTreeMap<&'static str, u64>,
}

/// A chunk of records with what the guests made of it.
struct Parsed {
    records: Records,
    processed: Vec<(usize, Processed)>,
}

/// Reads the ranges of each source and sees the batch through to its end.
pub(super) async fn run_batch(
    plan: &Plan,
    states: &mut States,
    batch: u64,
    inputs: &mut [Input],
    ranges: &[BatchRanges],
    sinks: &mut Sinks,
    observer: &dyn Observer,
) -> Result<BatchOutcome> {
    let began = Instant::now();
    let by_partition = states.follow_partitions();
    let mut flow = Flow::new(plan, states);
    let mut records_read = vec![0; inputs.len()];
    let mut failed = Failures::default();
    for (position, (input, ranges)) in inputs.iter_mut().zip(ranges).enumerate() {
        let relation = Relation::Source(position);
        let guests: Vec<(usize, Arc<Live>)> = plan
            .guests
            .iter()
            .enumerate()
            .filter(|(_, guest)| guest.source == position)
            .map(|(at, guest)| (at, Arc::clone(&guest.live)))
            .collect();
        let parsed = input
            .read(ranges)
            .map(|records| parse(records, &guests, observer))
            .buffered(workers());
        futures::pin_mut!(parsed);
        while let Some(parsed) = parsed.next().await {
            let parsed = parsed?;
            records_read[position] += parsed.records.len() as u64;
            if let (Some(last), Some(source)) = (&plan.last, plan.source_names.get(position)) {
                last.keep(source, &parsed.records);
            }
            let mut relations = vec![(relation, parsed.records.table().clone())];
            for (at, processed) in parsed.processed {
                let guest = &plan.guests[at];
                failed.add(at, processed.errors);
                relations.extend(processed.rows.into_iter().map(|rows| (guest.rows, rows)));
                relations.push((guest.dead_letters, processed.dead_letters));
            }
            for (relation, rows) in relations {
                let parts = match by_partition {
                    true => origin::by_partition(&rows),
                    false => vec![(None, rows)],
                };
                for (origin, rows) in parts {
                    deliver(sinks, batch, flow.push(relation, origin.as_ref(), rows).await?).await?;
                }
            }
        }
    }
    let has_records = records_read.iter().any(|records| *records > 0);
    for position in 0..plan.tables.len() {
        for outgoing in flow.finish(position, has_records).await? {
            deliver(sinks, batch, vec![outgoing]).await?;
        }
    }
    let added = Instant::now();
    sinks.end_batch(batch, observer).await?;
    failed.tell(observer);
    for failures in plan.aggregates.iter().filter_map(GuestAggregate::take_failures) {
        observer.notice(&failures);
    }
    Ok(BatchOutcome {
        records: records_read,
        rows_out: flow.rows_out,
        durations: BTreeMap::from([
            ("addBatch", millis(added - began)),
            ("commitBatch", millis(added.elapsed())),
        ]),
    })
}

/// How many chunks are parsed side by side.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn parse(records: Result<Records>, guests: &[(usize, Arc<Live>)], observer: &dyn Observer) -> Result<Parsed> {
    let records = records?;
    let mut processed = Vec::with_capacity(guests.len());
    for (at, live) in guests {
        processed.push((*at, live.process(&records, observer).await?));
    }
    Ok(Parsed { records, processed })
}

async fn deliver(sinks: &mut Sinks, batch: u64, outgoing: Vec<Outgoing>) -> Result<()> {
    for (position, rows) in outgoing {
        sinks.write(position, batch, &rows).await?;
    }
    Ok(())
}

pub(super) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
