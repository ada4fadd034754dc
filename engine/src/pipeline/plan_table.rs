//! `[table.NAME]`: its query typed against the tables above it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};

use crate::event_time::OutputMode;
use crate::sql::{self, Planner, SqlProblem, Streamed, Streaming};
use crate::window::late_schema;

use super::ancestry::{Above, Ancestry};
use super::graph::{Graph, LATE_SUFFIX, Relation};
use super::mistake::{Mistake, Mistakes};
use super::modes::Modes;
use super::plan::{Mode, PlannedGroups, PlannedTable, PlannedWatermark, Schemas, TableQuery};
use super::spec::{TableSpec, WatermarkPart};
use super::sql_place::position_in_sql;

/// What a table stands among.
pub(super) struct Place<'a> {
    pub(super) graph: &'a Graph,
    pub(super) modes: &'a Modes,
    pub(super) mode: Mode,
    pub(super) planner: &'a Planner,
    pub(super) above: Above<'a>,
}

/// Plans the table at this position of the spec.
pub(super) async fn plan(
    position: usize,
    table: &TableSpec,
    place: &Place<'_>,
    schemas: &Schemas,
    mistakes: &mut Mistakes,
) -> Option<PlannedTable> {
    let reads = &place.graph.reads[position];
    // What is wrong above has been told; of this table nothing can be said yet.
    let known = reads.iter().all(|read| {
        place
            .graph
            .find(read)
            .is_some_and(|relation| schemas.of(relation).is_some())
    });
    if !known {
        return None;
    }
    if let Some(watermark) = &table.watermark {
        check_watermark(table, watermark, reads, place.graph, schemas, mistakes);
    }
    let planned = match place.mode {
        Mode::Batch => batch(table, place, schemas).await,
        Mode::Stream => stream(position, table, place, schemas, mistakes).await,
    };
    match planned {
        Ok((query, inputs)) => {
            let inputs: Vec<Relation> = inputs.iter().filter_map(|input| place.graph.find(input)).collect();
            let watermark = table.watermark.as_ref().map(|watermark| {
                let column = watermark.spec.column.as_str();
                let has_it = |relation: &Relation| {
                    schemas
                        .of(*relation)
                        .is_some_and(|schema| schema.index_of(column).is_ok())
                };
                PlannedWatermark {
                    spec: watermark.spec.clone(),
                    inputs: (0..inputs.len()).filter(|input| has_it(&inputs[*input])).collect(),
                }
            });
            let late = watermark.as_ref().map(|watermark| {
                let own = match &query {
                    TableQuery::Groups(groups) => groups.aggregation.rows_schema(),
                    // Nothing is ever late here; the table is there all the same, with the columns it would have.
                    _ => {
                        let input = watermark.inputs.first().and_then(|input| schemas.of(inputs[*input]));
                        input.map_or_else(Schema::empty, |schema| Schema::clone(schema))
                    }
                };
                (Relation::Late(position), late_schema(&own))
            });
            Some(PlannedTable {
                name: table.name.text.clone(),
                relation: Relation::Table(position),
                query,
                inputs,
                watermark,
                late,
            })
        }
        Err(problem) => {
            let span = match problem.at {
                Some(at) => position_in_sql(&table.sql, at.line, at.column),
                None => table.sql.span,
            };
            let message = format!("table `{}`: {}", table.name.text, problem.message);
            mistakes.push(Mistake::new(message).at(span).maybe_hint(problem.hint));
            None
        }
    }
}

/// A query and the names of what it reads.
type Typed = (TableQuery, Vec<String>);

async fn batch(table: &TableSpec, place: &Place<'_>, schemas: &Schemas) -> Result<Typed, SqlProblem> {
    let (name, sql) = (&table.name.text, &table.sql.value);
    let query = place.planner.plan(name, sql, &schemas.all(), sql::Mode::Batch).await?;
    let inputs = query.inputs().to_vec();
    Ok((TableQuery::Plain(Box::new(query)), inputs))
}

