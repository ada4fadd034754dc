//! The sinks of a running pipeline.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Fault, Result};
use crate::sink::json::sink::JsonOptions;
use crate::sink::{Finished, Kept, Sink, SinkContext, SinkSpec, is_broken_pipe};

use super::Observer;
use super::checkpoints::Unwritten;
use super::plan::PlannedSink;
use super::run::Output;

/// All sinks, open.
pub(super) struct Sinks {
    sinks: Vec<Open>,
}

struct Open {
    name: String,
    /// What was opened, to be told from what another plan wants; none if it was given open.
    spec: Option<SinkSpec>,
    schema: SchemaRef,
    /// What sinks wrote that stood here before.
    before: Finished,
    sink: Box<dyn Sink>,
    /// What it prints on stdout, if it does.
    prints: Option<Output>,
    /// Nobody reads what it prints any more: it gets no more rows.
    silent: bool,
}

impl Sinks {
    /// Opens the sinks, so that what can't be written to is found before a record is read.
    pub(super) async fn open(planned: &[PlannedSink], output: Output, context: &SinkContext) -> Result<Self> {
        let mut sinks = Vec::with_capacity(planned.len());
        for plan in planned {
            sinks.push(Open::open(plan, output, context).await?);
        }
        Ok(Self { sinks })
    }

    /// Opens those sinks of another plan whose rows have other columns than before; nothing changes yet.
    pub(super) async fn open_changed(
        // Not shared: a sink can be sent to another thread, but not looked at from two.
        &mut self,
        planned: &[PlannedSink],
        output: Output,
        context: &SinkContext,
    ) -> Result<Reopened> {
        let mut sinks = Vec::with_capacity(planned.len());
        for plan in planned {
            let now = self.sinks.iter().find(|open| open.name == plan.name);
            let is_same =
                now.is_some_and(|now| now.schema == plan.schema && now.spec.as_ref() == Some(&spec_of(plan, output)));
            sinks.push(match is_same {
                true => None,
                false => Some(Open::open(plan, output, context).await?),
            });
        }
        Ok(Reopened(sinks))
    }

    /// Puts them in the places of those before, which end: what these had written becomes visible.
    pub(super) async fn put(&mut self, reopened: Reopened) -> Result<()> {
        for (open, new) in self.sinks.iter_mut().zip(reopened.0) {
            let Some(mut new) = new else { continue };
            let finished = open.sink.finish().await.map_err(|fault| blame(&open.name, fault))?;
            new.before = open.before.and(finished);
            new.silent = open.silent;
            *open = new;
        }
        Ok(())
    }

    /// Sinks that are open already, and that print nothing.
    pub(super) fn of(open: impl IntoIterator<Item = (String, Box<dyn Sink>)>) -> Self {
        let open = open.into_iter().map(|(name, sink)| Open {
            name,
            sink,
            spec: None,
            schema: Arc::new(Schema::empty()),
            before: Finished::default(),
            prints: None,
            silent: false,
        });
        Self { sinks: open.collect() }
    }

    /// Rows for the sink at this position.
    pub(super) async fn write(&mut self, position: usize, batch: u64, rows: &RecordBatch) -> Result<()> {
        if self.sinks[position].silent {
            return Ok(());
        }
        let written = self.sinks[position].sink.write(batch, rows).await;
        self.unless_unread(position, written)
    }

    /// That nobody reads stdout any more ends a run that only prints; files are written to their end.
    fn unless_unread(&mut self, position: usize, done: Result<()>) -> Result<()> {
        let writes_files = self.sinks.iter().any(|open| open.prints.is_none());
        let open = &mut self.sinks[position];
        match done {
            Err(fault) if writes_files && open.prints.is_some() && is_broken_pipe(&fault) => {
                open.silent = true;
                Ok(())
            }
            done => done.map_err(|fault| blame(&open.name, fault)),
        }
    }

    /// The batch is complete.
    pub(super) async fn end_batch(&mut self, batch: u64, observer: &dyn Observer) -> Result<()> {
        // JSON lines name their table themselves.
        let tables = self
            .sinks
            .iter()
            .filter(|open| open.prints == Some(Output::Table))
            .count();
        for position in 0..self.sinks.len() {
            let open = &mut self.sinks[position];
            if open.silent {
                continue;
            }
            if let Some(output) = open.prints {
                observer.before_output(&open.name, output == Output::Table && tables > 1);
            }
            let ended = open.sink.end_batch(batch).await;
            self.unless_unread(position, ended)?;
        }
        Ok(())
    }

