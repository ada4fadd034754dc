//! Spark's functions and operators that DataFusion has under another name or in other pieces.
//!
//! What DataFusion does not have at all is in `sql::function`; what it has with the same name and meaning needs no
//! line anywhere.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CeilFloorKind, DataType, DateTimeField, DuplicateTreatment, Expr, Function,
    FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Query, Spanned, Subscript, UnaryOperator,
    Value, VisitMut, VisitorMut,
};

use super::build::{binary, call, case, cast, field_of, number, text, timestamp, try_cast};
use crate::sql::problem::SqlProblem;

/// Respells every expression of the query, subqueries included.
pub(super) fn respell(query: &mut Query) -> Result<(), SqlProblem> {
    match query.visit(&mut Spelling) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

struct Spelling;

impl VisitorMut for Spelling {
    type Break = SqlProblem;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlProblem> {
        let respelled = match expr {
            Expr::Value(value) => {
                if let Value::DoubleQuotedString(text) = &value.value {
                    value.value = Value::SingleQuotedString(text.clone());
                }
                None
            }
            Expr::RLike {
                negated, expr, pattern, ..
            } => {
                let matches = call("regexp_like", vec![*expr.clone(), *pattern.clone()]);
                Some(if *negated {
                    Expr::UnaryOp {
                        op: UnaryOperator::Not,
                        expr: Box::new(matches),
                    }
                } else {
                    matches
                })
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Spaceship,
                right,
            } => Some(Expr::IsNotDistinctFrom(left.clone(), right.clone())),
            Expr::CompoundFieldAccess { root, access_chain } => access(root, access_chain),
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => Some(cast(call("ceil", vec![*expr.clone()]), DataType::BigInt(None))),
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => Some(cast(call("floor", vec![*expr.clone()]), DataType::BigInt(None))),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let from = substring_from.as_deref().cloned().unwrap_or_else(|| number(1));
                let length = substring_for
                    .as_deref()
                    .cloned()
                    .unwrap_or_else(|| number(i64::from(i32::MAX)));
                Some(call("spark_substring", vec![*expr.clone(), from, length]))
            }
            Expr::Function(function) => match function_respelled(function) {
                Ok(respelled) => respelled,
                Err(problem) => return ControlFlow::Break(problem.at(function.span().start)),
            },
            _ => None,
        };
        if let Some(respelled) = respelled {
            *expr = respelled;
        }
        ControlFlow::Continue(())
    }
}

/// `a[0].b['c']` as calls. Spark counts an array's elements from 0 here, DataFusion from 1.
fn access(root: &Expr, chain: &[AccessExpr]) -> Option<Expr> {
    chain.iter().try_fold(root.clone(), |whole, access| match access {
        AccessExpr::Dot(Expr::Identifier(field)) => Some(field_of(whole, &field.value)),
        AccessExpr::Subscript(Subscript::Index { index }) => Some(match index {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(field) | Value::DoubleQuotedString(field) => field_of(whole, field),
                _ => call(
                    "array_element",
                    vec![whole, binary(index.clone(), BinaryOperator::Plus, number(1))],
                ),
            },
            _ => call(
                "array_element",
                vec![whole, binary(index.clone(), BinaryOperator::Plus, number(1))],
            ),
        }),
        _ => None,
    })
}

/// The plain arguments of a call; `None` if there is a star or a name among them.
fn arguments(function: &Function) -> Option<Vec<Expr>> {
    match &function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::Subquery(_) => None,
        FunctionArguments::List(list) => list
            .args
            .iter()
            .map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                _ => None,
            })
            .collect(),
    }
}

fn function_respelled(function: &mut Function) -> Result<Option<Expr>, SqlProblem> {
    let name = function.name.to_string().to_lowercase();
    if let Some(other) = renamed(&name) {
        function.name = ObjectName::from(vec![Ident {
            value: other.to_owned(),
            quote_style: None,
            span: function.name.span(),
        }]);
    }
    if let Some(expr) = integer_of(&name, function) {
        return Ok(Some(expr));
    }
    let Some(args) = arguments(function) else {
        return Ok(None);
    };
    if function.over.is_none() && matches!(name.as_str(), "collect_list" | "collect_set") {
        return Ok(collect(function, &name, args));
    }
    if name == "explode_outer" {
        return Err(SqlProblem::new("`explode_outer` is not supported")
            .hint("use `explode`, which leaves out rows whose array is empty or null"));
    }
    Ok(conditional(&name, &args)
        .or_else(|| textual(&name, &args))
        .or_else(|| temporal(&name, args)))
}

