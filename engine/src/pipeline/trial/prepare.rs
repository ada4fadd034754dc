//! From a pipeline to a plan that runs on given records.

use std::sync::Arc;

use crate::clock::{Clock, ManualClock};
use crate::guest::Transform;
use crate::pipeline::given::{Given, LoadedModules};
use crate::pipeline::graph::{ERRORS_SUFFIX, LATE_SUFFIX, Relation};
use crate::pipeline::plan::TableQuery;
use crate::pipeline::reader::Spanned;
use crate::pipeline::spec::{Name, SinkPart, SourceKind, Spec};
use crate::pipeline::tree::{Origin, Span};
use crate::pipeline::{Invalid, Mode, Pipeline, Plan, Resources};
use crate::sink::SinkSpec;
use crate::sink::console::ConsoleOptions;

/// Named where a source names no broker: nothing ever connects to it.
const NO_BROKER: &str = "localhost:9092";

/// A pipeline that can be tried.
pub struct Trial {
    pub(super) plan: Plan,
    /// Those that the wanted tables need.
    pub(super) sources: Vec<TrialSource>,
    /// Stands at the time of the last record while a trial runs.
    pub(super) clock: Arc<ManualClock>,
}

/// A source whose records a trial wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialSource {
    /// Its name.
    pub name: String,
    /// Whether its records have to come with their headers.
    pub include_headers: bool,
}

impl Trial {
    /// Plans a trial that gives the rows of these tables: guests, tables, sources, `GUEST_errors` and `TABLE_late`, all of which may be
    /// wanted, whether a sink takes them or not. What none of them needs is not planned.
    ///
    /// # Errors
    /// Every mistake there is, but for those of sinks against their tables: the sinks are not part of it.
    pub async fn plan(
        pipeline: &Pipeline,
        tables: &[String],
        modules: &LoadedModules,
        resources: &Resources,
    ) -> Result<Self, Invalid> {
        let spec = spec_of(&pipeline.spec, tables);
        let clock = Arc::new(ManualClock::default());
        let given = Given {
            modules: modules.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            sources_of: Some(pipeline.mode(false)),
        };
        let resources = Resources {
            default_broker: Some(NO_BROKER.to_owned()),
            ..resources.clone()
        };
        let mut mistakes = pipeline.mistakes.clone();
        let plan = Plan::make(&spec, Mode::Batch, &given, &resources, &mut mistakes).await;
        if !mistakes.is_empty() {
            return Err(pipeline.invalid(mistakes));
        }
        let sources = plan.sources.iter().map(|source| TrialSource {
            name: source.name.clone(),
            include_headers: source.include_headers(),
        });
        Ok(Self {
            sources: sources.collect(),
            plan,
            clock,
        })
    }

    /// The sources whose records it wants.
    pub fn sources(&self) -> &[TrialSource] {
        &self.sources
    }

    /// The modules of its guests and aggregates, to plan it again with one of them replaced.
    pub fn modules(&self) -> LoadedModules {
        let guests = self.plan.guests.iter().map(|guest| {
            let transform = guest.live.transform();
            (transform.name().to_owned(), transform.module().clone())
        });
        let aggregates = self.plan.aggregates.iter();
        LoadedModules {
            guests: guests.collect(),
            aggregates: aggregates
                .map(|aggregate| (aggregate.name().to_owned(), aggregate.module()))
                .collect(),
        }
    }

    /// Its guests at work, each with the name of its source and new instances, for who wants to measure them by themselves.
    pub fn transforms(&self) -> Vec<(String, Transform)> {
        let guests = self.plan.guests.iter();
        guests
            .map(|guest| {
                let source = self.plan.sources.get(guest.source).map(|source| source.name.clone());
                let transform = guest.live.transform();
                let fresh = transform.with_module(transform.module().clone());
                (source.unwrap_or_default(), fresh)
            })
            .collect()
    }

    /// Whether the rows of a relation have an order that counts: that of the records, or one that its query asks for.
    pub(super) fn is_ordered(&self, relation: Relation) -> bool {
        let Relation::Table(_) = relation else {
            return true;
        };
        let Some(table) = self.plan.tables.iter().find(|table| table.relation == relation) else {
            return false;
        };
        match &table.query {
            TableQuery::Plain(query) if query.is_stateless() => {
                table.inputs.iter().all(|input| self.is_ordered(*input))
            }
            TableQuery::Plain(query) => query.is_sorted(),
            TableQuery::First { .. } | TableQuery::Groups(_) => false,
        }
    }
}

/// The pipeline with records that are given, and a sink for each wanted table.
fn spec_of(spec: &Spec, tables: &[String]) -> Spec {
    let mut spec = spec.clone();
    for source in &mut spec.sources {
        // The options of a topic are still looked at: they say whether there are headers, and may be wrong.
        if let SourceKind::Replay(_) = source.kind {
            source.kind = SourceKind::Given;
        }
    }
    let sinks = tables.iter().map(|table| {
        let span = span_of(&spec, table);
        SinkPart {
            name: Name {
                text: table.clone(),
                span,
            },
            from: Spanned {
                value: table.clone(),
                span,
            },
            spec: SinkSpec::Console(ConsoleOptions::default()),
            output_mode: None,
            option_spans: Vec::new(),
        }
    });
    spec.sinks = sinks.collect();
    spec
}

/// Where a table is defined, for a mistake about it.
fn span_of(spec: &Spec, table: &str) -> Span {
    let sources = spec.sources.iter().map(|source| (&source.name, ""));
    let guests = spec
        .guests
        .iter()
        .flat_map(|guest| [(&guest.name, ""), (&guest.name, ERRORS_SUFFIX)]);
    let tables = spec
        .tables
        .iter()
        .flat_map(|table| [(&table.name, ""), (&table.name, LATE_SUFFIX)]);
    let mut named = sources.chain(guests).chain(tables);
    let found = named.find(|(name, suffix)| format!("{}{suffix}", name.text).eq_ignore_ascii_case(table));
    let start = Span {
        origin: Origin::File,
        start: 0,
        end: 0,
    };
    found.map_or(start, |(name, _)| name.span)
}

#[cfg(test)]
#[path = "prepare_test.rs"]
mod tests;
