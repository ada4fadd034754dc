//! The records through the plan.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Int32Type, Int64Type};
use arrow::error::ArrowError;

use super::prepare::Trial;
use super::report::{TrialAggregate, TrialGuest, TrialReport, TrialTable};
use crate::batch::Records;
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::guest::{BuildOutput, OnError, Transform};
use crate::pipeline::batch_run::{run_batch, workers};
use crate::pipeline::graph::Relation;
use crate::pipeline::input::Input;
use crate::pipeline::output::Sinks;
use crate::pipeline::plan::{PlannedGuest, PlannedSource, PlannedSourceKind};
use crate::pipeline::reload::Live;
use crate::pipeline::states::States;
use crate::pipeline::{Mode, Observer, Progress};
use crate::sink::Sink;
use crate::sink::collect::{Collect, Collected};
use crate::source::Pace;

impl Trial {
    /// Runs the pipeline once over these records, by the name of their source; a source that is not named has none. Their headers
    /// have to be there where [`TrialSource::include_headers`](super::TrialSource::include_headers) asks for them.
    ///
    /// Every run begins with new instances of the modules: the same records give the same rows and cost the same fuel.
    pub async fn run(&mut self, records: &BTreeMap<String, Vec<Records>>) -> TrialReport {
        self.plan.guests.iter_mut().for_each(renew);
        for aggregate in &self.plan.aggregates {
            aggregate.module().renew();
        }
        self.clock.set(latest_ms(records));
        let heard = Heard::default();
        let collected: Vec<Collected> = self.plan.sinks.iter().map(|_| Collected::default()).collect();
        let ran = self.batch(records, &collected, &heard).await;
        let mut report = TrialReport::default();
        let failed = ran.is_err();
        match ran {
            Ok(read) => report.records = read,
            Err(fault) => report.failure = Some(fault),
        }
        for guest in &self.plan.guests {
            match guest_report(&guest.live.transform(), records) {
                Ok(guest) => report.guests.push(guest),
                Err(error) => {
                    let fault = Fault::internal("records that failed can't be put together").because(error);
                    report.failure.get_or_insert(fault);
                }
            }
        }
        for (sink, collected) in self.plan.sinks.iter().zip(&collected) {
            let rows = match (failed, sink.from) {
                // They are told whatever the policy, and whatever became of the batch.
                (_, Relation::DeadLetters(_)) => self.errors_of(sink.from, &report.guests),
                (true, _) => Vec::new(),
                (false, _) => collected.take(),
            };
            report.tables.push(TrialTable {
                name: sink.table.clone(),
                schema: Arc::clone(&sink.schema),
                rows,
                is_ordered: self.is_ordered(sink.from),
            });
        }
        report.aggregates = self.plan.aggregates.iter().map(aggregate_report).collect();
        report.notices = heard.notices.into_inner().unwrap_or_else(PoisonError::into_inner);
        report
    }

    /// The batch, to its end. Gives how many records were read.
    async fn batch(
        &self,
        records: &BTreeMap<String, Vec<Records>>,
        collected: &[Collected],
        heard: &Heard,
    ) -> Result<u64> {
        let mut inputs = Vec::with_capacity(self.sources.len());
        let mut ranges = Vec::with_capacity(self.sources.len());
        for (position, source) in self.sources.iter().enumerate() {
            let given = records.get(&source.name).cloned().unwrap_or_default();
            if given
                .iter()
                .any(|records| records.headers().is_some() != source.include_headers)
            {
                let what = format!(
                    "records of source `{}` were given with other columns than it has",
                    source.name
                );
                return Err(Fault::internal(what));
            }
            let planned = PlannedSource {
                name: source.name.clone(),
                kind: PlannedSourceKind::Replay(given),
                relation: Relation::Source(position),
            };
            let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
            let mut input = Input::open(planned, Mode::Batch, clock, Arc::new(|_| ()), None).await?;
            let end = input.end().await?;
            ranges.push(input.plan(&end, Pace::Drain)?);
            inputs.push(input);
        }
        let sinks = self.plan.sinks.iter().zip(collected).map(|(sink, collected)| {
            let collect = Collect::new(collected.clone());
            (sink.name.clone(), Box::new(collect) as Box<dyn Sink>)
        });
        let mut sinks = Sinks::of(sinks);
        let mut states = States::new(&self.plan, workers())?;
        states.begin_batch(self.clock.now_ms());
        let outcome = run_batch(&self.plan, &mut states, 0, &mut inputs, &ranges, &mut sinks, heard).await?;
        sinks.finish().await?;
        Ok(outcome.records.iter().sum())
    }

