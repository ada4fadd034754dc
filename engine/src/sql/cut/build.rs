//! The plans below, at and above the cut.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::{Column, Result, internal_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF, cast, lit};

use super::{Aggregation, RESULTS, ROW, ROWS, TIME, physical, spine};
use crate::batch::timestamp_type;
use crate::event_time::Window;
use crate::sql::planner::physical_plan;
use crate::sql::query::Query;
use crate::sql::window::WindowBetween;
use crate::sql::window::group::WindowCall;
use crate::sql::{slot, types};

/// What a query is made of.
pub(super) struct Parts<'p> {
    plan: &'p LogicalPlan,
    aggregate: &'p Aggregate,
    /// The window and its place among what is grouped by.
    call: Option<(usize, WindowCall)>,
    /// The columns of the aggregate's input that come to it, beside the time.
    columns: Vec<Column>,
}

impl<'p> Parts<'p> {
    pub(super) fn new(
        plan: &'p LogicalPlan,
        aggregate: &'p Aggregate,
        call: Option<(usize, WindowCall)>,
        keep_all: bool,
    ) -> Self {
        let window = call.as_ref().map(|(place, _)| *place);
        let keys = (0..)
            .zip(&aggregate.group_expr)
            .filter(|(place, _)| Some(*place) != window);
        let exprs = keys.map(|(_, expr)| expr).chain(&aggregate.aggr_expr);
        let used: BTreeSet<&Column> = exprs.flat_map(Expr::column_refs).collect();
        let mut columns = aggregate.input.schema().columns();
        columns.retain(|column| keep_all || used.contains(column));
        Self {
            plan,
            aggregate,
            call,
            columns,
        }
    }

    pub(super) async fn build(
        self,
        name: &str,
        inputs: Vec<String>,
        on_watermark: bool,
        state: &SessionState,
    ) -> Result<Aggregation> {
        let window = self.call.as_ref().map(|(_, call)| call.window());
        let below = self.below()?;
        let rows = physical_plan(below, state).await?;
        let rows = Query::new(name, inputs, true, rows, state);

        let whole = spine::replace(self.plan.clone(), &self.regrouped(&rows.schema())?)?;
        let whole = physical_plan(types::spark_columns(whole)?, state).await?;
        let cut = physical::cut(&whole, state).await?;
        let bounds = window.map_or(0, |window| window.bounds().len());
        let key_fields: Vec<_> = cut.results.fields()[bounds..cut.groups].to_vec();
        if cut.groups < bounds || (0..bounds).any(|at| !cut.results.field(at).name().starts_with("__")) {
            return internal_err!("the window of the aggregate went missing");
        }
        Ok(Aggregation {
            rows,
            partial: Query::new(name, vec![ROWS.to_owned()], false, cut.partial, state),
            above: Query::new(name, vec![RESULTS.to_owned()], false, cut.above, state),
            window,
            keys: key_fields.iter().map(|field| field.data_type().clone()).collect(),
            key_names: self.key_names(&key_fields),
            functions: cut.functions,
            results: cut.results,
            on_watermark,
        })
    }

    /// What the columns that are grouped by are called, for messages: as in the table they come from, where they are its columns.
    fn key_names(&self, fields: &[FieldRef]) -> Vec<String> {
        let place = self.call.as_ref().map(|(place, _)| *place);
        let keys = (0..)
            .zip(&self.aggregate.group_expr)
            .filter(|(at, _)| Some(*at) != place);
        let name = |(field, (_, expr)): (&FieldRef, (usize, &Expr))| match plain_column(expr) {
            Some(column) => column.name.clone(),
            None => field.name().clone(),
        };
        fields.iter().zip(keys).map(name).collect()
    }

