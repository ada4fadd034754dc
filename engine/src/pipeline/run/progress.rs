//! What a batch of a run did, told in Spark's names.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::batch::Offsets;
use crate::guest::Digest;
use crate::pipeline::batch_run::{BatchOutcome, millis};
use crate::pipeline::plan::Plan;
use crate::pipeline::progress::{Progress, SinkProgress, SourceProgress, behind_latest, iso, offsets_json, per_second};
use crate::source::KafkaSource;

use super::{Planned, Run};

impl Run<'_> {
    /// The progress of the batch at hand, before anything moves on.
    pub(super) fn progress(
        &self,
        batch: u64,
        triggered_ms: i64,
        began: Instant,
        planned: &Planned,
        outcome: &BatchOutcome,
    ) -> Progress {
        let took = began.elapsed();
        let since_last = self.last_trigger.map_or(Duration::ZERO, |last| began - last);
        let sources = self.inputs.iter().enumerate().map(|(at, input)| {
            let records = outcome.records[at];
            let ranges = &planned.ranges[at];
            let end = KafkaSource::until(ranges);
            let pairs =
                |offsets: &Offsets| offsets_json(offsets.iter().map(|(partition, offset)| (partition, *offset)));
            SourceProgress {
                description: input.description(),
                start_offset: input.begun.then(|| pairs(&input.position)),
                end_offset: pairs(&end),
                latest_offset: pairs(&planned.latest[at]),
                num_input_rows: records,
                input_rows_per_second: per_second(records, since_last),
                processed_rows_per_second: per_second(records, took),
                metrics: behind_latest(&end, &planned.latest[at]),
            }
        });
        let records = outcome.records.iter().sum();
        let names: Vec<&str> = self.plan.sinks.iter().map(|sink| sink.name.as_str()).collect();
        let mut duration_ms = outcome.durations.clone();
        duration_ms.insert("latestOffset", millis(planned.took));
        duration_ms.insert("triggerExecution", millis(took));
        Progress {
            // As Spark's: the same over all runs that go on from each other.
            id: self.query_id(),
            run_id: self.id.clone(),
            name: self.plan.name.clone(),
            timestamp: iso(triggered_ms),
            batch_id: batch,
            batch_duration: millis(took),
            duration_ms,
            event_time: self.states.event_time(),
            state_operators: Vec::new(),
            sources: sources.collect(),
            sink: SinkProgress {
                description: names.join(", "),
                num_output_rows: outcome.rows_out.iter().sum(),
                metrics: names
                    .iter()
                    .zip(&outcome.rows_out)
                    .map(|(name, rows)| ((*name).to_owned(), rows.to_string()))
                    .collect(),
            },
            num_input_rows: records,
            input_rows_per_second: per_second(records, since_last),
            processed_rows_per_second: per_second(records, took),
            observed_metrics: modules(&self.plan),
        }
    }
}

impl Run<'_> {
    fn query_id(&self) -> String {
        let checkpoint = self.checkpointing.as_deref().map(|taken| taken.checkpoints.id());
        let id = checkpoint.and_then(|id| uuid::Uuid::parse_str(id).ok());
        id.map_or_else(|| self.id.clone(), |id| id.to_string())
    }
}

/// The digests of the modules that the batch's rows came from: `{"modules": {"orders": ["3fa9c1..."]}}`. Several of one module if it
/// was set aside halfway.
fn modules(plan: &Plan) -> BTreeMap<String, serde_json::Value> {
    let mut modules = serde_json::Map::new();
    for guest in &plan.guests {
        let digests: Vec<String> = guest.live.take_part().iter().map(Digest::to_string).collect();
        modules.insert(guest.live.name().to_owned(), digests.into());
    }
    for aggregate in &plan.aggregates {
        // A guest may have the same name.
        let name = match modules.contains_key(aggregate.name()) {
            true => format!("aggregate.{}", aggregate.name()),
            false => aggregate.name().to_owned(),
        };
        modules.insert(name, vec![aggregate.module().digest().to_string()].into());
    }
    match modules.is_empty() {
        true => BTreeMap::new(),
        false => BTreeMap::from([("modules".to_owned(), modules.into())]),
    }
}

#[cfg(test)]
#[path = "progress_test.rs"]
mod tests;
