//! Where a streaming query's aggregate stands, and whether what is below and above it can be kept up.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan, LogicalPlanBuilder};

use crate::event_time::OutputMode;
use crate::sql::problem::SqlProblem;
use crate::sql::stateless::{NeedsMore, needs_whole_batch, of_expressions, of_node};

/// The topmost DISTINCT as what it is, a group for each different row, if no aggregate stands above it.
pub(super) fn distinct_as_groups(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let input = Arc::unwrap_or_clone(input);
            let columns = input.schema().columns().into_iter().map(Expr::Column);
            let columns: Vec<Expr> = columns.collect();
            LogicalPlanBuilder::from(input)
                .aggregate(columns, Vec::<Expr>::new())?
                .build()
        }
        LogicalPlan::Aggregate(_) => Ok(plan),
        other if other.inputs().len() == 1 => {
            let plan = other.map_children(|child| distinct_as_groups(child).map(Transformed::yes))?;
            Ok(plan.data)
        }
        other => Ok(other),
    }
}

/// The one aggregate of a query, reached from the top by operators with one input each.
pub(super) fn aggregate(plan: &LogicalPlan) -> Option<&Aggregate> {
    let mut node = plan;
    loop {
        node = match (node, node.inputs().as_slice()) {
            (LogicalPlan::Aggregate(aggregate), _) => return Some(aggregate),
            (_, [input]) => input,
            _ => return None,
        };
    }
}

/// Why the operators around the aggregate can't be kept up on a stream, if they can't.
pub(super) fn refuse(plan: &LogicalPlan, aggregate: &Aggregate, mode: OutputMode) -> Option<SqlProblem> {
    match needs_whole_batch(&aggregate.input) {
        Some(NeedsMore::Aggregate | NeedsMore::Distinct) => return Some(nested()),
        Some(other) => return Some(other.refuse()),
        None => {}
    }
    let mut node = plan;
    while !matches!(node, LogicalPlan::Aggregate(_)) {
        if let Some(needs) = of_node(node).or_else(|| of_expressions(node)) {
            let whole = matches!(needs, NeedsMore::Sort | NeedsMore::Limit | NeedsMore::WindowFunction);
            match mode {
                OutputMode::Complete if whole => {}
                OutputMode::Append | OutputMode::Update if whole => return Some(needs.refuse_above_aggregate(mode)),
                _ => return Some(needs.refuse()),
            }
        }
        node = match node.inputs().as_slice() {
            [input] => input,
            _ => return Some(NeedsMore::Aggregate.refuse()),
        };
    }
    if let Some(needs) = of_expressions(node) {
        return Some(needs.refuse());
    }
    let sets = aggregate
        .group_expr
        .iter()
        .any(|expr| matches!(expr, Expr::GroupingSet(_)));
    sets.then(|| {
        SqlProblem::new(
            "ROLLUP, CUBE and GROUPING SETS do not work on a stream: each of their groupings has a state of its own",
        )
        .hint("give each grouping a table of its own, or run the pipeline with `--once`")
    })
}

fn nested() -> SqlProblem {
    SqlProblem::new("an aggregate over an aggregate does not work on a stream: the inner one's rows change after the outer one has counted them")
        .hint("write the inner one's rows to a topic or to Parquet and aggregate those, or run the pipeline with `--once`")
}

/// The query with another plan in its aggregate's place.
pub(super) fn replace(plan: LogicalPlan, by: &LogicalPlan) -> Result<LogicalPlan> {
    if matches!(plan, LogicalPlan::Aggregate(_)) {
        return Ok(by.clone());
    }
    let plan = plan.map_children(|child| replace(child, by).map(Transformed::yes))?;
    // A window is never null: the columns above have to hear of it.
    plan.data.recompute_schema()
}