/// Same arguments, same meaning, another name.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "explode" => "unnest",
        "first" | "any_value" => "first_value",
        "last" => "last_value",
        "mean" => "avg",
        "std" => "stddev",
        "variance" => "var_samp",
        "every" => "bool_and",
        "some" | "any" => "bool_or",
        "approx_count_distinct" => "approx_distinct",
        "len" => "length",
        "ucase" => "upper",
        "lcase" => "lower",
        "startswith" => "starts_with",
        "endswith" => "ends_with",
        "rlike" | "regexp" => "regexp_like",
        "sign" => "signum",
        "array" => "make_array",
        "element_at" => "array_element",
        "sort_array" => "array_sort",
        "substr" | "substring" => "spark_substring",
        _ => return None,
    })
}

/// Counts and ranks that DataFusion gives as unsigned numbers.
fn integer_of(name: &str, function: &Function) -> Option<Expr> {
    let whole = || Box::new(function.clone());
    match name {
        "row_number" | "rank" | "dense_rank" | "ntile" => Some(cast(Expr::Function(*whole()), DataType::Int(None))),
        "approx_count_distinct" => Some(cast(Expr::Function(*whole()), DataType::BigInt(None))),
        "size" | "array_size" | "cardinality" => {
            let args = arguments(function)?;
            Some(cast(call("cardinality", args), DataType::Int(None)))
        }
        _ => None,
    }
}

/// Spark leaves nulls out of what it collects.
fn collect(function: &Function, name: &str, args: Vec<Expr>) -> Option<Expr> {
    let [value] = <[Expr; 1]>::try_from(args).ok()?;
    let mut collected = function.clone();
    collected.name = ObjectName::from(vec![Ident::new("array_agg")]);
    if let (FunctionArguments::List(list), "collect_set") = (&mut collected.args, name) {
        list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
    }
    let not_null = Expr::IsNotNull(Box::new(value));
    let filter = match collected.filter.take() {
        Some(filter) => binary(*filter, BinaryOperator::And, not_null),
        None => not_null,
    };
    collected.filter = Some(Box::new(filter));
    // An aggregate over no rows is an empty array, not a null.
    Some(call(
        "coalesce",
        vec![Expr::Function(collected), call("make_array", Vec::new())],
    ))
}

fn conditional(name: &str, args: &[Expr]) -> Option<Expr> {
    Some(match (name, args) {
        ("isnull", [value]) => Expr::IsNull(Box::new(value.clone())),
        ("isnotnull", [value]) => Expr::IsNotNull(Box::new(value.clone())),
        ("if" | "iff", [condition, then, otherwise]) => case(condition.clone(), then.clone(), Some(otherwise.clone())),
        ("count_if", [condition]) => call("count", vec![case(condition.clone(), number(1), None)]),
        ("mod", [left, right]) => binary(left.clone(), BinaryOperator::Modulo, right.clone()),
        ("log", [value]) => call("ln", vec![value.clone()]),
        ("log", [base, value]) => call("log", vec![base.clone(), value.clone()]),
        ("round", [value]) => call("round", vec![value.clone(), number(0)]),
        ("ceiling" | "ceil", [value]) => cast(call("ceil", vec![value.clone()]), DataType::BigInt(None)),
        ("floor", [value]) => cast(call("floor", vec![value.clone()]), DataType::BigInt(None)),
        _ => return None,
    })
}

