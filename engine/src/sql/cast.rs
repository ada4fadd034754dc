//! Casts as Spark means them, where Arrow means something else: bytes that are no UTF-8, timestamps as text and as
//! seconds.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF, cast};
use datafusion::optimizer::AnalyzerRule;

use super::function::convert;
use crate::batch::timestamp_type;

/// Runs after DataFusion has put in the casts that a query leaves out, so that it sees those too.
#[derive(Debug)]
pub(super) struct SparkCasts;

impl AnalyzerRule for SparkCasts {
    fn name(&self) -> &'static str {
        "spark_casts"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(respell_node).map(|plan| plan.data)
    }
}

fn respell_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&node.inputs());
    if let LogicalPlan::TableScan(scan) = &node {
        schema.merge(&scan.projected_schema);
    }
    let names = NamePreserver::new(&node);
    node.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr
            .transform_up(|expr| respell(expr, &schema))?
            .update_data(|expr| name.restore(expr)))
    })?
    .map_data(LogicalPlan::recompute_schema)
}

fn respell(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (value, to, is_try) = match &expr {
        Expr::Cast(Cast { expr, field }) => (expr, field.data_type(), false),
        Expr::TryCast(TryCast { expr, field }) => (expr, field.data_type(), true),
        _ => return Ok(Transformed::no(expr)),
    };
    // An outer query's column has no type here; it is cast as Arrow does.
    let Ok(from) = value.get_type(schema) else {
        return Ok(Transformed::no(expr));
    };
    // Types were fitted to functions before this rule: a function put in here is handed the very type it takes.
    let given = |wanted: DataType| match wanted == from {
        true => value.as_ref().clone(),
        false => cast(value.as_ref().clone(), wanted),
    };
    let bytes = |function: ScalarUDF| function.call(vec![given(DataType::Binary)]);
    let text = |function: ScalarUDF| function.call(vec![given(DataType::Utf8)]);
    let time = |function: ScalarUDF| function.call(vec![given(timestamp_type())]);
    let respelled = match (&from, to) {
        (DataType::Binary | DataType::LargeBinary | DataType::BinaryView, to) if is_text(to) => {
            bytes(convert::text_of_bytes())
        }
        (DataType::Timestamp(..), to) if is_text(to) => time(convert::text_of_timestamp()),
        (DataType::Float64, to) if is_text(to) => convert::text_of_double().call(vec![given(DataType::Float64)]),
        (from, DataType::Timestamp(..)) if is_text(from) && is_try => text(convert::try_timestamp_of_text()),
        (from, DataType::Timestamp(..)) if is_text(from) => text(convert::timestamp_of_text()),
        (from, DataType::Date32) if is_text(from) && is_try => {
            cast(text(convert::try_timestamp_of_text()), DataType::Date32)
        }
        (from, DataType::Date32) if is_text(from) => cast(text(convert::timestamp_of_text()), DataType::Date32),
        (from, DataType::Timestamp(..)) if from.is_integer() => {
            convert::timestamp_of_seconds().call(vec![given(DataType::Int64)])
        }
        (DataType::Timestamp(..), to) if to.is_integer() => cast(time(convert::seconds_of_timestamp()), to.clone()),
        (DataType::Timestamp(..), to) if to.is_floating() => {
            cast(time(convert::fractional_seconds_of_timestamp()), to.clone())
        }
        _ => return Ok(Transformed::no(expr)),
    };
    Ok(Transformed::yes(respelled))
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
