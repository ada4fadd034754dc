//! Whether each row of a query depends on one input row only, and if not, why not.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::problem::SqlProblem;
use super::watermark::is_watermark;
use crate::event_time::OutputMode;

/// What of a query looks at more than one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NeedsMore {
    Aggregate,
    Distinct,
    Sort,
    Limit,
    Join,
    WindowFunction,
    Subquery,
    Recursion,
    Constant,
}

/// The first thing, from the outside in, for which a plan needs its whole input at once.
pub(super) fn needs_whole_batch(plan: &LogicalPlan) -> Option<NeedsMore> {
    let mut found = None;
    let _ = plan.apply(|node| {
        found = found.or_else(|| of_node(node)).or_else(|| of_expressions(node));
        Ok(if found.is_some() {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    found
}

pub(super) fn of_node(node: &LogicalPlan) -> Option<NeedsMore> {
    Some(match node {
        LogicalPlan::Aggregate(_) => NeedsMore::Aggregate,
        LogicalPlan::Distinct(_) => NeedsMore::Distinct,
        LogicalPlan::Sort(_) => NeedsMore::Sort,
        LogicalPlan::Limit(_) => NeedsMore::Limit,
        LogicalPlan::Join(_) => NeedsMore::Join,
        LogicalPlan::Window(_) => NeedsMore::WindowFunction,
        LogicalPlan::RecursiveQuery(_) => NeedsMore::Recursion,
        LogicalPlan::Values(_) | LogicalPlan::EmptyRelation(_) => NeedsMore::Constant,
        LogicalPlan::Subquery(_) => NeedsMore::Subquery,
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::TableScan(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::Unnest(_) => return None,
        LogicalPlan::Extension(_) if is_watermark(node) => return None,
        // Nothing else comes out of a SELECT; were it to, the whole batch is the safe side.
        _ => NeedsMore::Constant,
    })
}

pub(super) fn of_expressions(node: &LogicalPlan) -> Option<NeedsMore> {
    let mut found = None;
    let _ = node.apply_expressions(|expr| {
        expr.apply(|expr| {
            if matches!(
                expr,
                Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_)
            ) {
                found = Some(NeedsMore::Subquery);
            }
            Ok(TreeNodeRecursion::Continue)
        })
    });
    found
}

impl NeedsMore {
    /// The same for what stands above an aggregate, where complete mode has the whole result.
    pub(super) fn refuse_above_aggregate(self, mode: OutputMode) -> SqlProblem {
        let (what, why) = match self {
            Self::Sort => ("ORDER BY", "only part of the result comes out at a time"),
            Self::Limit => ("LIMIT", "only part of the result comes out at a time"),
            _ => ("a function with OVER", "it looks at rows of other batches"),
        };
        SqlProblem::new(format!(
            "{what} above an aggregate does not work in {} mode: {why}",
            mode.name()
        ))
        .hint("give the sink `mode = \"complete\"`, leave it out here, or run the pipeline with `--once`")
    }

    /// Why this is no query for a stream, and what is the nearest that works.
    pub(super) fn refuse(self) -> SqlProblem {
        let (what, why, instead) = match self {
            Self::Aggregate => (
                "an aggregate beside other rows (in one part of a UNION or of a join)",
                "its groups change while the other rows are done",
                "give the aggregate a table of its own, or run the pipeline with `--once`",
            ),
            Self::Distinct => (
                "DISTINCT (also in UNION)",
                "it would have to remember every row there ever was",
                "run the pipeline with `--once`, or use `UNION ALL`",
            ),
            Self::Sort => (
                "ORDER BY",
                "a stream has no last row to sort up to",
                "leave it out here, or run the pipeline with `--once`",
            ),
            Self::Limit => (
                "LIMIT",
                "a stream would end with it",
                "use a sink's `num_rows` to show less, or run the pipeline with `--once`",
            ),
            Self::Join => (
                "a join",
                "a row's partner may be in any batch, before or after",
                "run the pipeline with `--once`; to put an array's elements beside their row, use `explode`",
            ),
            Self::WindowFunction => (
                "a function with OVER",
                "it looks at rows of other batches",
                "run the pipeline with `--once`",
            ),
            Self::Subquery => (
                "a subquery in an expression",
                "its answer changes with every batch",
                "run the pipeline with `--once`; a subquery in FROM works on a stream",
            ),
            Self::Recursion => (
                "WITH RECURSIVE",
                "it reads its own rows",
                "run the pipeline with `--once`",
            ),
            Self::Constant => (
                "a SELECT without a table",
                "nothing would ever trigger it",
                "read a table above, or run the pipeline with `--once`",
            ),
        };
        SqlProblem::new(format!("{what} does not work on a stream: {why}")).hint(instead)
    }
}