fn textual(name: &str, args: &[Expr]) -> Option<Expr> {
    Some(match (name, args) {
        // Spark's is null if any part is, which is what the operator says.
        ("concat", [first, rest @ ..]) => {
            let start = if rest.is_empty() {
                cast(first.clone(), DataType::String(None))
            } else {
                first.clone()
            };
            rest.iter().fold(start, |whole, part| {
                binary(whole, BinaryOperator::StringConcat, part.clone())
            })
        }
        ("locate", [part, whole]) => call("strpos", vec![whole.clone(), part.clone()]),
        ("regexp_replace", [value, pattern, by]) => call(
            "regexp_replace",
            vec![value.clone(), pattern.clone(), by.clone(), text("g")],
        ),
        ("regexp_extract", [value, pattern]) => call("regexp_extract", vec![value.clone(), pattern.clone(), number(1)]),
        ("substr" | "substring", [value, from]) => call(
            "spark_substring",
            vec![value.clone(), from.clone(), number(i64::from(i32::MAX))],
        ),
        _ => return None,
    })
}

fn temporal(name: &str, args: Vec<Expr>) -> Option<Expr> {
    let mut args = args.into_iter();
    let (first, second, third) = (args.next(), args.next(), args.next());
    let part = |part: &str, time: Expr| call("date_part", vec![text(part), cast(time, timestamp())]);
    let day_number = |date: Expr| cast(cast(date, DataType::Date), DataType::Int(None));
    let seconds = |time: Expr| cast(time, DataType::BigInt(None));
    Some(match (name, first, second, third) {
        ("current_date" | "curdate", None, None, None) => cast(call("now", Vec::new()), DataType::Date),
        ("to_timestamp", Some(value), None, None) => cast(value, timestamp()),
        ("try_to_timestamp", Some(value), None, None) => try_cast(value, timestamp()),
        ("to_timestamp", Some(value), Some(pattern), None) => call("parse_timestamp", vec![value, pattern]),
        ("try_to_timestamp", Some(value), Some(pattern), None) => call("try_parse_timestamp", vec![value, pattern]),
        ("to_date" | "date", Some(value), None, None) => cast(value, DataType::Date),
        ("to_date", Some(value), Some(pattern), None) => {
            cast(call("parse_timestamp", vec![value, pattern]), DataType::Date)
        }
        ("timestamp_seconds", Some(value), None, None) => cast(cast(value, DataType::BigInt(None)), timestamp()),
        ("unix_timestamp" | "to_unix_timestamp", None, None, None) => seconds(call("now", Vec::new())),
        ("unix_timestamp" | "to_unix_timestamp" | "unix_seconds", Some(value), None, None) => {
            seconds(cast(value, timestamp()))
        }
        ("unix_timestamp" | "to_unix_timestamp", Some(value), Some(pattern), None) => {
            seconds(call("parse_timestamp", vec![value, pattern]))
        }
        ("from_unixtime", Some(value), pattern, None) => {
            let time = cast(cast(value, DataType::BigInt(None)), timestamp());
            call(
                "date_format",
                vec![time, pattern.unwrap_or_else(|| text("yyyy-MM-dd HH:mm:ss"))],
            )
        }
        ("year" | "quarter" | "month" | "day" | "hour" | "minute" | "second", Some(time), None, None) => {
            part(name, time)
        }
        ("dayofmonth", Some(time), None, None) => part("day", time),
        ("dayofyear", Some(time), None, None) => part("doy", time),
        ("weekofyear", Some(time), None, None) => part("week", time),
        // Spark: 1 is Sunday.
        ("dayofweek", Some(time), None, None) => binary(part("dow", time), BinaryOperator::Plus, number(1)),
        // Spark: 0 is Monday.
        ("weekday", Some(time), None, None) => {
            let from_monday = binary(part("dow", time), BinaryOperator::Plus, number(6));
            binary(from_monday, BinaryOperator::Modulo, number(7))
        }
        ("datediff" | "date_diff", Some(end), Some(start), None) => {
            binary(day_number(end), BinaryOperator::Minus, day_number(start))
        }
        ("date_add" | "dateadd", Some(date), Some(days), None) => cast(
            binary(day_number(date), BinaryOperator::Plus, cast(days, DataType::Int(None))),
            DataType::Date,
        ),
        ("date_sub", Some(date), Some(days), None) => cast(
            binary(day_number(date), BinaryOperator::Minus, cast(days, DataType::Int(None))),
            DataType::Date,
        ),
        _ => return None,
    })
}
