//! `LATERAL VIEW explode(items) v AS item`: the same as a subquery in FROM that explodes.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, Ident, LateralView, Query, Select, SelectItem, Spanned, TableAlias, TableFactor,
    TableWithJoins, VisitMut, VisitorMut, WildcardAdditionalOptions,
};

use super::build::select_from;
use super::headings::relations;
use crate::sql::problem::SqlProblem;

/// Puts every lateral view into its FROM.
pub(super) fn unfold(query: &mut Query) -> Result<(), SqlProblem> {
    match query.visit(&mut Views) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

struct Views;

impl VisitorMut for Views {
    type Break = SqlProblem;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlProblem> {
        for view in std::mem::take(&mut select.lateral_views) {
            let place = view.lateral_view.span().start;
            if let Err(problem) = unfold_one(select, view) {
                return ControlFlow::Break(problem.at(place));
            }
        }
        ControlFlow::Continue(())
    }
}

fn unfold_one(select: &mut Select, view: LateralView) -> Result<(), SqlProblem> {
    let explodes = matches!(&view.lateral_view, Expr::Function(Function { name, args: FunctionArguments::List(list), .. })
        if name.to_string().eq_ignore_ascii_case("explode") && list.args.len() == 1);
    let ([column], true, false) = (view.lateral_col_alias.as_slice(), explodes, view.outer) else {
        return Err(
            SqlProblem::new("LATERAL VIEW works as `LATERAL VIEW explode(array) view AS column` only")
                .hint("put the `explode` into a subquery in FROM"),
        );
    };
    let names = relations(&select.from);
    let [table] = names.as_slice() else {
        return Err(SqlProblem::new("LATERAL VIEW works behind a single table only")
            .hint("put the join, or the `explode`, into a subquery in FROM"));
    };
    let exploded = SelectItem::ExprWithAlias {
        expr: view.lateral_view,
        alias: column.clone(),
    };
    let all = SelectItem::Wildcard(WildcardAdditionalOptions::default());
    let alias = TableAlias {
        explicit: true,
        name: Ident::with_quote('`', table),
        columns: Vec::new(),
        at: None,
    };
    let from = std::mem::take(&mut select.from);
    select.from = vec![TableWithJoins {
        relation: TableFactor::Derived {
            lateral: false,
            subquery: Box::new(select_from(vec![all, exploded], from)),
            alias: Some(alias),
            sample: None,
        },
        joins: Vec::new(),
    }];
    // `v.item` is `item` now.
    let mut mention = ViewName {
        view: view.lateral_view_name.to_string(),
        column: column.value.clone(),
    };
    let _ = select.projection.visit(&mut mention);
    let _ = select.selection.visit(&mut mention);
    let _ = select.group_by.visit(&mut mention);
    let _ = select.having.visit(&mut mention);
    Ok(())
}

struct ViewName {
    view: String,
    column: String,
}

impl VisitorMut for ViewName {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(idents) = expr
            && let [view, column, ..] = idents.as_slice()
            && view.value.eq_ignore_ascii_case(&self.view)
            && column.value.eq_ignore_ascii_case(&self.column)
        {
            idents.remove(0);
            if let [only] = idents.as_slice() {
                *expr = Expr::Identifier(only.clone());
            }
        }
        ControlFlow::Continue(())
    }
}
