//! From a spec to something that can run: modules opened, queries typed, options checked. Every mistake is told.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::batch::{Records, kafka_schema};
use crate::event_time::OutputMode;
use crate::guest::{GuestAggregate, Limits, Transform};
use crate::sink::{Run, SinkSpec};
use crate::source::{ClientSettings, KafkaOptions};
use crate::sql::{Aggregation, Planner, Query};
use crate::window::{Watermark, WatermarkSpec};

use super::Resources;
use super::ancestry::Above;
use super::checkpoints::CheckpointSpec;
use super::given::Given;
use super::graph::{Graph, LATE_SUFFIX, Relation};
use super::mistake::Mistakes;
use super::modes::Modes;
use super::reload::{LastRecords, Live};
#[cfg(test)]
use super::simulation::SimSource;
use super::spec::Spec;
use super::trigger::Trigger;
use super::{brokers, plan_aggregate, plan_guest, plan_sink, plan_source, plan_table};

/// Whether a pipeline is one batch over all there is, or a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything up to now, then the end (`run --once`).
    Batch,
    /// Batch after batch, until it is stopped.
    Stream,
}

/// A pipeline that can run.
#[derive(Clone)]
pub struct Plan {
    /// The pipeline's name.
    pub name: String,
    /// When batches begin.
    pub trigger: Trigger,
    /// Batch or stream.
    pub mode: Mode,
    /// Where a stream keeps what the next run goes on from, if it does.
    pub checkpoint: Option<CheckpointSpec>,
    /// How many bytes the groups of all tables may take together.
    pub state_limit: usize,
    /// Where records come from.
    pub sources: Vec<PlannedSource>,
    /// The names of the sources.
    pub source_names: Vec<String>,
    /// Modules in use.
    pub guests: Vec<PlannedGuest>,
    /// Aggregates that modules bring, as SQL's functions.
    pub aggregates: Vec<GuestAggregate>,
    /// Queries, each behind those it reads.
    pub tables: Vec<PlannedTable>,
    /// Where rows go.
    pub sinks: Vec<PlannedSink>,
    /// How the sinks that write to Kafka reach its brokers, if there are any.
    pub brokers: Option<ClientSettings>,
    /// Keeps the last records that are through, where modules are watched.
    pub(super) last: Option<Arc<LastRecords>>,
}

/// A source that can be opened.
#[derive(Clone)]
pub struct PlannedSource {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub kind: PlannedSourceKind,
    /// The name its records have.
    pub relation: Relation,
}

/// What a source reads.
#[derive(Clone)]
pub enum PlannedSourceKind {
    /// Kafka.
    Kafka(Box<KafkaOptions>),
    /// The records of a file.
    Replay(Vec<Records>),
    /// A topic that is made up.
    #[cfg(test)]
    Simulated(SimSource),
}

/// A guest at work.
#[derive(Clone)]
pub struct PlannedGuest {
    /// The module, which may become another one while the stream runs.
    pub live: Arc<Live>,
    /// The position of its source.
    pub source: usize,
    /// The name its rows have as a table.
    pub rows: Relation,
    /// The name its dead letters have as a table.
    pub dead_letters: Relation,
}

/// A query in its place.
#[derive(Clone)]
pub struct PlannedTable {
    /// The table's name.
    pub name: String,
    /// The name its rows have.
    pub relation: Relation,
    /// The query.
    pub query: TableQuery,
    /// What it reads, in the order of the query's inputs.
    pub inputs: Vec<Relation>,
    /// How long rows are waited for. Without groups nothing waits; then it is only told.
    pub watermark: Option<PlannedWatermark>,
    /// Rows that are left out, where there is a watermark: the name they have, and their columns.
    pub late: Option<(Relation, SchemaRef)>,
}

/// A watermark, and where its column is.
#[derive(Debug, Clone)]
pub struct PlannedWatermark {
    /// What the pipeline says of it.
    pub spec: WatermarkSpec,
    /// The query's inputs that have the column, by position.
    pub inputs: Vec<usize>,
}

