//! The rounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Array;

use super::clock::{Clock, Of, tells_cpu};
use super::figures::{AggregateFigures, Figures, GuestFigures, Rounds};
use crate::batch::Records;
use crate::error::{Fault, Result};
use crate::guest::{Cost, Transform};
use crate::pipeline::{Trial, repeat};

/// Measures a trial over these samples, repeated to so many records, in so many rounds behind one that does not count.
///
/// # Errors
/// If the pipeline fails on the samples.
pub(super) async fn measure(
    trial: &mut Trial,
    samples: &BTreeMap<String, Vec<Records>>,
    records: usize,
    rounds: usize,
    mut on_round: impl FnMut(usize),
) -> Result<Figures> {
    let many = repeat(samples, records)?;
    let count = count_of(&many);
    let mut guests: Vec<Guest> = trial
        .transforms()
        .into_iter()
        .filter_map(|(source, transform)| {
            let records = many.get(&source).filter(|records| !records.is_empty())?;
            Some(Guest {
                transform: Arc::new(transform),
                records: records.clone(),
                nanoseconds: Vec::with_capacity(rounds),
                first: Cost::default(),
                errors: 0,
            })
        })
        .collect();
    let mut whole = Vec::with_capacity(rounds);
    let mut report = None;
    for round in 0..=rounds {
        on_round(round);
        for guest in &mut guests {
            let nanoseconds = guest.round().await?;
            match round {
                0 => guest.first = guest.transform.cost(),
                _ => guest.nanoseconds.push(nanoseconds),
            }
        }
        let clock = Clock::start(Of::Process);
        let ran = trial.run(&many).await;
        let nanoseconds = clock.nanoseconds();
        if let Some(fault) = ran.failure {
            return Err(fault);
        }
        if round > 0 {
            whole.push(nanoseconds / count.max(1) as f64);
        }
        report = Some(ran);
    }
    let aggregates = report.iter().flat_map(|report| &report.aggregates);
    let aggregates = aggregates.map(|aggregate| AggregateFigures {
        aggregate: aggregate.name.clone(),
        module: aggregate.module.clone(),
        fuel_per_record: aggregate.cost.fuel as f64 / count.max(1) as f64,
        memory_bytes: aggregate.cost.memory_bytes,
    });
    Ok(Figures {
        records: count,
        samples: count_of(samples),
        sample_bytes: bytes_of(samples),
        rounds,
        clock: if tells_cpu() { "cpu" } else { "wall" }.to_owned(),
        debug: cfg!(debug_assertions),
        aggregates: aggregates.collect(),
        guests: guests.into_iter().map(Guest::figures).collect(),
        pipeline_ns_per_record: Rounds::of(whole),
    })
}

/// A guest that is measured.
struct Guest {
    transform: Arc<Transform>,
    records: Vec<Records>,
    /// A record, by round.
    nanoseconds: Vec<f64>,
    /// What the round cost that does not count: with new instances, and so the same every time.
    first: Cost,
    /// Records that failed in the last round.
    errors: usize,
}

impl Guest {
    /// All its records once, on one thread. Gives nanoseconds a record.
    async fn round(&mut self) -> Result<f64> {
        let transform = Arc::clone(&self.transform);
        let records = self.records.clone();
        let work = tokio::task::spawn_blocking(move || {
            let clock = Clock::start(Of::Thread);
            let mut errors = 0;
            for chunk in &records {
                errors += transform.process(chunk)?.errors.count;
            }
            Ok((clock.nanoseconds(), errors))
        });
        let done: Result<(f64, usize)> = work
            .await
            .map_err(|error| Fault::internal("a worker broke off").because(error))?;
        let (nanoseconds, errors) = done?;
        self.errors = errors;
        Ok(nanoseconds / self.len().max(1) as f64)
    }

    fn len(&self) -> usize {
        self.records.iter().map(Records::len).sum()
    }

    fn figures(self) -> GuestFigures {
        let (cost, all) = (self.first, self.transform.cost());
        let a_record = |number: u64| number as f64 / cost.records.max(1) as f64;
        GuestFigures {
            guest: self.transform.name().to_owned(),
            module: self.transform.module().to_string(),
            fuel_per_record: a_record(cost.fuel),
            memory_bytes: all.memory_bytes,
            rows_per_record: a_record(cost.rows),
            errors_per_record: self.errors as f64 / self.len().max(1) as f64,
            ns_per_record: Rounds::of(self.nanoseconds),
        }
    }
}

fn count_of(records: &BTreeMap<String, Vec<Records>>) -> u64 {
    records.values().flatten().map(|records| records.len() as u64).sum()
}

fn bytes_of(records: &BTreeMap<String, Vec<Records>>) -> u64 {
    let records = records.values().flatten();
    let bytes = records.map(|records| {
        let length = |bytes: &arrow::array::BinaryArray| -> u64 {
            (0..bytes.len())
                .map(|row| u64::try_from(bytes.value_length(row)).unwrap_or(0))
                .sum()
        };
        length(records.values()) + length(records.keys())
    });
    bytes.sum()
}
