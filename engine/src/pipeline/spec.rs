//! A pipeline as its file says it: plain data, types checked, names not yet resolved.

use std::path::PathBuf;

use crate::event_time::OutputMode;
use crate::guest::{Limits, OnError};
use crate::sink::SinkSpec;
use crate::window::WatermarkSpec;

use super::checkpoints::CheckpointSpec;
use super::reader::Spanned;
use super::tree::{Item, Span};
use super::trigger::Trigger;

/// A pipeline file.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    /// The pipeline's name; default: the file's.
    pub name: String,
    /// When batches begin.
    pub trigger: Trigger,
    /// Where a stream keeps what the next run goes on from, if it does.
    pub checkpoint: Option<CheckpointSpec>,
    /// How many bytes the groups of all tables may take together.
    pub state_limit: usize,
    /// Settings of the Kafka client, for all sources.
    pub kafka: Vec<Setting>,
    /// Where records come from.
    pub sources: Vec<SourceSpec>,
    /// Modules that turn records into rows.
    pub guests: Vec<GuestSpec>,
    /// Aggregates that modules bring.
    pub aggregates: Vec<AggregateSpec>,
    /// SQL over the tables.
    pub tables: Vec<TableSpec>,
    /// Where rows go.
    pub sinks: Vec<SinkPart>,
}

/// A key and its value, handed on as they are.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// The key, dotted.
    pub name: String,
    /// Where the key stands.
    pub name_span: Span,
    /// The value.
    pub item: Item,
}

/// A name in the pipeline, and where it was given.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `[source.NAME]`
#[derive(Debug, Clone)]
pub(super) struct SourceSpec {
    /// The source's name; its records are a table of that name.
    pub name: Name,
    /// What it reads.
    pub kind: SourceKind,
}

/// What a source reads.
#[derive(Debug, Clone)]
pub(super) enum SourceKind {
    /// Kafka, with the options that stand beside it.
    Kafka(Vec<Setting>),
    /// A file of records.
    Replay(Spanned<PathBuf>),
    /// Records that a trial is given when it runs.
    Given,
}

/// `[guest.NAME]`
#[derive(Debug, Clone)]
pub(super) struct GuestSpec {
    /// The guest's name; its rows are a table of that name.
    pub name: Name,
    /// The source whose records it gets.
    pub from: Spanned<String>,
    /// A crate's folder or a module file, from the pipeline file's folder.
    pub module: Spanned<PathBuf>,
    /// What becomes of a record that fails.
    pub on_error: OnError,
    /// What the module may use.
    pub limits: Limits,
}

/// `[aggregate.NAME]`
#[derive(Debug, Clone)]
pub(super) struct AggregateSpec {
    /// What SQL calls it by.
    pub name: Name,
    /// A crate's folder or a module file, from the pipeline file's folder.
    pub module: Spanned<PathBuf>,
    /// Which of the module's aggregates.
    pub function: Option<Spanned<String>>,
    /// What the module may use.
    pub limits: Limits,
}

/// `[table.NAME]`
#[derive(Debug, Clone)]
pub(super) struct TableSpec {
    /// The table's name.
    pub name: Name,
    /// Its query.
    pub sql: Spanned<String>,
    /// How long rows are waited for.
    pub watermark: Option<WatermarkPart>,
}

/// `watermark = { column = "...", delay = "..." }`
#[derive(Debug, Clone)]
pub(super) struct WatermarkPart {
    /// What it says.
    pub spec: WatermarkSpec,
    /// Where its column's name stands.
    pub column_span: Span,
}

/// `[sink.NAME]`
#[derive(Debug, Clone)]
pub(super) struct SinkPart {
    /// The sink's name.
    pub name: Name,
    /// The table it takes.
    pub from: Spanned<String>,
    /// Where the rows go.
    pub spec: SinkSpec,
    /// Spark's output mode, where one was written.
    pub output_mode: Option<Spanned<OutputMode>>,
    /// Where each of its options stands, for mistakes found later.
    pub option_spans: Vec<(&'static str, Span)>,
}

impl SinkPart {
    /// Where an option stands; the sink's name if it was not written.
    pub(super) fn option_span(&self, option: Option<&str>) -> Span {
        let found = self.option_spans.iter().find(|(name, _)| Some(*name) == option);
        found.map_or(self.name.span, |(_, span)| *span)
    }
}