impl PlannedWatermark {
    /// The watermark before any row.
    pub(super) fn begin(&self) -> Watermark {
        Watermark::new(self.spec.clone(), self.inputs.clone())
    }
}

/// A table's query.
#[derive(Clone)]
pub enum TableQuery {
    /// Of one batch at a time, row by row or as a whole.
    Plain(Box<Query>),
    /// The first rows of a stream.
    First {
        /// Row by row.
        query: Box<Query>,
        /// How many, over all batches.
        rows: usize,
    },
    /// With groups that last from batch to batch.
    Groups(Arc<PlannedGroups>),
}

/// A query with groups that last.
pub struct PlannedGroups {
    /// The query, cut around its aggregate.
    pub aggregation: Aggregation,
    /// Which rows come out.
    pub mode: OutputMode,
    /// For each of the query's inputs the sources, by position, whose records end up in it.
    pub sources: Vec<Vec<usize>>,
}

impl TableQuery {
    /// The columns of the table.
    pub fn schema(&self) -> SchemaRef {
        match self {
            Self::Plain(query) | Self::First { query, .. } => query.schema(),
            Self::Groups(groups) => groups.aggregation.above.schema(),
        }
    }
}

/// A sink in its place.
#[derive(Clone)]
pub struct PlannedSink {
    /// Its name.
    pub name: String,
    /// The name of the table it takes.
    pub table: String,
    /// The table it takes.
    pub from: Relation,
    /// The table's schema.
    pub schema: SchemaRef,
    /// Where the rows go.
    pub spec: SinkSpec,
}

impl Plan {
    /// Makes a plan; what can't be part of it is a mistake. A plan with mistakes must not run.
    pub(super) async fn make(
        spec: &Spec,
        mode: Mode,
        given: &Given,
        resources: &Resources,
        mistakes: &mut Mistakes,
    ) -> Self {
        let graph = Graph::resolve(spec, mistakes);
        let sources: Vec<Option<PlannedSource>> = (0..)
            .zip(&spec.sources)
            .map(|(i, source)| {
                plan_source::plan(
                    i,
                    source,
                    spec,
                    given.sources_of.unwrap_or(mode),
                    resources.into(),
                    mistakes,
                )
            })
            .collect();
        let mut guests = Vec::new();
        for (position, guest) in spec.guests.iter().enumerate() {
            let headers = with_headers(&graph, &sources, &guest.from.value);
            guests.push(plan_guest::plan(position, guest, &graph, headers, given, resources, mistakes).await);
        }
        let mut schemas = Schemas::new(spec, &sources, &guests);
        let mut aggregates = Vec::new();
        for aggregate in &spec.aggregates {
            aggregates.extend(plan_aggregate::plan(aggregate, given, resources, mistakes).await);
        }
        let functions = aggregates.iter().map(GuestAggregate::function).collect();
        let planner = Planner::with_aggregates(Arc::clone(&given.clock), functions);
        let modes = Modes::of(spec, &graph);
        let mut tables: Vec<PlannedTable> = Vec::new();
        for position in &graph.order {
            let table = &spec.tables[*position];
            let place = plan_table::Place {
                graph: &graph,
                modes: &modes,
                mode,
                planner: &planner,
                above: Above {
                    guests: &guests,
                    tables: &tables,
                },
            };
            if let Some(table) = plan_table::plan(*position, table, &place, &schemas, mistakes).await {
                schemas.add(&table.name, table.relation, table.query.schema());
                if let Some((relation, schema)) = &table.late {
                    schemas.add(&format!("{}{LATE_SUFFIX}", table.name), *relation, Arc::clone(schema));
                }
                tables.push(table);
            }
        }
        let above = Above {
            guests: &guests,
            tables: &tables,
        };
        let sinks = spec
            .sinks
            .iter()
            .filter_map(|sink| plan_sink::plan(sink, &graph, &schemas, above, mode, mistakes))
            .collect();
        let plan = Self {
            name: spec.name.clone(),
            trigger: spec.trigger,
            mode,
            checkpoint: checkpoint(spec, &sources),
            state_limit: spec.state_limit,
            sources: sources.into_iter().flatten().collect(),
            source_names: Vec::new(),
            guests: guests.into_iter().flatten().collect(),
            aggregates,
            tables,
            sinks,
            brokers: brokers::of_sinks(spec, resources.into(), mistakes),
            last: None,
        };
        plan.pruned(mistakes.is_empty())
    }

