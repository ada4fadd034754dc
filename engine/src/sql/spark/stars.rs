//! `item.*`: the fields of a struct column as columns.

use std::ops::ControlFlow;

use arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::{
    Cte, Expr, Ident, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, VisitMut, VisitorMut, With,
};

use super::build::select_from;
use super::headings::relations;
use crate::sql::problem::SqlProblem;
use crate::sql::tables::Tables;

/// Replaces every `x.*` whose `x` is a column, not a table, by the column's fields.
pub(super) fn expand(query: &mut Query, above: &Tables<'_>) -> Result<(), SqlProblem> {
    let mut stars = Stars {
        above,
        with: Vec::new(),
    };
    match query.visit(&mut stars) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

struct Stars<'t> {
    above: &'t Tables<'t>,
    /// The WITH of the queries around, outermost first.
    with: Vec<Option<With>>,
}

impl VisitorMut for Stars<'_> {
    type Break = SqlProblem;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlProblem> {
        // The bodies of WITH first: each may read the ones before it, the query's own FROM all of them.
        self.with.push(query.with.as_ref().map(|with| With {
            cte_tables: Vec::new(),
            ..with.clone()
        }));
        for cte in query.with.iter_mut().flat_map(|with| &mut with.cte_tables) {
            cte.query.visit(self)?;
            if let Some(Some(with)) = self.with.last_mut() {
                with.cte_tables.push(cte.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<SqlProblem> {
        self.with.pop();
        ControlFlow::Continue(())
    }

    // After the FROM was visited, so that its subqueries have no stars left.
    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlProblem> {
        let relations = relations(&select.from);
        let mut projection = Vec::with_capacity(select.projection.len());
        for item in std::mem::take(&mut select.projection) {
            match struct_star(&item, &relations) {
                None => projection.push(item),
                Some(column) => match self.fields(select, &column) {
                    Ok(fields) => projection.extend(fields.into_iter().map(|field| {
                        let mut path = column.clone();
                        path.push(Ident::with_quote('`', field.clone()));
                        let alias = Ident::with_quote('`', field);
                        SelectItem::ExprWithAlias {
                            expr: Expr::CompoundIdentifier(path),
                            alias,
                        }
                    })),
                    Err(problem) => return ControlFlow::Break(problem),
                },
            }
        }
        select.projection = projection;
        ControlFlow::Continue(())
    }
}

/// The column's name, if this is `column.*` and no table is called so.
fn struct_star(item: &SelectItem, relations: &[String]) -> Option<Vec<Ident>> {
    let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) = item else {
        return None;
    };
    let idents: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    match idents.as_slice() {
        [only] if relations.contains(&only.value) => None,
        _ => Some(idents),
    }
}

impl Stars<'_> {
    /// The names of the fields of a column, by planning `SELECT column FROM (the same)`.
    fn fields(&self, select: &Select, column: &[Ident]) -> Result<Vec<String>, SqlProblem> {
        let place = column.first().map(|first| first.span.start);
        let path = column
            .iter()
            .map(|ident| ident.value.as_str())
            .collect::<Vec<_>>()
            .join(".");
        let at_star = |problem: SqlProblem| match place {
            Some(place) => problem.at(place),
            None => problem,
        };
        let probe = self.probe(select, Expr::CompoundIdentifier(column.to_vec()));
        let plan = self.above.plan(probe).map_err(at_star)?;
        match plan.schema().fields().first().map(|field| field.data_type()) {
            Some(DataType::Struct(fields)) => Ok(fields.iter().map(|field| field.name().clone()).collect()),
            _ => Err(at_star(SqlProblem::new(format!(
                "`{path}.*` needs a struct or a table, and `{path}` is neither"
            )))),
        }
    }

    fn probe(&self, select: &Select, column: Expr) -> Query {
        let column = match column {
            Expr::CompoundIdentifier(mut idents) if idents.len() == 1 => Expr::Identifier(idents.remove(0)),
            other => other,
        };
        let mut query = select_from(vec![SelectItem::UnnamedExpr(column)], select.from.clone());
        // All WITHs around are in scope; a later one of the same name hides an earlier one.
        let mut ctes = Vec::new();
        for cte in self.with.iter().flatten().flat_map(|with| &with.cte_tables) {
            ctes.retain(|known: &Cte| known.alias.name.value != cte.alias.name.value);
            ctes.push(cte.clone());
        }
        if let Some(with) = self.with.iter().flatten().next() {
            query.with = Some(With {
                cte_tables: ctes,
                ..with.clone()
            });
        }
        query
    }
}
