//! The last records of a run, for a new version of an aggregate to be tried on: it sees none of its own, only what queries make of them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::batch::Records;
use crate::error::{Fault, Result};
use crate::pipeline::given::LoadedModules;
use crate::pipeline::{Pipeline, Resources, Trial};

use super::versions::lock;

/// A chunk of each source.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct LastRecords(Mutex<BTreeMap<String, Records>>);

impl LastRecords {
    /// Records of a source that are through.
    pub(in crate::pipeline) fn keep(&self, source: &str, records: &Records) {
        if records.is_empty() {
            return;
        }
        let mut last = lock(&self.0);
        match last.get_mut(source) {
            Some(last) => *last = records.clone(),
            None => drop(last.insert(source.to_owned(), records.clone())),
        }
    }

    /// Sends them through the whole pipeline with these modules, as a batch.
    ///
    /// # Errors
    /// What ends such a batch.
    pub(super) async fn try_with(
        &self,
        pipeline: &Pipeline,
        modules: &LoadedModules,
        resources: &Resources,
    ) -> Result<()> {
        let last: BTreeMap<String, Vec<Records>> = lock(&self.0)
            .iter()
            .map(|(source, records)| (source.clone(), vec![records.clone()]))
            .collect();
        if last.is_empty() {
            return Ok(());
        }
        let trial = Trial::plan(pipeline, &pipeline.shown(), modules, resources).await;
        let mut trial = trial.map_err(|invalid| invalid.as_fault())?;
        let failure: Option<Fault> = trial.run(&last).await.failure;
        failure.map_or(Ok(()), Err)
    }
}