    /// The tables' names and schemas, in an order in which each stands behind those it reads; then those of dead letters and
    /// late rows that a sink takes.
    pub fn schemas(&self) -> Vec<(&str, SchemaRef)> {
        let sources = self
            .sources
            .iter()
            .map(|source| (source.name.as_str(), kafka_schema(source.include_headers())));
        let guests = self.guests.iter().map(|guest| (guest.live.name(), guest.live.schema()));
        let tables = self
            .tables
            .iter()
            .map(|table| (table.name.as_str(), table.query.schema()));
        let mut schemas: Vec<_> = sources.chain(guests).chain(tables).collect();
        for sink in &self.sinks {
            let is_beside = matches!(sink.from, Relation::DeadLetters(_) | Relation::Late(_));
            if is_beside && !schemas.iter().any(|(name, _)| *name == sink.table) {
                schemas.push((sink.table.as_str(), Arc::clone(&sink.schema)));
            }
        }
        schemas
    }

    /// What the modules in use may take, each with the name of its table in the pipeline file: `guest.orders.limits`.
    pub fn limits(&self) -> Vec<(String, Limits)> {
        let guests = self.guests.iter().map(|guest| {
            let transform = guest.live.transform();
            let name = format!("guest.{}.limits", transform.name());
            (name, transform.module().limits().clone())
        });
        let aggregates = self.aggregates.iter().map(|aggregate| {
            let name = format!("aggregate.{}.limits", aggregate.name());
            (name, aggregate.limits())
        });
        guests.chain(aggregates).collect()
    }

    /// The names of the sources, which stay when the sources are opened.
    pub fn sources_named(&self) -> impl Iterator<Item = &str> {
        self.source_names.iter().map(String::as_str)
    }

    /// What it is made of, for a message: `1 source, 1 guest, 3 tables, 2 sinks`.
    pub fn outline(&self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let mut parts = vec![
            count(self.sources.len(), "source"),
            count(self.guests.len(), "guest"),
            count(self.tables.len(), "table"),
            count(self.sinks.len(), "sink"),
        ];
        if !self.aggregates.is_empty() {
            parts.insert(2, count(self.aggregates.len(), "aggregate"));
        }
        parts.join(", ")
    }

    /// Without what no sink needs: nobody waits for rows that nobody sees.
    fn pruned(mut self, whole: bool) -> Self {
        if !whole {
            return self;
        }
        let mut needed: Vec<Relation> = self.sinks.iter().map(|sink| sink.from).collect();
        for table in self.tables.iter().rev() {
            let late = table.late.as_ref().map(|(relation, _)| *relation);
            if needed.contains(&table.relation) || late.is_some_and(|late| needed.contains(&late)) {
                needed.push(table.relation);
                needed.extend(&table.inputs);
            }
        }
        self.tables.retain(|table| needed.contains(&table.relation));
        self.guests
            .retain(|guest| needed.contains(&guest.rows) || needed.contains(&guest.dead_letters));
        needed.extend(self.guests.iter().map(|guest| Relation::Source(guest.source)));
        self.sources.retain(|source| needed.contains(&source.relation));
        self.renumber_sources();
        self
    }

