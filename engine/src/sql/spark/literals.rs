//! Whole numbers are Spark's `int` where they fit, not DataFusion's 64 bits.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select,
    SelectItem, UnaryOperator, Value, VisitMut, VisitorMut,
};

/// Narrows the numbers whose type decides that of a column: columns themselves, operands of arithmetic, the branches
/// of a CASE. Elsewhere (limits, ordinals, indexes, the arguments of functions) the width does not show.
pub(super) fn narrow(query: &mut Query) {
    let _ = query.visit(&mut Narrow);
}

struct Narrow;

/// Functions whose result has the type of their arguments.
const TAKES_ITS_ARGUMENTS_TYPE: [&str; 12] = [
    "make_array",
    "named_struct",
    "struct",
    "coalesce",
    "nvl",
    "nvl2",
    "ifnull",
    "nullif",
    "greatest",
    "least",
    "min",
    "max",
];

impl VisitorMut for Narrow {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                narrow_number(expr);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply | BinaryOperator::Modulo,
                right,
            } => {
                narrow_number(left);
                narrow_number(right);
            }
            Expr::Case {
                conditions,
                else_result,
                ..
            } => {
                conditions.iter_mut().for_each(|when| narrow_number(&mut when.result));
                else_result.iter_mut().for_each(|result| narrow_number(result));
            }
            Expr::Function(Function {
                name,
                args: FunctionArguments::List(list),
                ..
            }) if TAKES_ITS_ARGUMENTS_TYPE.contains(&name.to_string().as_str()) => {
                for arg in &mut list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) = arg {
                        narrow_number(arg);
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn narrow_number(expr: &mut Expr) {
    let digits = match &*expr {
        Expr::Value(value) => &value.value,
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match expr.as_ref() {
            Expr::Value(value) => &value.value,
            _ => return,
        },
        _ => return,
    };
    if let Value::Number(digits, false) = digits
        && digits.parse::<i32>().is_ok()
    {
        *expr = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(expr.clone()),
            data_type: DataType::Int(None),
            array: false,
            format: None,
        };
    }
}
