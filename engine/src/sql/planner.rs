//! From a SELECT's text to a [`Query`].

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{AggregateUDF, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;

use crate::clock::{Clock, SystemClock};

use super::cast::SparkCasts;
use super::cut::{self, Streamed, Streaming};
use super::divide::SparkDivision;
use super::field::StructAccess;
use super::problem::SqlProblem;
use super::query::Query;
use super::tables::{Tables, with_watermark};
use super::watermark::{self, WatermarkPlanner};
use super::{extreme, function, parse, spark, stateless, types, window};

/// Bytes that the operators of all queries together may hold, beside their input: a hash table or a sort that grows
/// past it ends the query with a message instead of the process by the system's hand.
const MEMORY_LIMIT: usize = 1 << 30;

/// How a query will be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Once, on all there is.
    Batch,
    /// On each batch of a stream by itself.
    Stream,
}

/// Plans the SELECTs of a pipeline. Holds what they share: functions, settings, the memory they may use.
#[derive(Debug)]
pub struct Planner {
    state: SessionState,
    /// The same for queries that are cut around their aggregate, which has to stay one.
    streams: SessionState,
}

impl Default for Planner {
    fn default() -> Self {
        Self::new()
    }
}

impl Planner {
    /// A planner with Spark's functions and settings, and a session time zone of UTC.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// The same, with another idea of `current_timestamp()`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::with_aggregates(clock, Vec::new())
    }

    /// The same, with aggregates beside DataFusion's; none of them may have the name of one that is there.
    pub fn with_aggregates(clock: Arc<dyn Clock>, aggregates: Vec<AggregateUDF>) -> Self {
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(GreedyMemoryPool::new(MEMORY_LIMIT)));
        let mut builder = SessionStateBuilder::new()
            .with_config(settings())
            // Before the defaults, so that it is asked first.
            .with_expr_planners(vec![Arc::new(SparkDivision), Arc::new(StructAccess)])
            .with_default_features()
            .with_runtime_env(runtime.build_arc().unwrap_or_default())
            .with_analyzer_rule(Arc::new(SparkCasts));
        // Behind the defaults, so that ours replace those of the same name.
        builder
            .scalar_functions()
            .get_or_insert_default()
            .extend(function::all(clock));
        builder
            .aggregate_functions()
            .get_or_insert_default()
            .extend(extreme::min_and_max());
        builder
            .aggregate_functions()
            .get_or_insert_default()
            .extend(aggregates.into_iter().map(Arc::new));
        let state = builder.build();
        let rules = state.optimizer().rules.iter();
        // It makes a distinct count two aggregates, the inner of which a stream would have to keep as well.
        let rules = rules.filter(|rule| rule.name() != "single_distinct_aggregation_to_group_by");
        let streams = SessionStateBuilder::new_from_existing(state.clone())
            .with_optimizer_rules(rules.cloned().collect())
            .build();
        Self { state, streams }
    }

    /// Whether SQL has a function of this name (in lower case).
    pub fn has_function(&self, name: &str) -> bool {
        self.state.scalar_functions().contains_key(name)
            || self.state.aggregate_functions().contains_key(name)
            || self.state.window_functions().contains_key(name)
            || ["window", "session_window", "explode", "unnest"].contains(&name)
    }

    /// Plans `sql` as the table `name` over `tables`, the tables above it.
    ///
    /// # Errors Why it can't be a table: not a SELECT, a name nobody has, types that don't fit, or, in
    /// [`Mode::Stream`], something that needs more than one batch to answer.
    pub async fn plan(
        &self,
        name: &str,
        sql: &str,
        tables: &[(String, SchemaRef)],
        mode: Mode,
    ) -> Result<Query, SqlProblem> {
        let above = Tables::new(&self.state, tables).map_err(|error| SqlProblem::from_planner(&error, &[]))?;
        let plan = logical(sql, tables, &above)?;
        self.whole(name, plan, tables, mode, &above).await
    }

    /// Plans `sql` as the table `name` of a stream: a query of rows, or one cut around its aggregate.
    ///
    /// # Errors Why it can't be a table, or can't be kept up on a stream in this mode.
    pub async fn plan_stream(
        &self,
        name: &str,
        sql: &str,
        tables: &[(String, SchemaRef)],
        streaming: Streaming<'_>,
    ) -> Result<Streamed, SqlProblem> {
        let marked = streaming.watermark.map(|column| with_watermark(tables, column));
        let tables = marked.as_deref().unwrap_or(tables);
        let above = Tables::new(&self.state, tables).map_err(|error| SqlProblem::from_planner(&error, &[]))?;
        let plan = watermark::put(logical(sql, tables, &above)?).map_err(|error| above.problem(&error))?;
        let inputs = tables_read(&plan);
        match cut::cut(name, plan.clone(), inputs, streaming, &above, &self.streams).await? {
            Some(aggregation) => Ok(Streamed::Groups(Box::new(aggregation))),
            None => {
                let (plan, limit) = cut::first_rows(plan, streaming.mode)?;
                let query = self.whole(name, plan, tables, Mode::Stream, &above).await?;
                Ok(Streamed::Rows(Box::new(query), limit))
            }
        }
    }

    async fn whole(
        &self,
        name: &str,
        plan: LogicalPlan,
        tables: &[(String, SchemaRef)],
        mode: Mode,
        above: &Tables<'_>,
    ) -> Result<Query, SqlProblem> {
        let from_planner = |error: DataFusionError| above.problem(&error);
        let reason = stateless::needs_whole_batch(&plan);
        if let (Mode::Stream, Some(reason)) = (mode, &reason) {
            return Err(reason.refuse());
        }
        let mut inputs = tables_read(&plan);
        // A recursive WITH reads itself under its own name.
        inputs.retain(|input| tables.iter().any(|(table, _)| table == input));
        let plan = window::group::plan(plan)
            .and_then(types::spark_columns)
            .map_err(from_planner)?;
        let plan = physical_plan(plan, &self.state).await.map_err(from_planner)?;
        Ok(Query::new(name, inputs, reason.is_none(), plan, &self.state))
    }
}