    /// Sources are told apart by their position: it changes with those that are gone.
    fn renumber_sources(&mut self) {
        self.source_names = self.sources.iter().map(|source| source.name.clone()).collect();
        let kept: Vec<Relation> = self.sources.iter().map(|source| source.relation).collect();
        let now = |relation: Relation| kept.iter().position(|kept| *kept == relation);
        let renumber = |relation: &mut Relation| {
            if let Some(position) = now(*relation) {
                *relation = Relation::Source(position);
            }
        };
        self.sources
            .iter_mut()
            .for_each(|source| renumber(&mut source.relation));
        self.tables
            .iter_mut()
            .flat_map(|table| &mut table.inputs)
            .for_each(renumber);
        self.sinks.iter_mut().for_each(|sink| renumber(&mut sink.from));
        for guest in &mut self.guests {
            guest.source = now(Relation::Source(guest.source)).unwrap_or(guest.source);
        }
        for table in &mut self.tables {
            if let TableQuery::Groups(groups) = &mut table.query
                && let Some(groups) = Arc::get_mut(groups)
            {
                for source in groups.sources.iter_mut().flatten() {
                    *source = now(Relation::Source(*source)).unwrap_or(*source);
                }
            }
        }
    }
}

/// Where it goes on from. Files are read to their end, and from their beginning the next time, unless the pipeline says otherwise.
fn checkpoint(spec: &Spec, sources: &[Option<PlannedSource>]) -> Option<CheckpointSpec> {
    let is_endless = |source: &PlannedSource| matches!(source.kind, PlannedSourceKind::Kafka(_));
    let has_endless = sources.iter().flatten().any(is_endless);
    spec.checkpoint.clone().filter(|spec| has_endless || !spec.is_default)
}

/// The schemas known so far, in the order of the file.
pub(super) struct Schemas(Vec<(String, Relation, SchemaRef)>);

impl Schemas {
    fn new(spec: &Spec, sources: &[Option<PlannedSource>], guests: &[Option<PlannedGuest>]) -> Self {
        let mut schemas = Self(Vec::new());
        for source in sources.iter().flatten() {
            schemas.add(&source.name, source.relation, kafka_schema(source.include_headers()));
        }
        for (guest, planned) in spec.guests.iter().zip(guests) {
            if let Some(planned) = planned {
                let dead_letters = format!("{}{}", guest.name.text, super::graph::ERRORS_SUFFIX);
                schemas.add(&guest.name.text, planned.rows, planned.live.schema());
                schemas.add(&dead_letters, planned.dead_letters, Transform::dead_letter_schema());
            }
        }
        schemas
    }

    pub(super) fn add(&mut self, name: &str, relation: Relation, schema: SchemaRef) {
        self.0.push((name.to_owned(), relation, schema));
    }

    pub(super) fn of(&self, relation: Relation) -> Option<&SchemaRef> {
        self.0
            .iter()
            .find(|(_, known, _)| *known == relation)
            .map(|(_, _, schema)| schema)
    }

    /// As the planner takes them.
    pub(super) fn all(&self) -> Vec<(String, SchemaRef)> {
        self.0
            .iter()
            .map(|(name, _, schema)| (name.clone(), Arc::clone(schema)))
            .collect()
    }
}

impl PlannedSource {
    /// Whether records come with their headers.
    pub fn include_headers(&self) -> bool {
        match &self.kind {
            PlannedSourceKind::Kafka(options) => options.include_headers,
            PlannedSourceKind::Replay(_) => false,
            #[cfg(test)]
            PlannedSourceKind::Simulated(_) => false,
        }
    }
}

fn with_headers(graph: &Graph, sources: &[Option<PlannedSource>], from: &str) -> bool {
    match graph.find(from) {
        Some(Relation::Source(source)) => sources[source].as_ref().is_some_and(PlannedSource::include_headers),
        _ => false,
    }
}

impl From<Mode> for Run {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Batch => Self::Batch,
            Mode::Stream => Self::Stream,
        }
    }
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