    fn errors_of(&self, dead_letters: Relation, guests: &[TrialGuest]) -> Vec<RecordBatch> {
        let planned = self.plan.guests.iter();
        let named = planned.filter(|guest| guest.dead_letters == dead_letters);
        named
            .filter_map(|guest| guests.iter().find(|report| report.name == guest.live.name()))
            .map(|guest| guest.errors.clone())
            .filter(|errors| errors.num_rows() > 0)
            .collect()
    }
}

/// The same module behind a transform that has done nothing yet, and that keeps what fails.
fn renew(guest: &mut PlannedGuest) {
    let before = guest.live.transform();
    let transform = before.with_module(before.module().clone());
    guest.live = Arc::new(Live::new(transform.keeping_failed()));
}

/// The time of the last record; the epoch if none has a time.
fn latest_ms(records: &BTreeMap<String, Vec<Records>>) -> i64 {
    let records = records.values().flatten();
    let latest = records.filter_map(|records| arrow::compute::max(records.timestamps()));
    latest.max().map_or(0, |micros| micros.div_euclid(1000))
}

fn guest_report(transform: &Transform, records: &BTreeMap<String, Vec<Records>>) -> Result<TrialGuest, ArrowError> {
    let errors = concat_batches(&Transform::dead_letter_schema(), &transform.take_failed())?;
    let errors = in_order(errors, records)?;
    let errors = match transform.on_error() {
        // Others may have failed beside the first one, in chunks that nobody waits for.
        OnError::Fail => errors.slice(0, errors.num_rows().min(1)),
        _ => errors,
    };
    Ok(TrialGuest {
        name: transform.name().to_owned(),
        module: transform.module().to_string(),
        on_error: transform.on_error(),
        cost: transform.cost(),
        errors,
    })
}

fn aggregate_report(aggregate: &crate::guest::GuestAggregate) -> TrialAggregate {
    let module = aggregate.module();
    TrialAggregate {
        name: aggregate.name().to_owned(),
        module: module.to_string(),
        cost: module.cost(),
    }
}

/// The records that failed in the order in which they were given: chunks are processed side by side.
fn in_order(errors: RecordBatch, records: &BTreeMap<String, Vec<Records>>) -> Result<RecordBatch, ArrowError> {
    if errors.num_rows() < 2 {
        return Ok(errors);
    }
    let mut places: HashMap<(&str, i32, i64), usize> = HashMap::new();
    for records in records.values().flatten() {
        for row in 0..records.len() {
            let place = (
                records.topics().value(row),
                records.partitions().value(row),
                records.offsets().value(row),
            );
            let next = places.len();
            places.entry(place).or_insert(next);
        }
    }
    let topics = errors.column(0).as_string::<i32>();
    let partitions = errors.column(1).as_primitive::<Int32Type>();
    let offsets = errors.column(2).as_primitive::<Int64Type>();
    let place = |row: &u32| {
        let row = *row as usize;
        let place = (topics.value(row), partitions.value(row), offsets.value(row));
        places.get(&place).copied()
    };
    let mut rows: Vec<u32> = (0..u32::try_from(errors.num_rows()).unwrap_or(u32::MAX)).collect();
    rows.sort_by_key(place);
    take_record_batch(&errors, &UInt32Array::from(rows))
}

/// Keeps what a run says.
#[derive(Default)]
struct Heard {
    notices: Mutex<Vec<String>>,
}

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, text: &str) {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_owned());
    }

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, _: &Progress) {}
}

#[cfg(test)]
#[path = "run_test.rs"]
mod tests;
