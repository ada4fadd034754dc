//! The sinks of a running pipeline.

use arrow::array::RecordBatch;

use crate::error::{Fault, Result};
use crate::sink::json::sink::JsonOptions;
use crate::sink::{Finished, Sink, SinkContext, SinkSpec, is_broken_pipe};

use super::Observer;
use super::plan::PlannedSink;
use super::run::Output;

/// All sinks, open.
pub(super) struct Sinks {
    sinks: Vec<Open>,
}

struct Open {
    name: String,
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
            let spec = match (&plan.spec, output) {
                (SinkSpec::Console(_), Output::Json) => SinkSpec::Json(JsonOptions {
                    table: plan.table.clone(),
                }),
                (spec, _) => spec.clone(),
            };
            let prints = match spec {
                SinkSpec::Console(_) => Some(Output::Table),
                SinkSpec::Json(_) => Some(Output::Json),
                SinkSpec::Parquet(_) => None,
            };
            let sink = spec
                .open(plan.schema.clone(), context)
                .await
                .map_err(|fault| blame(&plan.name, fault))?;
            let name = plan.name.clone();
            sinks.push(Open {
                name,
                sink,
                prints,
                silent: false,
            });
        }
        Ok(Self { sinks })
    }

    /// Sinks that are open already, and that print nothing.
    pub(super) fn of(open: impl IntoIterator<Item = (String, Box<dyn Sink>)>) -> Self {
        let open = open.into_iter().map(|(name, sink)| Open {
            name,
            sink,
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
            finished.push((open.name.clone(), done));
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

fn blame(name: &str, fault: Fault) -> Fault {
    fault.at(format!("sink `{name}`"))
}
