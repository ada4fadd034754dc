//! Which rows of each table its sinks ask for.

use std::collections::BTreeMap;

use crate::event_time::OutputMode;

use super::graph::{Graph, Relation};
use super::spec::{Name, Spec};

/// What sinks ask of tables, by the table's position.
#[derive(Debug, Default)]
pub(super) struct Modes(BTreeMap<usize, Asked>);

/// What is asked of a table, and which sink was the first to ask.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The mode.
    pub mode: OutputMode,
    /// Who asks.
    pub sink: Name,
    /// A sink that asks for another one, and for which.
    pub against: Option<(Name, OutputMode)>,
}

impl Modes {
    /// Follows each sink up to the tables that its rows come from.
    pub(super) fn of(spec: &Spec, graph: &Graph) -> Self {
        let mut modes = Self::default();
        for sink in &spec.sinks {
            let mode = sink
                .output_mode
                .as_ref()
                .map_or_else(OutputMode::default, |mode| mode.value);
            let mut waiting: Vec<Relation> = graph.find(&sink.from.value).into_iter().collect();
            let mut seen = Vec::new();
            while let Some(relation) = waiting.pop() {
                // Late rows come out as they come in, whatever is asked of the table's results.
                let Relation::Table(table) = relation else { continue };
                if seen.contains(&table) {
                    continue;
                }
                seen.push(table);
                modes.ask(table, mode, &sink.name);
                let reads = graph.reads.get(table).into_iter().flatten();
                waiting.extend(reads.filter_map(|read| graph.find(read)));
            }
        }
        modes
    }

    fn ask(&mut self, table: usize, mode: OutputMode, sink: &Name) {
        let asked = self.0.entry(table).or_insert_with(|| Asked {
            mode,
            sink: sink.clone(),
            against: None,
        });
        if asked.mode != mode && asked.against.is_none() {
            asked.against = Some((sink.clone(), mode));
        }
    }

    /// What is asked of a table; nothing if no sink has rows of it.
    pub(super) fn asked(&self, table: usize) -> Option<&Asked> {
        self.0.get(&table)
    }
}

#[cfg(test)]
#[path = "modes_test.rs"]
mod tests;
