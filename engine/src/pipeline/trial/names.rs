//! What is in a pipeline, by name, for whoever puts it on trial.

use std::path::Path;

use crate::pipeline::Pipeline;
use crate::pipeline::graph::{ERRORS_SUFFIX, LATE_SUFFIX};
use crate::pipeline::spec::SourceKind;

impl Pipeline {
    /// The names of all tables that a trial can give: sources, guests and their dead letters, tables and their late rows.
    pub fn tables(&self) -> Vec<String> {
        let spec = &self.spec;
        let mut tables: Vec<String> = spec.sources.iter().map(|source| source.name.text.clone()).collect();
        for guest in &spec.guests {
            tables.push(guest.name.text.clone());
            tables.push(format!("{}{ERRORS_SUFFIX}", guest.name.text));
        }
        for table in &spec.tables {
            tables.push(table.name.text.clone());
            if table.watermark.is_some() {
                tables.push(format!("{}{LATE_SUFFIX}", table.name.text));
            }
        }
        tables
    }

    /// The names of the tables that its sinks take, each once, in the order of the file.
    pub fn shown(&self) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        for sink in &self.spec.sinks {
            if !shown.iter().any(|table| table.eq_ignore_ascii_case(&sink.from.value)) {
                shown.push(sink.from.value.clone());
            }
        }
        shown
    }

    /// The names of its sources.
    pub fn source_names(&self) -> Vec<String> {
        self.spec
            .sources
            .iter()
            .map(|source| source.name.text.clone())
            .collect()
    }

    /// The names of its guests, and of the table of dead letters of each.
    pub fn guests_and_errors(&self) -> Vec<(String, String)> {
        let guests = self.spec.guests.iter().map(|guest| &guest.name.text);
        guests
            .map(|guest| (guest.clone(), format!("{guest}{ERRORS_SUFFIX}")))
            .collect()
    }

    /// The file that a source reads: `replay` of `[source.NAME]`.
    pub fn replay_of(&self, source: &str) -> Option<&Path> {
        let source = self.spec.sources.iter().find(|known| known.name.text == source)?;
        match &source.kind {
            SourceKind::Replay(path) => Some(&path.value),
            SourceKind::Kafka(_) | SourceKind::Given => None,
        }
    }
}
