//! The event-time window of an aggregate, in a batch: its windows are made columns below the aggregate, which then
//! groups by a column like any other. On a stream, `cut` puts bounds in the window's place instead.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, ScalarValue, internal_err, plan_err};
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunction};
use datafusion::logical_expr::{
    Aggregate, Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, ScalarUDF, WindowFunctionDefinition, WindowUDF,
    col,
};

use super::assign::EventWindow;
use super::session::Sessions;
use super::{SESSION_WINDOW, WINDOW};
use crate::event_time::{Window, Windows};

/// The column of windows between projection and aggregate.
const WINDOWS: &str = "__windows";

/// What a window call in a plan says.
#[derive(Debug, Clone)]
pub(in crate::sql) enum WindowCall {
    Fixed {
        time: Expr,
        windows: Windows,
        args: Vec<Expr>,
    },
    Session {
        time: Expr,
        gap: i64,
    },
}

impl WindowCall {
    /// What tells the time.
    pub(in crate::sql) fn time(&self) -> &Expr {
        match self {
            Self::Fixed { time, .. } | Self::Session { time, .. } => time,
        }
    }

    pub(in crate::sql) fn window(&self) -> Window {
        match self {
            Self::Fixed { windows, .. } => Window::Fixed(*windows),
            Self::Session { gap, .. } => Window::Session { gap: *gap },
        }
    }
}

/// The plan with every aggregate over windows rewritten.
pub(in crate::sql) fn plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !calls_a_window(&plan)? {
        return Ok(plan);
    }
    let plan = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Aggregate(aggregate) => regroup(aggregate).map(Transformed::yes),
        // A window below is never null: the columns above have to hear of it.
        other => other.recompute_schema().map(Transformed::yes),
    })?;
    refuse_elsewhere(&plan.data)?;
    Ok(plan.data)
}

fn calls_a_window(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.exists(|expr| Ok(window_call(expr).is_some()))?;
            Ok(if found {
                TreeNodeRecursion::Stop
            } else {
                TreeNodeRecursion::Continue
            })
        })
    })?;
    Ok(found)
}

/// Outside of GROUP BY a tumbling window is a function like any other; the rest is not.
fn refuse_elsewhere(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| match window_call(expr) {
                Some(WindowCall::Session { .. }) => {
                    plan_err!("`session_window` stands in GROUP BY only: a session is made of several rows")
                }
                Some(WindowCall::Fixed { windows, .. }) if !windows.is_tumbling() => {
                    plan_err!("`window` with a slide stands in GROUP BY only: a row is in several such windows")
                }
                _ => Ok(TreeNodeRecursion::Continue),
            })
        })
    })?;
    Ok(())
}

/// The window that a call stands for.
pub(in crate::sql) fn window_call(expr: &Expr) -> Option<WindowCall> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else {
        return None;
    };
    let (time, lengths) = args.split_first()?;
    let lengths = lengths.iter().map(number).collect::<Option<Vec<i64>>>()?;
    match (func.name(), lengths.as_slice()) {
        (WINDOW, &[size, slide, start]) => {
            let windows = Windows { size, slide, start };
            Some(WindowCall::Fixed {
                time: time.clone(),
                windows,
                args: args.clone(),
            })
        }
        (SESSION_WINDOW, &[gap]) => Some(WindowCall::Session {
            time: time.clone(),
            gap,
        }),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::Int64(number), _) => *number,
        Expr::Negative(inner) => number(inner).map(|number| -number),
        _ => None,
    }
}

/// The aggregate with its window made below it, under the name it had, so that nothing above notices.
fn regroup(aggregate: Aggregate) -> Result<LogicalPlan> {
    let Aggregate {
        input,
        group_expr,
        aggr_expr,
        ..
    } = aggregate;
    let unaliased = |expr: &Expr| window_call(&expr.clone().unalias());
    let window = group_expr
        .iter()
        .enumerate()
        .find_map(|(i, expr)| Some((i, unaliased(expr)?)));
    let Some((place, call)) = window else {
        return Ok(LogicalPlan::Aggregate(Aggregate::try_new(
            input, group_expr, aggr_expr,
        )?));
    };
    let others: Vec<Expr> = group_expr
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != place)
        .map(|(_, expr)| expr.clone().unalias())
        .collect();
    let input = Arc::unwrap_or_clone(input);
    let (input, window) = match call {
        WindowCall::Fixed { time, windows, args } if windows.is_tumbling() => {
            let window = ScalarUDF::from(EventWindow::tumbling()).call(args);
            (with_time(input, time)?, window)
        }
        WindowCall::Fixed { time, args, .. } => slide(with_time(input, time)?, args)?,
        WindowCall::Session { time, gap } => join_sessions(with_time(input, time.clone())?, time, gap, others)?,
    };
    let mut group_expr = group_expr;
    let Some(grouped) = group_expr.get_mut(place) else {
        return internal_err!("a group expression went missing");
    };
    let name = grouped.schema_name().to_string();
    *grouped = window.alias(name);
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(
        Arc::new(input),
        group_expr,
        aggr_expr,
    )?))
}

/// Rows without a time fall in no window.
fn with_time(input: LogicalPlan, time: Expr) -> Result<LogicalPlan> {
    LogicalPlanBuilder::from(input).filter(time.is_not_null())?.build()
}

/// Each row once for every window it is in.
fn slide(input: LogicalPlan, args: Vec<Expr>) -> Result<(LogicalPlan, Expr)> {
    let windows = ScalarUDF::from(EventWindow::sliding()).call(args).alias(WINDOWS);
    let columns = input.schema().columns().into_iter().map(Expr::Column);
    let exprs: Vec<Expr> = columns.chain([windows]).collect();
    let input = LogicalPlanBuilder::from(input)
        .project(exprs)?
        .unnest_column(Column::from_name(WINDOWS))?
        .build()?;
    Ok((input, col(WINDOWS)))
}

/// Each row with its session among the rows of the same other keys.
fn join_sessions(input: LogicalPlan, time: Expr, gap: i64, keys: Vec<Expr>) -> Result<(LogicalPlan, Expr)> {
    let function = WindowFunctionDefinition::WindowUDF(Arc::new(WindowUDF::from(Sessions::new(gap))));
    let sessions = Expr::from(WindowFunction::new(function, vec![time.clone()]))
        .partition_by(keys)
        .order_by(vec![time.sort(true, true)])
        .build()?;
    let name = sessions.schema_name().to_string();
    let input = LogicalPlanBuilder::from(input).window(vec![sessions])?.build()?;
    Ok((input, Expr::Column(Column::from_name(name))))
}
