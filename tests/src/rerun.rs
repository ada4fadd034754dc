//! A pipeline run several times in this process, each run going on where the one before ended.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use wasmill::guest::{BuildOutput, CacheFolder, EngineOptions, GuestEngine, StderrLog};
use wasmill::pipeline::{Mode, Observer, Output, Pipeline, Progress, Resources, RunOptions, Saved, run};

use crate::rows::{Row, parse_lines};

/// A pipeline file and what its runs left.
pub struct Rerun {
    pipeline: PathBuf,
    overrides: Vec<String>,
    runtime: tokio::runtime::Runtime,
    saved: Option<Saved>,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Ran {
    /// Its rows, in order.
    pub rows: Vec<RanRow>,
    /// Its batches' progress, in order.
    pub batches: Vec<Value>,
    /// What it had to say besides.
    pub notices: Vec<String>,
}

/// A row and where it came out.
#[derive(Debug, Clone, PartialEq)]
pub struct RanRow {
    /// The batch.
    pub batch: u64,
    /// The table.
    pub table: String,
    /// Its columns.
    pub row: Row,
}

impl Ran {
    /// The rows of one table in one batch.
    pub fn rows_of(&self, batch: u64, table: &str) -> Vec<Row> {
        let rows = self.rows.iter().filter(|row| row.batch == batch && row.table == table);
        rows.map(|row| row.row.clone()).collect()
    }

    /// The rows of one table.
    pub fn rows_of_table(&self, table: &str) -> Vec<Row> {
        let rows = self.rows.iter().filter(|row| row.table == table);
        rows.map(|row| row.row.clone()).collect()
    }
}

impl Rerun {
    /// No run yet. `overrides` are those of `--set`.
    pub fn new(pipeline: &Path, overrides: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        Self {
            pipeline: pipeline.to_owned(),
            overrides: overrides.iter().map(|text| (*text).to_owned()).collect(),
            runtime: runtime.unwrap_or_else(|error| panic!("no runtime: {error}")),
            saved: None,
        }
    }

    /// One run to its end: the pipeline's trigger must be one that has an end.
    ///
    /// # Panics
    /// If the pipeline is wrong or the run fails.
    pub fn go_on(&mut self) -> Ran {
        self.try_go_on().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, or why it failed.
    pub fn try_go_on(&mut self) -> Result<Ran, String> {
        let heard = Arc::new(Heard::default());
        let printed = Printed::default();
        let options = EngineOptions {
            cache: CacheFolder::default(),
            log: Arc::new(StderrLog),
            ..EngineOptions::default()
        };
        let resources = Resources {
            guest_engine: GuestEngine::new(options).map_err(|fault| fault.to_string())?,
            kafka: Vec::new(),
            default_broker: None,
            observer: heard.clone(),
        };
        let pipeline = Pipeline::read(&self.pipeline, self.overrides.clone()).map_err(|fault| fault.to_string())?;
        let (_go_on, stop) = tokio::sync::watch::channel(false);
        let print = printed.clone();
        let saved = self.saved.take();
        let summary = self.runtime.block_on(async {
            let plan = pipeline.plan(Mode::Stream, &resources).await;
            let plan = plan.map_err(|invalid| invalid.report(false))?;
            let options = RunOptions {
                output: Output::Json,
                print: Arc::new(move || Box::new(print.clone())),
                terminal: false,
                resume: saved,
                save: true,
                ..RunOptions::new(stop, heard.clone())
            };
            run(plan, options).await.map_err(|fault| fault.report())
        })?;
        self.saved = summary.saved;
        let text = String::from_utf8_lossy(&printed.bytes()).into_owned();
        let row = |mut line: Row| RanRow {
            batch: line["batch"].as_u64().unwrap_or_default(),
            table: line["table"].as_str().unwrap_or_default().to_owned(),
            row: line["row"].as_object_mut().map(std::mem::take).unwrap_or_default(),
        };
        Ok(Ran {
            rows: parse_lines("the output", &text).into_iter().map(row).collect(),
            batches: heard.batches(),
            notices: heard.notices(),
        })
    }
}

/// Keeps what is printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what a run says.
#[derive(Default)]
struct Heard {
    batches: Mutex<Vec<Value>>,
    notices: Mutex<Vec<String>>,
}

impl Heard {
    fn batches(&self) -> Vec<Value> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
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

    fn batch(&self, progress: &Progress) {
        let progress = serde_json::to_value(progress).unwrap_or_default();
        self.batches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(progress);
    }
}
