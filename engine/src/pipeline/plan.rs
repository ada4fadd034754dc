//! From a spec to something that can run: modules opened, queries typed, options checked. Every mistake is told.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::batch::{Records, kafka_schema};
use crate::guest::Transform;
use crate::sink::{Run, SinkSpec};
use crate::source::KafkaOptions;
use crate::sql::{self, Planner, Query};

use super::Resources;
use super::graph::{Graph, Relation};
use super::mistake::{Mistake, Mistakes};
use super::plan_guest;
use super::plan_source;
use super::spec::{OutputMode, SinkPart, Spec, TableSpec};
use super::sql_place::position_in_sql;
use super::trigger::Trigger;

/// Whether a pipeline is one batch over all there is, or a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything up to now, then the end (`run --once`).
    Batch,
    /// Batch after batch, until it is stopped.
    Stream,
}

/// A pipeline that can run.
pub struct Plan {
    /// The pipeline's name.
    pub name: String,
    /// When batches begin.
    pub trigger: Trigger,
    /// Batch or stream.
    pub mode: Mode,
    /// Where records come from.
    pub sources: Vec<PlannedSource>,
    /// Modules in use.
    pub guests: Vec<PlannedGuest>,
    /// Queries, each behind those it reads.
    pub tables: Vec<PlannedTable>,
    /// Where rows go.
    pub sinks: Vec<PlannedSink>,
}

/// A source that can be opened.
pub struct PlannedSource {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub kind: PlannedSourceKind,
    /// The name its records have.
    pub relation: Relation,
}

/// What a source reads.
pub enum PlannedSourceKind {
    /// Kafka.
    Kafka(Box<KafkaOptions>),
    /// The records of a file.
    Replay(Vec<Records>),
}

/// A guest at work.
pub struct PlannedGuest {
    /// The module, with its instances.
    pub transform: Arc<Transform>,
    /// The position of its source.
    pub source: usize,
    /// The name its rows have as a table.
    pub rows: Relation,
    /// The name its dead letters have as a table.
    pub dead_letters: Relation,
}

/// A query in its place.
pub struct PlannedTable {
    /// The table's name.
    pub name: String,
    /// The name its rows have.
    pub relation: Relation,
    /// The query.
    pub query: Query,
    /// What it reads, in the order of the query's inputs.
    pub inputs: Vec<Relation>,
}

/// A sink in its place.
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
    pub(super) async fn make(spec: &Spec, mode: Mode, resources: &Resources, mistakes: &mut Mistakes) -> Self {
        let graph = Graph::resolve(spec, mistakes);
        let sources: Vec<Option<PlannedSource>> = (0..)
            .zip(&spec.sources)
            .map(|(i, source)| plan_source::plan(i, source, spec, mode, resources, mistakes))
            .collect();
        let mut guests = Vec::new();
        for (position, guest) in spec.guests.iter().enumerate() {
            let headers = with_headers(&graph, &sources, &guest.from.value);
            guests.push(plan_guest::plan(position, guest, &graph, headers, resources, mistakes).await);
        }
        let mut schemas = Schemas::new(spec, &sources, &guests);
        let planner = Planner::new();
        let mut tables = Vec::new();
        for position in &graph.order {
            let table = &spec.tables[*position];
            if let Some(table) = plan_table(*position, table, &graph, &schemas, mode, &planner, mistakes).await {
                schemas.add(&table.name, table.relation, table.query.schema());
                tables.push(table);
            }
        }
        let sinks = spec
            .sinks
            .iter()
            .filter_map(|sink| plan_sink(sink, &graph, &schemas, mode, mistakes))
            .collect();
        let plan = Self {
            name: spec.name.clone(),
            trigger: spec.trigger,
            mode,
            sources: sources.into_iter().flatten().collect(),
            guests: guests.into_iter().flatten().collect(),
            tables,
            sinks,
        };
        plan.pruned(mistakes.is_empty())
    }

    /// The tables' names and schemas, in an order in which each stands behind those it reads.
    pub fn schemas(&self) -> Vec<(&str, SchemaRef)> {
        let sources = self
            .sources
            .iter()
            .map(|source| (source.name.as_str(), kafka_schema(source.include_headers())));
        let guests = self
            .guests
            .iter()
            .map(|guest| (guest.transform.name(), Arc::clone(guest.transform.schema())));
        let tables = self
            .tables
            .iter()
            .map(|table| (table.name.as_str(), table.query.schema()));
        sources.chain(guests).chain(tables).collect()
    }

    /// What it is made of, for a message: `1 source, 1 guest, 3 tables, 2 sinks`.
    pub fn outline(&self) -> String {
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        [
            count(self.sources.len(), "source"),
            count(self.guests.len(), "guest"),
            count(self.tables.len(), "table"),
            count(self.sinks.len(), "sink"),
        ]
        .join(", ")
    }

    /// Without what no sink needs: nobody waits for rows that nobody sees.
    fn pruned(mut self, whole: bool) -> Self {
        if !whole {
            return self;
        }
        let mut needed: Vec<Relation> = self.sinks.iter().map(|sink| sink.from).collect();
        for table in self.tables.iter().rev() {
            if needed.contains(&table.relation) {
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
    }
}

/// The schemas known so far, in the order of the file.
struct Schemas(Vec<(String, Relation, SchemaRef)>);

impl Schemas {
    fn new(spec: &Spec, sources: &[Option<PlannedSource>], guests: &[Option<PlannedGuest>]) -> Self {
        let mut schemas = Self(Vec::new());
        for source in sources.iter().flatten() {
            schemas.add(&source.name, source.relation, kafka_schema(source.include_headers()));
        }
        for (guest, planned) in spec.guests.iter().zip(guests) {
            if let Some(planned) = planned {
                let dead_letters = format!("{}{}", guest.name.text, super::graph::ERRORS_SUFFIX);
                schemas.add(&guest.name.text, planned.rows, Arc::clone(planned.transform.schema()));
                schemas.add(&dead_letters, planned.dead_letters, Transform::dead_letter_schema());
            }
        }
        schemas
    }

    fn add(&mut self, name: &str, relation: Relation, schema: SchemaRef) {
        self.0.push((name.to_owned(), relation, schema));
    }

    fn of(&self, relation: Relation) -> Option<&SchemaRef> {
        self.0
            .iter()
            .find(|(_, known, _)| *known == relation)
            .map(|(_, _, schema)| schema)
    }

    /// As the planner takes them.
    fn all(&self) -> Vec<(String, SchemaRef)> {
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
        }
    }
}