async fn stream(
    position: usize,
    table: &TableSpec,
    place: &Place<'_>,
    schemas: &Schemas,
    mistakes: &mut Mistakes,
) -> Result<Typed, SqlProblem> {
    let (name, sql) = (&table.name.text, &table.sql.value);
    let asked = place.modes.asked(position);
    // What nobody asks for is only typed; complete mode takes most.
    let mode = asked.map_or(OutputMode::Complete, |asked| asked.mode);
    let late_name = format!("{name}{LATE_SUFFIX}");
    let streaming = Streaming {
        mode,
        watermark: table.watermark.as_ref().map(|watermark| watermark.spec.column.as_str()),
        keep_late: place.graph.is_read(&late_name),
    };
    let aggregation = match place.planner.plan_stream(name, sql, &schemas.all(), streaming).await? {
        Streamed::Rows(query, limit) => {
            let inputs = query.inputs().to_vec();
            let query = match limit {
                Some(rows) => TableQuery::First { query, rows },
                None => TableQuery::Plain(query),
            };
            return Ok((query, inputs));
        }
        Streamed::Groups(aggregation) => *aggregation,
    };
    if let Some((other, other_mode)) = asked.and_then(|asked| asked.against.as_ref())
        && let Some(first) = asked.map(|asked| &asked.sink)
    {
        let message = format!(
            "sink `{}` wants the rows of table `{name}` in {} mode, and sink `{}` in {} mode",
            other.text,
            other_mode.name(),
            first.text,
            mode.name()
        );
        let hint = format!("a table keeps its groups for one mode: write a second table with the query of `{name}`");
        mistakes.push(Mistake::new(message).at(other.span).hint(hint));
    }
    let inputs = aggregation.rows.inputs().to_vec();
    let relations = inputs.iter().filter_map(|input| place.graph.find(input));
    let mut sources = Vec::with_capacity(inputs.len());
    for relation in relations {
        let origin = Ancestry::of(relation, place.above);
        if let Some(grouped) = origin.groups.first() {
            return Err(SqlProblem {
                message: format!(
                    "it aggregates the rows of `{grouped}`, which has an aggregate itself: on a stream those rows change \
                     after they were counted"
                ),
                at: None,
                hint: Some(
                    "write the rows of the first to a topic or to Parquet and aggregate those, or run the pipeline with \
                     `--once`"
                        .to_owned(),
                ),
            });
        }
        sources.push(origin.sources);
    }
    let groups = PlannedGroups {
        mode,
        sources,
        aggregation,
    };
    Ok((TableQuery::Groups(Arc::new(groups)), inputs))
}

/// The column must be there, and be a time.
fn check_watermark(
    table: &TableSpec,
    watermark: &WatermarkPart,
    reads: &[String],
    graph: &Graph,
    schemas: &Schemas,
    mistakes: &mut Mistakes,
) {
    let column = &watermark.spec.column;
    let above: Vec<_> = reads.iter().filter_map(|read| schemas.of(graph.find(read)?)).collect();
    let found = above.iter().find_map(|schema| schema.column_with_name(column));
    let name = &table.name.text;
    let (message, hint) = match found.map(|(_, field)| field.data_type()) {
        Some(DataType::Timestamp(..)) => return,
        Some(other) => (
            format!("the watermark of table `{name}` needs a timestamp, and column `{column}` is {other}"),
            format!("make it one in a table above: `try_to_timestamp({column}) AS event_time`"),
        ),
        None => {
            let fields = above.iter().flat_map(|schema| schema.fields());
            let times = fields.filter(|field| matches!(field.data_type(), DataType::Timestamp(..)));
            let times: Vec<&str> = times.map(|field| field.name().as_str()).collect();
            (
                format!(
                    "the watermark of table `{name}` is on column `{column}`, which none of the tables it reads has"
                ),
                match times.is_empty() {
                    true => "a watermark is on a timestamp of what the query reads, and there is none".to_owned(),
                    false => format!("the timestamps are {}", super::reader::list(times)),
                },
            )
        }
    };
    mistakes.push(Mistake::new(message).at(watermark.column_span).hint(hint));
}