    /// Makes safe what shall become visible with the checkpoint at hand; what it has to know of each sink, by its name.
    pub(super) async fn prepare(&mut self, all: bool) -> Result<Vec<(String, Kept)>> {
        let mut kept = Vec::with_capacity(self.sinks.len());
        for open in &mut self.sinks {
            let prepared = open.sink.prepare(all).await.map_err(|fault| blame(&open.name, fault))?;
            kept.push((open.name.clone(), prepared));
        }
        Ok(kept)
    }

    /// The checkpoint is there.
    pub(super) async fn commit(&mut self) -> Result<()> {
        for open in &mut self.sinks {
            open.sink.commit().await.map_err(|fault| blame(&open.name, fault))?;
        }
        Ok(())
    }

    /// Takes the rows again that a run before had in no file yet.
    pub(super) async fn take_again(&mut self, unwritten: BTreeMap<String, Vec<Unwritten>>) -> Result<()> {
        for (name, unwritten) in unwritten {
            let Some(open) = self.sinks.iter_mut().find(|open| open.name == name) else {
                continue;
            };
            for Unwritten {
                folder,
                opened_ms,
                rows,
            } in unwritten
            {
                let taken = open.sink.take_again(folder, opened_ms, rows).await;
                taken.map_err(|fault| blame(&name, fault))?;
            }
        }
        Ok(())
    }

    /// Whether a sink has something for a checkpoint to make visible although no row came.
    pub(super) fn wait(&self) -> bool {
        self.sinks.iter().any(|open| open.sink.waits())
    }

    /// Bytes that sinks hold only for the next checkpoint.
    pub(super) fn kept_bytes(&self) -> usize {
        self.sinks.iter().map(|open| open.sink.kept_bytes()).sum()
    }

    /// Time went by.
    pub(super) async fn tick(&mut self) -> Result<()> {
        for open in &mut self.sinks {
            open.sink.tick().await.map_err(|fault| blame(&open.name, fault))?;
        }
        Ok(())
    }

    /// No more rows come. What each wrote, by its name. After an error the others are still to be given up.
    pub(super) async fn finish(&mut self) -> Result<Vec<(String, Finished)>> {
        let mut finished = Vec::with_capacity(self.sinks.len());
        for open in &mut self.sinks {
            let done = open.sink.finish().await.map_err(|fault| blame(&open.name, fault))?;
            finished.push((open.name.clone(), open.before.and(done)));
        }
        Ok(finished)
    }

    /// The run failed: what is not visible yet is thrown away.
    pub(super) async fn abort(&mut self) {
        for open in &mut self.sinks {
            open.sink.abort().await;
        }
    }
}

/// Sinks of another plan, in its order; none where the one before goes on.
pub(super) struct Reopened(Vec<Option<Open>>);

fn spec_of(plan: &PlannedSink, output: Output) -> SinkSpec {
    match (&plan.spec, output) {
        (SinkSpec::Console(_), Output::Json) => SinkSpec::Json(JsonOptions {
            table: plan.table.clone(),
        }),
        (spec, _) => spec.clone(),
    }
}

impl Open {
    async fn open(plan: &PlannedSink, output: Output, context: &SinkContext) -> Result<Self> {
        let spec = spec_of(plan, output);
        let prints = match spec {
            SinkSpec::Console(_) => Some(Output::Table),
            SinkSpec::Json(_) => Some(Output::Json),
            SinkSpec::Parquet(_) | SinkSpec::Kafka(_) => None,
        };
        let sink = spec.open(plan.schema.clone(), context).await;
        Ok(Self {
            name: plan.name.clone(),
            sink: sink.map_err(|fault| blame(&plan.name, fault))?,
            spec: Some(spec),
            schema: plan.schema.clone(),
            before: Finished::default(),
            prints,
            silent: false,
        })
    }
}

fn blame(name: &str, fault: Fault) -> Fault {
    fault.at(format!("sink `{name}`"))
}
