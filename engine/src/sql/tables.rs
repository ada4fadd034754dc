//! What DataFusion's planner may see: the tables above, and the session's functions.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DFSchema, DataFusionError, Result, TableReference, plan_datafusion_err};
use datafusion::datasource::{cte_worktable::CteWorkTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner, TypePlanner};
use datafusion::logical_expr::{
    AggregateUDF, Expr, ExprSchemable, HigherOrderUDF, LogicalPlan, ScalarUDF, TableSource, WindowUDF,
};
use datafusion::sql::planner::{ParserOptions, SqlToRel};
use datafusion::sql::sqlparser::ast::{Query, Statement};

use super::problem::SqlProblem;
use super::slot;
use super::types::SparkTypes;

/// Marks, in a field's metadata, the column that a watermark is of; plans hand it on with the column, whatever its name.
const WATERMARK: &str = "wasmill.watermark";

/// The tables with the column of this name, wherever it is, marked as the one with the watermark.
pub(super) fn with_watermark(tables: &[(String, SchemaRef)], column: &str) -> Vec<(String, SchemaRef)> {
    let mark = |schema: &SchemaRef| {
        let fields = schema.fields().iter().map(|field| match field.name() == column {
            true => {
                let metadata = HashMap::from([(WATERMARK.to_owned(), String::new())]);
                Arc::new(field.as_ref().clone().with_metadata(metadata))
            }
            false => Arc::clone(field),
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    };
    tables
        .iter()
        .map(|(name, schema)| (name.clone(), mark(schema)))
        .collect()
}

/// Whether this is the column with the watermark.
pub(super) fn is_marked(field: &Field) -> bool {
    field.metadata().contains_key(WATERMARK)
}

/// Whether an expression over these columns is the one with the watermark.
pub(super) fn has_watermark(expr: &Expr, columns: &DFSchema) -> bool {
    expr.to_field(columns).is_ok_and(|(_, field)| is_marked(&field))
}

/// The tables above a query.
pub(super) struct Tables<'s> {
    state: &'s SessionState,
    sources: HashMap<String, Arc<dyn TableSource>>,
}

impl<'s> Tables<'s> {
    pub(super) fn new(state: &'s SessionState, tables: &[(String, SchemaRef)]) -> Result<Self> {
        let source =
            |(name, schema): &(String, SchemaRef)| Ok((name.clone(), provider_as_source(slot::table(name, schema)?)));
        Ok(Self {
            state,
            sources: tables.iter().map(source).collect::<Result<_>>()?,
        })
    }

    /// DataFusion's plan of a query, before anything of it is optimised.
    pub(super) fn plan(&self, query: Query) -> Result<LogicalPlan, SqlProblem> {
        let options = ParserOptions::from(&self.state.config_options().sql_parser);
        SqlToRel::new_with_options(self, options)
            .sql_statement_to_plan(Statement::Query(Box::new(query)))
            .map_err(|error| self.problem(&error))
    }

    /// What the planner said, for whoever wrote the query.
    pub(super) fn problem(&self, error: &DataFusionError) -> SqlProblem {
        let functions = self
            .state
            .scalar_functions()
            .keys()
            .chain(self.state.aggregate_functions().keys());
        let functions: Vec<&str> = functions
            .chain(self.state.window_functions().keys())
            .map(String::as_str)
            .collect();
        SqlProblem::from_planner(error, &functions)
    }
}

impl ContextProvider for Tables<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let source = self.sources.get(name.table()).filter(|_| name.schema().is_none());
        source.cloned().ok_or_else(|| plan_datafusion_err!("no table `{name}`"))
    }

    fn create_cte_work_table(&self, name: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(CteWorkTable::new(name, schema))))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        self.state.expr_planners()
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(SparkTypes))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.state.scalar_functions().get(name).cloned()
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.state.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.state.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.state.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, _names: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.state.scalar_functions().keys().cloned().collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        self.state.higher_order_functions().keys().cloned().collect()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.state.aggregate_functions().keys().cloned().collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.state.window_functions().keys().cloned().collect()
    }
}