fn with_headers(graph: &Graph, sources: &[Option<PlannedSource>], from: &str) -> bool {
    match graph.find(from) {
        Some(Relation::Source(source)) => sources[source].as_ref().is_some_and(PlannedSource::include_headers),
        _ => false,
    }
}

async fn plan_table(
    position: usize,
    table: &TableSpec,
    graph: &Graph,
    schemas: &Schemas,
    mode: Mode,
    planner: &Planner,
    mistakes: &mut Mistakes,
) -> Option<PlannedTable> {
    let reads = &graph.reads[position];
    // What is wrong above has been told; of this table nothing can be said yet.
    let known = reads
        .iter()
        .all(|read| graph.find(read).is_some_and(|relation| schemas.of(relation).is_some()));
    if !known {
        return None;
    }
    let sql_mode = match mode {
        Mode::Batch => sql::Mode::Batch,
        Mode::Stream => sql::Mode::Stream,
    };
    let name = &table.name.text;
    match planner.plan(name, &table.sql.value, &schemas.all(), sql_mode).await {
        Ok(query) => {
            let inputs = query.inputs().iter().filter_map(|input| graph.find(input)).collect();
            Some(PlannedTable {
                name: name.clone(),
                relation: Relation::Table(position),
                query,
                inputs,
            })
        }
        Err(problem) => {
            let span = match problem.at {
                Some(at) => position_in_sql(&table.sql, at.line, at.column),
                None => table.sql.span,
            };
            let message = format!("table `{name}`: {}", problem.message);
            mistakes.push(Mistake::new(message).at(span).maybe_hint(problem.hint));
            None
        }
    }
}

fn plan_sink(
    sink: &SinkPart,
    graph: &Graph,
    schemas: &Schemas,
    mode: Mode,
    mistakes: &mut Mistakes,
) -> Option<PlannedSink> {
    let from = graph.find(&sink.from.value)?;
    check_output_mode(sink, mode, mistakes);
    let schema = schemas.of(from)?;
    for problem in sink.spec.problems(schema, mode.into()) {
        let span = sink.option_span(problem.option);
        let message = format!("sink `{}`: {}", sink.name.text, problem.message);
        mistakes.push(Mistake::new(message).at(span).maybe_hint(problem.hint));
    }
    Some(PlannedSink {
        name: sink.name.text.clone(),
        table: sink.from.value.clone(),
        from,
        schema: Arc::clone(schema),
        spec: sink.spec.clone(),
    })
}

/// On a stream without aggregates there is nothing to update or to complete; a batch's console shows all there is in any mode.
fn check_output_mode(sink: &SinkPart, mode: Mode, mistakes: &mut Mistakes) {
    let Some(output) = &sink.output_mode else {
        return;
    };
    let refused = match (mode, output.value) {
        (Mode::Batch, OutputMode::Update | OutputMode::Complete) if matches!(sink.spec, SinkSpec::Parquet(_)) => {
            "a batch of Parquet files takes `append`, `overwrite`, `error_if_exists` or `ignore`"
        }
        (Mode::Stream, OutputMode::Complete) => "`complete` needs an aggregate: a stream of rows has no whole result",
        (Mode::Stream, OutputMode::Update) if matches!(sink.spec, SinkSpec::Parquet(_)) => {
            "Parquet files only take `append`: a row that is written can't be updated"
        }
        _ => return,
    };
    let message = format!("sink `{}`: {refused}", sink.name.text);
    mistakes.push(
        Mistake::new(message)
            .at(output.span)
            .hint("write mode = \"append\", or leave it out"),
    );
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
