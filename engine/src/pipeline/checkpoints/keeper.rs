//! A checkpoint as somebody handles it who is no run: looks at it, goes back, clears it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::checkpoint::{CheckpointStore, Life, Manifest, SinkState, Survey, clear};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::storage::{Notify, Stores};

use super::sinks;

/// A checkpoint, and what is known of the pipeline that it belongs to.
#[derive(Debug, Clone)]
pub struct CheckpointPlace {
    /// Its folder: `s3://bucket/prefix`, `file:///path` or a path.
    pub url: String,
    /// The pipeline's name; none if only the folder was named.
    pub pipeline: Option<String>,
    /// The folders that the pipeline's sinks write files to now.
    pub folders: Vec<String>,
}

/// Handles a checkpoint from outside of a run.
pub struct Keeper {
    pub(super) place: CheckpointPlace,
    pub(super) stores: Stores,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) notify: Notify,
}

/// What was cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearedCheckpoint {
    /// How many checkpoints there were.
    pub checkpoints: usize,
    /// How many other files were removed with them.
    pub objects: usize,
}

/// What would be cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// How many checkpoints there are.
    pub checkpoints: usize,
    /// Rows that are in no file yet, and will be in none.
    pub rows: u64,
    /// Groups that are forgotten.
    pub groups: u64,
    /// The folders with files that stay.
    pub folders: BTreeSet<String>,
}

impl Keeper {
    /// Of the checkpoint at this place; nothing is touched yet. `notify` hears what takes time.
    pub fn new(
        place: CheckpointPlace,
        stores: Stores,
        clock: Arc<dyn Clock>,
        notify: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Self {
        Self {
            place,
            stores,
            clock,
            notify,
        }
    }

    pub(super) fn store(&self) -> Result<CheckpointStore> {
        CheckpointStore::open(&self.place.url, &self.stores, &self.notify)
    }

    /// All that is there.
    ///
    /// # Errors
    /// If there is no checkpoint, it is another pipeline's or a newer version's, or the store can't be read.
    pub async fn survey(&self) -> Result<Survey> {
        let survey = self.store()?.survey().await?;
        if let Some(pipeline) = &self.place.pipeline {
            survey.check_pipeline(pipeline)?;
        }
        Ok(survey)
    }

    /// Whether the run of the newest owner goes on; what can't be told at once is listened for, for as long.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn life(&self, survey: &Survey, patience: Duration) -> Result<Life> {
        match survey.newest() {
            Some(newest) => self.store()?.life(&newest.owner, patience).await,
            None => Ok(Life::Silent),
        }
    }

    /// What [`Keeper::clear`] would do.
    pub fn clearing(&self, survey: &Survey) -> Clearing {
        let newest = survey.found.iter().rev().filter_map(|found| found.read());
        let state = newest.filter_map(|manifest| manifest.state.as_ref()).next();
        let is_checkpoint = |manifest: Option<&Manifest>| manifest.is_none_or(|manifest| !manifest.is_claim());
        let sinks = state.map(|state| &state.sinks);
        let rows = sinks
            .iter()
            .flat_map(|sinks| sinks.values())
            .flat_map(|sink| &sink.rows);
        let tables = state.map(|state| &state.tables);
        Clearing {
            checkpoints: survey.found.iter().filter(|found| is_checkpoint(found.read())).count(),
            rows: rows.map(|kept| kept.object.rows).sum(),
            groups: tables
                .iter()
                .flat_map(|tables| tables.values())
                .map(|table| table.groups)
                .sum(),
            folders: self.folders(survey),
        }
    }

    /// Removes the checkpoint: the next run begins anew. What the newest one names for sinks is completed, so that what was committed is
    /// there; files that were being written are thrown away.
    ///
    /// # Errors
    /// If a run lives, or the store refuses.
    pub async fn clear(&self) -> Result<ClearedCheckpoint> {
        let store = self.store()?;
        let pipeline = self.place.pipeline.as_deref();
        let cleared = clear(store, pipeline, Arc::clone(&self.clock), &self.notify).await?;
        let newest = cleared.survey.found.iter().rev().filter_map(|found| found.read());
        let state = newest.filter_map(|manifest| manifest.state.as_ref()).next();
        for (name, sink) in state.iter().flat_map(|state| &state.sinks) {
            self.settle(name, sink).await;
        }
        let (checkpoints, objects) = cleared.remove().await?;
        Ok(ClearedCheckpoint { checkpoints, objects })
    }

    /// Completes what a sink was promised, and throws away what it was writing. That a folder is away is no reason to keep a checkpoint.
    pub(super) async fn settle(&self, name: &str, sink: &SinkState) {
        if let Err(fault) = sinks::complete(sink, &self.stores, &self.notify).await {
            (self.notify)(&format!("files of sink `{name}` could not be made visible: {fault}"));
        }
    }

    /// The folders that sinks write files to, now or when a checkpoint was written, absolute.
    pub(super) fn folders(&self, survey: &Survey) -> BTreeSet<String> {
        let absolute = |url: &String| Some(crate::storage::Target::parse(url).ok()?.absolute());
        let now = self.place.folders.iter().filter_map(absolute);
        let states = survey.found.iter().filter_map(|found| found.read()?.state.as_ref());
        let then = states
            .flat_map(|state| state.sinks.values())
            .map(|sink| sink.target.clone());
        now.chain(then).collect()
    }
}

/// That it changed while somebody was asked.
pub(super) fn changed(survey: &Survey) -> Fault {
    Fault::refused("the checkpoint has changed meanwhile: nothing was done")
        .at(survey.place.clone())
        .hint("give the command again")
}
