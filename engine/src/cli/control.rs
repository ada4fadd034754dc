//! What a run answers to `wasmill modules`, `logs` and `rollback`.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SystemClock};
use crate::error::{Fault, Result};
use crate::monitor::Control;
use crate::pipeline::{ModuleReport, Modules, ReloadControl, module_metrics};

use super::log_book::{LogBook, LogPage};

/// The modules of a run, as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModulesReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// The run's process.
    pub process_id: u32,
    /// When it was started, in milliseconds since the epoch.
    pub started_ms: i64,
    /// When this was said.
    pub now_ms: i64,
    /// Each of them.
    pub modules: Vec<ModuleReport>,
}

/// A run, to whoever asks it from another process.
pub(super) struct RunControl {
    pub pipeline: String,
    pub started_ms: i64,
    pub modules: Modules,
    pub reload: ReloadControl,
    pub book: Arc<LogBook>,
}

impl RunControl {
    fn report(&self) -> ModulesReport {
        let mut modules = self.modules.report();
        for module in modules.iter_mut().filter(|module| module.kind == "aggregate") {
            // Those that the run began with have no time of their own.
            for version in module.versions.iter_mut().filter(|version| version.since_ms == 0) {
                version.since_ms = self.started_ms;
            }
        }
        ModulesReport {
            pipeline: self.pipeline.clone(),
            process_id: std::process::id(),
            started_ms: self.started_ms,
            now_ms: SystemClock.now_ms(),
            modules,
        }
    }
}

#[async_trait]
impl Control for RunControl {
    fn modules(&self) -> Result<String> {
        json(&self.report())
    }

    fn metrics(&self) -> String {
        module_metrics(&self.pipeline, &self.modules.report())
    }

    fn logs(&self, after: u64) -> Result<String> {
        let page = self.book.after(after);
        json(&LogPage {
            lost: page.lost,
            lines: page.lines.iter().map(Arc::as_ref).collect(),
        })
    }

    fn has_module(&self, name: &str) -> bool {
        self.modules.has(name)
    }

    async fn rollback(&self, name: &str) -> Result<String> {
        self.reload.rollback(name.to_owned()).await
    }
}

fn json<T: Serialize>(what: &T) -> Result<String> {
    serde_json::to_string(what).map_err(|error| Fault::internal("can't write it as JSON").because(error))
}
