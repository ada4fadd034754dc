//! The window calls in a query's text: their lengths read once, and the names `window` and `session_window` put back
//! to the call they stand for.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, Interval, ObjectName,
    OrderByKind, Query, Select, SelectItem, SetExpr, Spanned, Value, VisitMut, VisitorMut,
};

use super::interval::micros;
use super::{SESSION_WINDOW, WINDOW};
use crate::sql::problem::SqlProblem;

/// Makes every window call a function of numbers (microseconds), and every mention of the column that a GROUP BY's
/// call makes that call again: DataFusion finds group expressions wherever they stand.
pub(in crate::sql) fn spread(query: &mut Query) -> Result<(), SqlProblem> {
    let done = match query.visit(&mut Lengths) {
        ControlFlow::Continue(()) => query.visit(&mut Mentions),
        broken @ ControlFlow::Break(_) => broken,
    };
    match done {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

/// `Some` with the lower-case name if this is a call of a window.
fn window_name(function: &Function) -> Option<&'static str> {
    let is = |name: &str| function.name.to_string().eq_ignore_ascii_case(name);
    match function.over {
        Some(_) => None,
        None if is(WINDOW) => Some(WINDOW),
        None if is(SESSION_WINDOW) => Some(SESSION_WINDOW),
        None => None,
    }
}

/// Reads the interval texts of each call.
struct Lengths;

impl VisitorMut for Lengths {
    type Break = SqlProblem;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlProblem> {
        let place = expr.span().start;
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let Some(name) = window_name(function) else {
            return ControlFlow::Continue(());
        };
        match lengths(name, function) {
            Ok(()) => ControlFlow::Continue(()),
            Err(problem) => ControlFlow::Break(problem.at(place)),
        }
    }
}

fn lengths(name: &str, function: &mut Function) -> Result<(), SqlProblem> {
    let usage = match name {
        WINDOW => "write `window(time, '1 minute')`, or with a slide `window(time, '1 minute', '10 seconds')`",
        _ => "write `session_window(time, '5 minutes')`",
    };
    let FunctionArguments::List(list) = &mut function.args else {
        return Err(SqlProblem::new(format!("`{name}` needs a time and a length")).hint(usage));
    };
    let mut args = list.args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    let (Some(Some(time)), Some(texts)) = (args.next(), args.collect::<Option<Vec<&Expr>>>()) else {
        return Err(SqlProblem::new(format!("`{name}` needs a time and a length")).hint(usage));
    };
    let numbers = texts
        .iter()
        .map(|text| length(text).map_err(|why| SqlProblem::new(format!("`{name}`: {why}")).hint(usage)))
        .collect::<Result<Vec<i64>, SqlProblem>>()?;
    let numbers = match (name, numbers.as_slice()) {
        (WINDOW, &[size]) => window_lengths(size, size, 0)?,
        (WINDOW, &[size, slide]) => window_lengths(size, slide, 0)?,
        (WINDOW, &[size, slide, start]) => window_lengths(size, slide, start)?,
        (SESSION_WINDOW, &[gap]) if gap > 0 => vec![gap],
        (SESSION_WINDOW, &[_]) => return Err(SqlProblem::new("`session_window`: the gap must be longer than nothing")),
        _ => return Err(SqlProblem::new(format!("`{name}` has too few or too many arguments")).hint(usage)),
    };
    let number = |micros: &i64| {
        // A sign of its own node, as the parser makes it.
        let digits = Expr::value(Value::Number(micros.unsigned_abs().to_string(), false));
        let expr = if *micros < 0 {
            use datafusion::sql::sqlparser::ast::UnaryOperator::Minus;
            Expr::UnaryOp {
                op: Minus,
                expr: Box::new(digits),
            }
        } else {
            digits
        };
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
    };
    let time = FunctionArg::Unnamed(FunctionArgExpr::Expr(time.clone()));
    list.args = std::iter::once(time).chain(numbers.iter().map(number)).collect();
    function.name = ObjectName::from(vec![Ident::new(name)]);
    Ok(())
}

/// How many windows one row may fall in: each is a row of its own below the aggregate.
const MOST_WINDOWS: i64 = 10_000;

fn window_lengths(size: i64, slide: i64, start: i64) -> Result<Vec<i64>, SqlProblem> {
    if size <= 0 || slide <= 0 {
        return Err(SqlProblem::new("`window`: size and slide must be longer than nothing"));
    }
    if slide > size {
        return Err(SqlProblem::new("`window`: the slide is longer than the size")
            .hint("rows between two windows would be in none; give a slide of at most the size"));
    }
    if size / slide > MOST_WINDOWS {
        return Err(
            SqlProblem::new(format!("`window`: each row would be in {} windows", size / slide))
                .hint(format!("a longer slide makes fewer; there may be {MOST_WINDOWS}")),
        );
    }
    if start.unsigned_abs() >= slide.unsigned_abs() {
        return Err(SqlProblem::new(
            "`window`: the start offset must be shorter than the slide",
        ));
    }
    Ok(vec![size, slide, start])
}

fn length(expr: &Expr) -> Result<i64, String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => micros(text),
            other => Err(format!(
                "`{other}` is no length of time; write a text such as '10 seconds'"
            )),
        },
        Expr::Interval(Interval {
            value, leading_field, ..
        }) => {
            let amount = match value.as_ref() {
                Expr::Value(value) => value.value.to_string().trim_matches(['\'', '"']).to_owned(),
                other => other.to_string(),
            };
            match leading_field {
                Some(unit) => micros(&format!("{amount} {unit}")),
                None => micros(&amount),
            }
        }
        other => Err(format!(
            "`{other}` is no length of time; it must be a text such as '10 seconds', the same for all rows"
        )),
    }
}