/// DataFusion's physical plan, optimised.
pub(super) async fn physical_plan(
    plan: LogicalPlan,
    state: &SessionState,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let plan = state.optimize(&plan)?;
    DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(WatermarkPlanner)])
        .create_physical_plan(&plan, state)
        .await
}

/// DataFusion's plan of a query, before it is optimised.
fn logical(sql: &str, tables: &[(String, SchemaRef)], above: &Tables<'_>) -> Result<LogicalPlan, SqlProblem> {
    let query = spark::respell(parse::select(sql)?, tables, above)?;
    above
        .plan(query.clone())
        .map_err(|problem| spark::fields::explain(problem, &query, tables))
}

/// Where Spark and DataFusion have a setting to differ in.
fn settings() -> SessionConfig {
    let set = |config: SessionConfig, key: &str, value: &str| config.set(key, &ScalarValue::from(value));
    let config = SessionConfig::new()
        // One partition: the order of rows is then the input's, and a batch is too small to share out.
        .with_target_partitions(1)
        .with_information_schema(false);
    [
        ("datafusion.execution.time_zone", "UTC"),
        // Names are matched by `spark::names`, with the schema's spelling kept.
        ("datafusion.sql_parser.enable_ident_normalization", "false"),
        ("datafusion.sql_parser.map_string_types_to_utf8view", "false"),
        ("datafusion.sql_parser.collect_spans", "true"),
        // Spark: nulls first where ascending, last where descending.
        ("datafusion.sql_parser.default_null_ordering", "nulls_min"),
        // Plans are run many times: nothing in them may depend on a run's data.
        ("datafusion.optimizer.enable_dynamic_filter_pushdown", "false"),
        // Its heaps compare doubles in their own way: see `extreme`.
        ("datafusion.optimizer.enable_topk_aggregation", "false"),
        // A leaf has one partition and no statistics; union's sides stay in their order.
        ("datafusion.optimizer.repartition_aggregations", "false"),
    ]
    .into_iter()
    .fold(config, |config, (key, value)| set(config, key, value))
}

/// The tables that a plan reads, each once, in the order of the text.
fn tables_read(plan: &LogicalPlan) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let name = scan.table_name.table();
            if !read.iter().any(|known| known == name) {
                read.push(name.to_owned());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    read
}

#[cfg(test)]
#[path = "planner_test.rs"]
mod tests;