    /// The aggregate's input with the columns it needs, and the time last.
    fn below(&self) -> Result<LogicalPlan> {
        let input = LogicalPlan::clone(&self.aggregate.input);
        let mut exprs: Vec<Expr> = self.columns.iter().cloned().map(Expr::Column).collect();
        if let Some((_, call)) = &self.call {
            exprs.push(cast(call.time().clone(), timestamp_type()).alias(TIME));
        }
        if exprs.is_empty() {
            // `count(*)` needs no column, but rows that can be counted.
            exprs.push(lit(true).alias(ROW));
        }
        LogicalPlanBuilder::from(input).project(exprs)?.build()
    }

    /// The aggregate over the rows from below, grouped by bounds in the window's place; above it the window is made of them
    /// again, so that nothing there notices.
    fn regrouped(&self, rows: &Schema) -> Result<LogicalPlan> {
        let window = self.call.as_ref().map(|(_, call)| call.window());
        let bounds = window.map_or_else(Vec::new, Window::bounds);
        let own = rows.fields().len() - usize::from(self.call.is_some());
        let fields = rows.fields()[..own].iter().cloned();
        let fields: Vec<_> = fields.chain(bounds.iter().cloned().map(Arc::new)).collect();
        let scan = scan(ROWS, Arc::new(Schema::new(fields)))?;
        let scanned = scan.schema().columns();
        let mut exprs: Vec<Expr> = Vec::with_capacity(scanned.len());
        for (at, column) in scanned.into_iter().enumerate() {
            let name = column.name.clone();
            let column = Expr::Column(column);
            // Under the name that it had below, which is how the aggregate speaks of it.
            let table = self.columns.get(at).and_then(|column| column.relation.clone());
            exprs.push(column.alias_qualified(table, name));
        }
        let input = LogicalPlanBuilder::from(scan).project(exprs)?.build()?;

        let place = self.call.as_ref().map(|(place, _)| *place);
        let keys = (0..)
            .zip(&self.aggregate.group_expr)
            .filter(|(at, _)| Some(*at) != place);
        let keys = keys.map(|(_, expr)| expr.clone());
        let by_bounds = bounds.iter().map(|bound| Expr::Column(Column::from_name(bound.name())));
        let groups: Vec<Expr> = by_bounds.chain(keys).collect();
        let grouped = Aggregate::try_new(Arc::new(input), groups, self.aggregate.aggr_expr.clone())?;
        let grouped = LogicalPlan::Aggregate(grouped);

        let mut columns = grouped.schema().columns().into_iter();
        let bounds: Vec<Expr> = columns.by_ref().take(bounds.len()).map(Expr::Column).collect();
        let mut exprs = Vec::new();
        for (at, (table, field)) in self.aggregate.schema.iter().enumerate() {
            let expr = match (window, bounds.as_slice()) {
                (Some(window), [start, end @ ..]) if Some(at) == place => value(window, start, end.first()),
                _ => match columns.next() {
                    Some(column) => Expr::Column(column),
                    None => return internal_err!("a column of the aggregate went missing"),
                },
            };
            exprs.push(expr.alias_qualified(table.cloned(), field.name()));
        }
        LogicalPlanBuilder::from(grouped).project(exprs)?.build()
    }
}

/// The column that an expression is, under whatever name and type.
fn plain_column(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => plain_column(&alias.expr),
        Expr::Cast(cast) => plain_column(&cast.expr),
        Expr::TryCast(cast) => plain_column(&cast.expr),
        _ => None,
    }
}

/// The window of these bounds.
fn value(window: Window, start: &Expr, end: Option<&Expr>) -> Expr {
    let end = match (window, end) {
        (Window::Fixed(windows), _) => start.clone() + lit(windows.size),
        (Window::Session { .. }, end) => end.unwrap_or(start).clone(),
    };
    ScalarUDF::from(WindowBetween::new()).call(vec![start.clone(), end])
}

fn scan(name: &str, schema: SchemaRef) -> Result<LogicalPlan> {
    LogicalPlanBuilder::scan(name, provider_as_source(slot::table(name, &schema)?), None)?.build()
}
