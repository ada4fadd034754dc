//! The pipeline file: parse, validate, plan, run. The only place that knows all the stages.
//!
//! [`Pipeline::read`] gives a pipeline as its file says it, [`Pipeline::plan`] one that can run, [`run`] runs it.
//! [`Trial`] runs one on records in memory.

mod ancestry;
mod batch_run;
mod brokers;
mod checkpoints;
mod failures;
mod flow;
mod given;
mod graph;
mod group_text;
mod input;
mod left_out;
mod metrics;
mod mistake;
mod modes;
mod needs;
mod origin;
mod output;
mod parse;
mod parse_aggregate;
mod parse_checkpoint;
mod parse_limits;
mod parse_sink;
mod parse_table;
mod parse_values;
mod plan;
mod plan_aggregate;
mod plan_guest;
mod plan_sink;
mod plan_source;
mod plan_table;
mod progress;
mod project;
mod reader;
mod rehearsal;
mod reload;
mod report;
mod reporting;
mod run;
mod saved;
mod spec;
mod sql_place;
mod stateful;
mod states;
mod tree;
mod trial;
mod trigger;
mod why;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod testing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::guest::{BuildOutput, GuestEngine};
use crate::sink::SinkSpec;

pub use checkpoints::{
    CheckpointPlace, CheckpointSpec, ClearedCheckpoint, Clearing, Keeper, Orphan, OrphanKind, Orphans, Rewind,
    TakenBack,
};
pub use given::LoadedModules;
pub use metrics::module_metrics;
pub use mistake::Invalid;
pub use needs::{KafkaNeed, Needs};
pub use plan::{Mode, Plan, PlannedSink};
pub use progress::{Progress, SinkProgress, SourceProgress, StateOperatorProgress};
pub use project::{Project, read_records};
pub use reader::nearest;
pub use reload::{
    Canary, Live, ModuleName, ModuleReport, ModuleState, Modules, Reload, ReloadControl, ReloadEvent, Reloader, Step,
    Version, VersionReport, reload,
};
pub use report::{
    GroupReport, PartitionReport, ReportedPer, SourceReport, StateReport, TableReport, WatermarkReport, WindowReport,
};
pub use run::{Output, RunOptions, Summary, run};
pub use saved::{Saved, SavedTable, SavedWatermark};
pub use trial::{Trial, TrialAggregate, TrialGuest, TrialReport, TrialSource, TrialTable, repeat};
pub use trigger::Trigger;
pub use why::{TableText, has_changed, report_heading, why, why_silent};

use given::Given;
use mistake::Mistakes;
use parse::Text;
use spec::Spec;

