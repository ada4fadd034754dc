//! The names of columns that the query does not name: what Spark would print above them.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, Select, SelectItem, Subscript, TableFactor, TableWithJoins, UnaryOperator, Value, VisitMut,
    VisitorMut,
};

/// Puts `AS` behind every expression without a name.
pub(super) fn name_columns(query: &mut Query) {
    let _ = query.visit(&mut Headings);
}

struct Headings;

impl VisitorMut for Headings {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let relations = relations(&select.from);
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && let Some(heading) = top_heading(expr, &relations)
            {
                let alias = Ident::with_quote('`', heading);
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias,
                };
            }
        }
        ControlFlow::Continue(())
    }
}

/// The names under which a FROM's tables are spoken of.
pub(super) fn relations(from: &[TableWithJoins]) -> Vec<String> {
    let factors = from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    let mut names = Vec::new();
    for factor in factors {
        match factor {
            TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
                names.push(alias.name.value.clone());
            }
            TableFactor::Table { name, .. } => names.extend(name.0.last().map(|part| match part.as_ident() {
                Some(ident) => ident.value.clone(),
                None => part.to_string(),
            })),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                names.extend(relations(std::slice::from_ref(table_with_joins)))
            }
            _ => {}
        }
    }
    names
}

/// The heading of a whole column; `None` for a column of a table, which has its name.
fn top_heading(expr: &Expr, relations: &[String]) -> Option<String> {
    match expr {
        Expr::Identifier(_) => None,
        Expr::CompoundIdentifier(idents) => {
            let of_table = idents.len() == 2 && idents.first().is_some_and(|first| relations.contains(&first.value));
            (!of_table)
                .then(|| idents.last().map(|last| last.value.clone()))
                .flatten()
        }
        Expr::Nested(inner) => top_heading(inner, relations),
        // Spark names a cast column after the column.
        Expr::Cast { expr: inner, .. } => match inner.as_ref() {
            Expr::Identifier(ident) => Some(ident.value.clone()),
            Expr::CompoundIdentifier(idents) if idents.len() == 2 && relations.contains(&idents[0].value) => {
                Some(idents[1].value.clone())
            }
            _ => Some(heading(expr)),
        },
        Expr::Function(function) => Some(match lower_name(function).as_str() {
            name @ ("window" | "session_window") if function.over.is_none() => name.to_owned(),
            "explode" | "unnest" => "col".to_owned(),
            _ => heading(expr),
        }),
        other => Some(heading(other)),
    }
}

fn lower_name(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// An expression as Spark writes it out.
fn heading(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(idents) => idents
            .iter()
            .map(|ident| ident.value.as_str())
            .collect::<Vec<_>>()
            .join("."),
        Expr::Nested(inner) => heading(inner),
        Expr::Value(value) => literal(&value.value),
        Expr::BinaryOp { left, op, right } => format!("({} {} {})", heading(left), operator(op), heading(right)),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => format!("(NOT {})", heading(expr)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match expr.as_ref() {
            Expr::Value(value) => format!("-{}", literal(&value.value)),
            other => format!("(- {})", heading(other)),
        },
        Expr::IsNull(expr) => format!("({} IS NULL)", heading(expr)),
        Expr::IsNotNull(expr) => format!("({} IS NOT NULL)", heading(expr)),
        Expr::InList {
            expr,
            list,
            negated: false,
        } => format!("({} IN ({}))", heading(expr), headings(list.iter())),
        Expr::Like {
            expr,
            pattern,
            negated: false,
            ..
        } => format!("{} LIKE {}", heading(expr), heading(pattern)),
        Expr::Cast { expr, data_type, .. } => format!("CAST({} AS {data_type})", heading(expr)),
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            let operand = operand.iter().map(|operand| format!(" {}", heading(operand)));
            let branches = conditions
                .iter()
                .map(|when| format!(" WHEN {} THEN {}", heading(&when.condition), heading(&when.result)));
            let otherwise = else_result.iter().map(|result| format!(" ELSE {}", heading(result)));
            format!(
                "CASE{} END",
                operand.chain(branches).chain(otherwise).collect::<String>()
            )
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            access_chain.iter().fold(heading(root), |whole, access| match access {
                AccessExpr::Dot(field) => format!("{whole}.{}", heading(field)),
                AccessExpr::Subscript(Subscript::Index { index }) => format!("{whole}[{}]", heading(index)),
                AccessExpr::Subscript(other) => format!("{whole}[{other}]"),
            })
        }
        Expr::Function(function) if function.over.is_none() => call(function),
        Expr::Ceil { expr, .. } => format!("CEIL({})", heading(expr)),
        Expr::Floor { expr, .. } => format!("FLOOR({})", heading(expr)),
        Expr::Subquery(_) => "scalarsubquery()".to_owned(),
        other => other.to_string(),
    }
}

fn headings<'e>(exprs: impl Iterator<Item = &'e Expr>) -> String {
    exprs.map(heading).collect::<Vec<_>>().join(", ")
}

fn call(function: &Function) -> String {
    let name = lower_name(function);
    let FunctionArguments::List(list) = &function.args else {
        return format!("{name}()");
    };
    let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
    let args: Vec<String> = list
        .args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => heading(expr),
            // A star inside a call is Spark's literal one: `count(1)`.
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => "1".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let filter = function
        .filter
        .as_ref()
        .map(|filter| format!(" FILTER (WHERE {})", heading(filter)));
    let distinct = if distinct { "DISTINCT " } else { "" };
    format!("{name}({distinct}{}){}", args.join(", "), filter.unwrap_or_default())
}

fn literal(value: &Value) -> String {
    match value {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
        Value::Null => "NULL".to_owned(),
        other => other.to_string(),
    }
}

fn operator(op: &BinaryOperator) -> String {
    match op {
        BinaryOperator::NotEq => "!=".to_owned(),
        BinaryOperator::MyIntegerDivide => "div".to_owned(),
        other => other.to_string(),
    }
}
