//! `WHERE b <> 0 AND a / b > 1`: what can fail is computed only for rows that the conditions before it let through.
//!
//! DataFusion computes both sides of an AND for a whole batch; Spark goes row by row, and so do the people who write
//! such conditions.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Query, Select, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use super::build::{binary, case, cast};

/// Guards the conditions of every WHERE and HAVING.
pub(super) fn protect(query: &mut Query) {
    let _ = query.visit(&mut Conditions);
}

struct Conditions;

impl VisitorMut for Conditions {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for condition in [&mut select.selection, &mut select.having] {
            if let Some(whole) = condition.take() {
                *condition = Some(guarded(whole));
            }
        }
        ControlFlow::Continue(())
    }

    // The same for a CASE that someone wrote.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Case { conditions, .. } = &*expr
            && conditions
                .iter()
                .any(|when| is_condition(&when.result) && can_fail(&when.result))
        {
            *expr = lazily(expr.clone());
        }
        ControlFlow::Continue(())
    }
}

/// `a AND b AND f` as `a AND b AND CASE WHEN a AND b THEN f END`. The conditions stay beside the CASE: the optimiser
/// finds the keys of a join among them.
fn guarded(whole: Expr) -> Expr {
    match whole {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let before = guarded(*left);
            let after = if can_fail(&right) {
                lazily(case(before.clone(), *right, None))
            } else {
                *right
            };
            binary(before, BinaryOperator::And, after)
        }
        other => other,
    }
}

/// A CASE of conditions as one of numbers: the optimiser makes AND and OR of the former, which are computed for all
/// rows.
fn lazily(expr: Expr) -> Expr {
    let Expr::Case {
        case_token,
        end_token,
        operand,
        mut conditions,
        else_result,
    } = expr
    else {
        return expr;
    };
    let number = |condition: Expr| cast(condition, DataType::Int(None));
    for when in &mut conditions {
        when.result = number(std::mem::replace(&mut when.result, Expr::value(Value::Null)));
    }
    let else_result = else_result.map(|result| Box::new(number(*result)));
    cast(
        Expr::Case {
            case_token,
            end_token,
            operand,
            conditions,
            else_result,
        },
        DataType::Boolean,
    )
}

/// Whether an expression is certainly a condition, by its outermost operator.
fn is_condition(expr: &Expr) -> bool {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    match expr {
        Expr::BinaryOp { op, .. } => matches!(op, And | Or | Eq | NotEq | Lt | LtEq | Gt | GtEq),
        Expr::Nested(inner) => is_condition(inner),
        Expr::Between { .. } | Expr::InList { .. } | Expr::Like { .. } => true,
        _ => false,
    }
}

fn can_fail(expr: &Expr) -> bool {
    expr.visit(&mut Fallible).is_break()
}

struct Fallible;

impl Visitor for Fallible {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let fails = match expr {
            Expr::BinaryOp { op, .. } => {
                matches!(
                    op,
                    BinaryOperator::Divide | BinaryOperator::Modulo | BinaryOperator::MyIntegerDivide
                )
            }
            Expr::Cast { kind, .. } => matches!(kind, CastKind::Cast | CastKind::DoubleColon),
            Expr::Function(function) => ["to_timestamp", "to_date", "mod"]
                .iter()
                .any(|name| function.name.to_string().eq_ignore_ascii_case(name)),
            _ => false,
        };
        if fails {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