/// Hears what a pipeline has to say while it is planned and while it runs. Called from several threads.
pub trait Observer: Send + Sync {
    /// A guest crate is being built: a line of what cargo says.
    fn building(&self, said: BuildOutput<'_>);
    /// Something a user should know that does not stop the run.
    fn notice(&self, text: &str);
    /// Rows of this sink are about to be printed on stdout; `titled` if nothing there tells them from those of other sinks.
    fn before_output(&self, sink: &str, titled: bool);
    /// A batch is done.
    fn batch(&self, progress: &Progress);
    /// A module has changed, or could not be changed.
    fn reload(&self, event: &ReloadEvent<'_>) {
        self.notice(&event.to_string());
    }
    /// What a stream keeps, after a batch; of batches that follow each other quickly, of the last one.
    fn state(&self, _report: &StateReport) {}
}

/// What a pipeline needs from the process it runs in. Cheap to clone.
#[derive(Clone)]
pub struct Resources {
    /// The Wasm runtime.
    pub guest_engine: GuestEngine,
    /// Settings of the Kafka client from the command line; they win over the file's.
    pub kafka: Vec<(String, String)>,
    /// The broker to use where nothing names one.
    pub default_broker: Option<String>,
    /// Who hears of the work.
    pub observer: Arc<dyn Observer>,
}

/// A pipeline file that was read.
#[derive(Clone)]
pub struct Pipeline {
    text: Text,
    spec: Spec,
    mistakes: Mistakes,
}

impl Pipeline {
    /// Reads a pipeline file and puts `--set KEY=VALUE` over it. What is wrong in it is told by [`Pipeline::plan`],
    /// together with what is wrong with what it names.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn read(path: &Path, overrides: Vec<String>) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let fault = Fault::usage("can't read the pipeline file").at(format!("`{}`", path.display()));
            let fault = match error.kind() {
                std::io::ErrorKind::NotFound => fault.hint("the lab's pipelines are in `transforms/*/*.toml`"),
                std::io::ErrorKind::InvalidData => fault.hint("a pipeline file is TOML in UTF-8"),
                _ => fault,
            };
            fault.because(error)
        })?;
        Ok(Self::of_text(path, text, overrides))
    }

    /// A pipeline of this text, as if it stood in a file of this path.
    pub fn of_text(path: &Path, text: String, overrides: Vec<String>) -> Self {
        let text = Text {
            path: path.to_owned(),
            text,
            overrides,
        };
        let mut mistakes = Mistakes::default();
        let spec = parse::parse(&text, &mut mistakes);
        Self { text, spec, mistakes }
    }

    /// Whether it is a batch or a stream: as the file's trigger says, or a batch if the command line asks for one.
    pub fn mode(&self, once: bool) -> Mode {
        if once || self.spec.trigger == Trigger::Once {
            Mode::Batch
        } else {
            Mode::Stream
        }
    }

    /// What it needs of what is around it: servers, folders, a toolchain. Nothing is built and nobody is asked.
    ///
    /// # Errors
    /// Every mistake in the file, as far as it can be told without the modules.
    pub fn needs(mut self, kafka: &[(String, String)], default_broker: Option<&str>) -> Result<Needs, Invalid> {
        let mode = self.mode(false);
        let needs = Needs::of(&self.spec, mode, kafka, default_broker, &mut self.mistakes);
        if self.mistakes.is_empty() {
            return Ok(needs);
        }
        let Text { path, text, overrides } = self.text;
        Err(Invalid::new(path.display().to_string(), text, overrides, self.mistakes))
    }

    /// Its checkpoint; none if it keeps none. Nothing is built and nobody is asked.
    ///
    /// # Errors
    /// Every mistake in the file, as far as it can be told without the modules.
    pub fn checkpoint(&self) -> Result<Option<CheckpointPlace>, Invalid> {
        if !self.mistakes.is_empty() {
            return Err(self.invalid(self.mistakes.clone()));
        }
        let folders = self.spec.sinks.iter().filter_map(|sink| match &sink.spec {
            SinkSpec::Parquet(parquet) => Some(parquet.url.clone()),
            _ => None,
        });
        Ok(self.spec.checkpoint.as_ref().map(|checkpoint| CheckpointPlace {
            url: checkpoint.url.clone(),
            pipeline: Some(self.spec.name.clone()),
            folders: folders.collect(),
        }))
    }

    /// Opens the modules, types the queries, checks the options.
    ///
    /// # Errors
    /// Every mistake there is.
    pub async fn plan(&self, mode: Mode, resources: &Resources) -> Result<Plan, Invalid> {
        self.plan_with(mode, resources, &Given::default()).await
    }

    /// The same with modules that are there already.
    async fn plan_with(&self, mode: Mode, resources: &Resources, given: &Given) -> Result<Plan, Invalid> {
        let mut mistakes = self.mistakes.clone();
        let plan = Plan::make(&self.spec, mode, given, resources, &mut mistakes).await;
        if mistakes.is_empty() {
            return Ok(plan);
        }
        Err(self.invalid(mistakes))
    }

    /// It can't run, for these reasons.
    fn invalid(&self, mistakes: Mistakes) -> Invalid {
        let Text { path, text, overrides } = self.text.clone();
        Invalid::new(path.display().to_string(), text, overrides, mistakes)
    }

    /// The names of its modules.
    pub fn module_names(&self) -> Vec<ModuleName> {
        self.modules().into_iter().map(|(name, _, _)| name).collect()
    }

    /// Where its modules come from, in the order of their names: crates' folders and files.
    pub fn module_paths(&self) -> Vec<PathBuf> {
        self.modules().into_iter().map(|(_, path, _)| path).collect()
    }

    /// Its modules: where each comes from, and for an aggregate which of the module's it is.
    fn modules(&self) -> Vec<(ModuleName, PathBuf, Option<String>)> {
        let guests = self.spec.guests.iter().map(|guest| {
            let name = ModuleName::Guest(guest.name.text.clone());
            (name, guest.module.value.clone(), None)
        });
        let aggregates = self.spec.aggregates.iter().map(|aggregate| {
            let name = ModuleName::Aggregate(aggregate.name.text.clone());
            let function = aggregate.function.as_ref().map(|function| function.value.clone());
            (name, aggregate.module.value.clone(), function)
        });
        guests.chain(aggregates).collect()
    }
}
