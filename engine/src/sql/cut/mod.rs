//! A streaming query cut around its aggregate.
//!
//! Below it (`rows`) and above it (`above`) the query works on one batch at a time, planned once by DataFusion. In between
//! DataFusion aggregates each chunk of rows by itself (`partial`), and what lasts from batch to batch is kept by whoever runs
//! the query: partial states are merged into it, and results come out of it, in the columns that `above` reads.
//!
//! `spine` finds the aggregate and says what can't be kept up, `build` makes the three plans.

mod build;
mod physical;
mod spine;

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, FetchType, LogicalPlan, SkipType};
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;

use super::problem::SqlProblem;
use super::query::Query;
use super::tables::{Tables, has_watermark};
use super::window::group::{WindowCall, window_call};
use crate::event_time::{OutputMode, Window};

/// How a stream's query is to be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streaming<'a> {
    /// Which rows come out.
    pub mode: OutputMode,
    /// The column, of the tables it reads, that has a watermark.
    pub watermark: Option<&'a str>,
    /// Whether late rows are wanted with all their columns.
    pub keep_late: bool,
}

/// A query on a stream.
#[derive(Debug)]
pub enum Streamed {
    /// Each row depends on one row. There may be a LIMIT: so many rows of the whole stream, in append mode.
    Rows(Box<Query>, Option<usize>),
    /// It has an aggregate.
    Groups(Box<Aggregation>),
}

/// A query with an aggregate, cut around it.
#[derive(Debug)]
pub struct Aggregation {
    /// From the tables above to the rows that are aggregated. Where there is a window, the last column is their time.
    pub rows: Query,
    /// From rows, their time made bounds (int64 `__start`, and `__end` for sessions), to partial states: bounds, keys, states.
    pub partial: Query,
    /// From results (bounds, keys, a column an aggregate) to the table.
    pub above: Query,
    /// The windows it groups by, if it does.
    pub window: Option<Window>,
    /// The types of the other columns it groups by.
    pub keys: Vec<DataType>,
    /// Their names, for messages.
    pub key_names: Vec<String>,
    /// The aggregates.
    pub functions: Vec<Arc<AggregateFunctionExpr>>,
    /// The columns of results.
    pub results: SchemaRef,
    /// Whether the window's time is the column that has the watermark: then windows become final.
    pub on_watermark: bool,
}

impl Aggregation {
    /// The columns of the rows that are aggregated, without the time that may stand behind them.
    pub fn rows_schema(&self) -> Schema {
        let schema = self.rows.schema();
        let own = schema.fields().len() - usize::from(self.window.is_some());
        Schema::new(schema.fields()[..own].to_vec())
    }
}

/// The names under which plans between the cuts read each other.
const ROWS: &str = "__rows";
const RESULTS: &str = "__results";
/// The column of rows that need none.
const ROW: &str = "__row";
/// The column of times.
const TIME: &str = "__time";

/// Cuts a query that has an aggregate; `None` if it has none that stands alone.
pub(super) async fn cut(
    name: &str,
    plan: LogicalPlan,
    inputs: Vec<String>,
    streaming: Streaming<'_>,
    above: &Tables<'_>,
    state: &SessionState,
) -> Result<Option<Aggregation>, SqlProblem> {
    let from_planner = |error: DataFusionError| above.problem(&error);
    let plan = spine::distinct_as_groups(plan).map_err(from_planner)?;
    let Some(aggregate) = spine::aggregate(&plan) else {
        return Ok(None);
    };
    if let Some(problem) = spine::refuse(&plan, aggregate, streaming.mode) {
        return Err(problem);
    }
    let calls: Vec<(usize, WindowCall)> = (0..)
        .zip(&aggregate.group_expr)
        .filter_map(|(place, expr)| Some((place, window_call(&expr.clone().unalias())?)))
        .collect();
    if calls.len() > 1 {
        return Err(SqlProblem::new("a query groups by one window, and this one by several")
            .hint("give each window a table of its own"));
    }
    let call = calls.into_iter().next();
    let on_watermark = call
        .as_ref()
        .is_some_and(|(_, call)| has_watermark(call.time(), aggregate.input.schema()));
    check_mode(streaming, call.as_ref().map(|(_, call)| call), on_watermark)?;
    let parts = build::Parts::new(&plan, aggregate, call, streaming.keep_late);
    let aggregation = parts.build(name, inputs, on_watermark, state).await;
    aggregation.map(Some).map_err(from_planner)
}

/// A query of rows without the LIMIT at its end, and that.
pub(super) fn first_rows(plan: LogicalPlan, mode: OutputMode) -> Result<(LogicalPlan, Option<usize>), SqlProblem> {
    let LogicalPlan::Limit(limit) = &plan else {
        return Ok((plan, None));
    };
    match (mode, limit.get_skip_type(), limit.get_fetch_type()) {
        (OutputMode::Append, Ok(SkipType::Literal(0)), Ok(FetchType::Literal(Some(rows)))) => {
            Ok((LogicalPlan::clone(&limit.input), Some(rows)))
        }
        (OutputMode::Append, ..) => Err(SqlProblem::new("on a stream LIMIT is a number, without OFFSET")
            .hint("write `LIMIT 10`, or run the pipeline with `--once`")),
        (mode, ..) => Err(SqlProblem::new(format!("LIMIT does not work on a stream in {} mode", mode.name()))
            .hint("give the sink `mode = \"append\"` for the first rows of the stream, or use its `num_rows` to show less")),
    }
}

/// Spark's rules of which output mode goes with what.
fn check_mode(streaming: Streaming<'_>, call: Option<&WindowCall>, on_watermark: bool) -> Result<(), SqlProblem> {
    match (streaming.mode, call) {
        (OutputMode::Append, _) if on_watermark => Ok(()),
        (OutputMode::Append, Some(_)) if streaming.watermark.is_none() => Err(SqlProblem::new(
            "in append mode a window needs a watermark: without one no window is ever final, and nothing would come out",
        )
        .hint(
            "give the table one, `watermark = { column = \"...\", delay = \"1 minute\" }`, or its sink `mode = \"update\"` or \
             `mode = \"complete\"`",
        )),
        (OutputMode::Append, Some(call)) => Err(SqlProblem::new(format!(
            "in append mode the window's time must be the column with the watermark, `{}`, and it is {}",
            streaming.watermark.unwrap_or_default(),
            match call.time() {
                Expr::Column(column) => format!("`{}`", column.name),
                _ => "computed".to_owned(),
            }
        ))
        .hint("group by a window over that column as it is, or give the sink `mode = \"update\"` or `mode = \"complete\"`")),
        (OutputMode::Append, None) => Err(SqlProblem::new(
            "in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out",
        )
        .hint(
            "group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = \"update\"` (what changed) or \
             `mode = \"complete\"` (all, every time)",
        )),
        (OutputMode::Update, Some(WindowCall::Session { .. })) => Err(SqlProblem::new(
            "sessions can't be updated: two of them may become one, and nothing takes back the row of the other",
        )
        .hint("give the sink `mode = \"append\"`, with a watermark, or `mode = \"complete\"`")),
        (OutputMode::Update | OutputMode::Complete, _) => Ok(()),
    }
}

#[cfg(test)]
#[path = "cut_test.rs"]
mod tests;
