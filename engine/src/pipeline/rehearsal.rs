//! A pipeline as its author works on it: the last records of its topics to look at, rows on the screen, and nothing written elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;

use crate::batch::{BatchRanges, OffsetRange, Records};
use crate::clock::SystemClock;
use crate::error::Result;
use crate::sink::SinkSpec;
use crate::sink::console::ConsoleOptions;

use super::input::Input;
use super::mistake::Mistakes;
use super::plan::{Mode, Plan, PlannedSource, PlannedSourceKind};
use super::spec::SourceKind;
use super::{Pipeline, Resources, plan_source};

impl Pipeline {
    /// The same with the console in the place of every sink that writes elsewhere.
    #[must_use]
    pub fn on_screen(mut self) -> Self {
        for sink in &mut self.spec.sinks {
            if !matches!(sink.spec, SinkSpec::Console(_)) {
                sink.spec = SinkSpec::Console(ConsoleOptions::default());
                sink.option_spans.clear();
            }
        }
        self
    }

    /// Whether any of its sources reads from Kafka.
    pub fn has_topics(&self) -> bool {
        let is_topic = |kind: &SourceKind| matches!(kind, SourceKind::Kafka(_));
        self.spec.sources.iter().any(|source| is_topic(&source.kind))
    }

    /// About so many of the last records of each source that reads from Kafka, evenly from its partitions.
    ///
    /// # Errors
    /// If no broker is named, one that is named refuses, or there is no such topic. A broker that does not answer is waited for.
    pub async fn last_records(&self, count: usize, resources: &Resources) -> Result<BTreeMap<String, Vec<Records>>> {
        let mut last = BTreeMap::new();
        for (position, source) in self.spec.sources.iter().enumerate() {
            let mut mistakes = Mistakes::default();
            // As what it is: that a stream begins at the newest record is no mistake here.
            let mode = self.mode(false);
            let planned = plan_source::plan(position, source, &self.spec, mode, resources.into(), &mut mistakes);
            let Some(planned) = planned else {
                return Err(self.invalid(mistakes).as_fault());
            };
            if let PlannedSourceKind::Kafka(_) = planned.kind {
                last.insert(source.name.text.clone(), tail(planned, count).await?);
            }
        }
        Ok(last)
    }
}

impl Plan {
    /// The same from the newest records on, wherever the pipeline begins.
    #[must_use]
    pub fn from_now_on(mut self) -> Self {
        for source in &mut self.sources {
            if let PlannedSourceKind::Kafka(options) = &mut source.kind {
                // A stream that says nothing begins at the end.
                options.starting = None;
            }
        }
        self
    }
}

/// The last records of a source.
async fn tail(mut source: PlannedSource, count: usize) -> Result<Vec<Records>> {
    if let PlannedSourceKind::Kafka(options) = &mut source.kind {
        // All there is, whatever the pipeline begins and ends with.
        (options.starting, options.ending) = (None, None);
    }
    // Whether the broker is there is for the caller to say.
    let quiet = Arc::new(|_| {});
    let mut input = Input::open(source, Mode::Batch, Arc::new(SystemClock), quiet, None).await?;
    let first = input.position.clone();
    let end = input.end().await?;
    let count = i64::try_from(count.div_ceil(end.len().max(1))).unwrap_or(i64::MAX);
    let ranges: BatchRanges = end
        .into_iter()
        .map(|(partition, until)| {
            let first = first.get(&partition).copied().unwrap_or(0);
            let from = first.max(until.saturating_sub(count)).min(until);
            (partition, OffsetRange { from, until })
        })
        .collect();
    input.read(&ranges).try_collect().await
}