/// Puts a GROUP BY's window call in the place of its name.
struct Mentions;

impl VisitorMut for Mentions {
    type Break = SqlProblem;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlProblem> {
        if let SetExpr::Select(select) = query.body.as_ref()
            && let Some(call) = grouped(select)?
            && let Some(OrderByKind::Expressions(orders)) = query.order_by.as_mut().map(|order| &mut order.kind)
        {
            let mut mention = Mention { call };
            for order in orders {
                let _ = order.expr.visit(&mut mention);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlProblem> {
        let Some(call) = grouped(select)? else {
            return ControlFlow::Continue(());
        };
        let mut mention = Mention { call };
        for item in &mut select.projection {
            // A bare `window` keeps its name.
            if let SelectItem::UnnamedExpr(Expr::Identifier(ident)) = item
                && ident.value.eq_ignore_ascii_case(mention.name())
            {
                let alias = Ident::with_quote('`', mention.name());
                *item = SelectItem::ExprWithAlias {
                    expr: Expr::Function(mention.call.clone()),
                    alias,
                };
            }
            let _ = item.visit(&mut mention);
        }
        let _ = select.having.visit(&mut mention);
        let _ = select.qualify.visit(&mut mention);
        ControlFlow::Continue(())
    }
}

/// The window call among a SELECT's group expressions.
fn grouped(select: &Select) -> ControlFlow<SqlProblem, Option<Function>> {
    let GroupByExpr::Expressions(exprs, _) = &select.group_by else {
        return ControlFlow::Continue(None);
    };
    let mut calls = exprs.iter().filter_map(|expr| match expr {
        Expr::Function(function) if window_name(function).is_some() => Some(function),
        _ => None,
    });
    let first = calls.next();
    match calls.find(|other| Some(*other) != first) {
        Some(second) => ControlFlow::Break(
            SqlProblem::new("a GROUP BY has one window, and this one has two")
                .at(second.span().start)
                .hint("make a table for each window; joined, every row would count in each pair of them"),
        ),
        None => ControlFlow::Continue(first.cloned()),
    }
}

struct Mention {
    call: Function,
}

impl Mention {
    fn name(&self) -> &'static str {
        window_name(&self.call).unwrap_or(WINDOW)
    }
}

impl VisitorMut for Mention {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) if ident.value.eq_ignore_ascii_case(self.name()) => {
                *expr = Expr::Function(self.call.clone());
            }
            Expr::CompoundIdentifier(idents) => {
                if let [column, field] = idents.as_slice()
                    && column.value.eq_ignore_ascii_case(self.name())
                {
                    let field = field.value.to_lowercase();
                    *expr = crate::sql::spark::field_of(Expr::Function(self.call.clone()), &field);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
