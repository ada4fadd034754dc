//! Names match whatever their case, and keep the spelling of where they were first defined.

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Spanned, TableFactor, VisitMut, VisitorMut,
};

use crate::sql::problem::{SqlProblem, choices};

/// Gives every name in the query the spelling of its definition, and finds the tables that nobody has.
pub(super) fn resolve(query: &mut Query, tables: &[(String, SchemaRef)]) -> Result<(), SqlProblem> {
    let mut defined = Names::default();
    for (table, schema) in tables {
        defined.define(table);
        schema.fields().iter().for_each(|field| defined.define_field(field));
    }
    let mut definitions = Definitions {
        names: &mut defined,
        subqueries: Vec::new(),
    };
    let _ = query.visit(&mut definitions);
    let subqueries = definitions.subqueries;
    let mut resolver = Resolver {
        names: &defined,
        tables,
        subqueries: &subqueries,
    };
    match query.visit(&mut resolver) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(problem) => Err(problem),
    }
}

/// Spellings by their lower case; `None` where two differ only in case, so that only the exact one fits.
#[derive(Default)]
struct Names(HashMap<String, Option<String>>);

impl Names {
    fn define(&mut self, name: &str) {
        self.0
            .entry(name.to_lowercase())
            .and_modify(|known| {
                if known.as_deref() != Some(name) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(name.to_owned()));
    }

    fn define_field(&mut self, field: &Field) {
        self.define(field.name());
        match field.data_type() {
            DataType::Struct(fields) => fields.iter().for_each(|field| self.define_field(field)),
            DataType::List(element) => self.define_field(element),
            DataType::Map(entries, _) => self.define_field(entries),
            _ => {}
        }
    }

    fn respell(&self, ident: &mut Ident) {
        if let Some(Some(spelling)) = self.0.get(&ident.value.to_lowercase()) {
            ident.value.clone_from(spelling);
        }
    }
}

/// Gathers the names that the query itself defines: aliases of columns and tables, and WITH.
struct Definitions<'n> {
    names: &'n mut Names,
    /// Names of WITH, in lower case: these are no tables.
    subqueries: Vec<String>,
}

impl VisitorMut for Definitions<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.names.define(&cte.alias.name.value);
            self.subqueries.push(cte.alias.name.value.to_lowercase());
            cte.alias
                .columns
                .iter()
                .for_each(|column| self.names.define(&column.name.value));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.names.define(&alias.value);
            }
        }
        for view in &select.lateral_views {
            view.lateral_col_alias
                .iter()
                .for_each(|alias| self.names.define(&alias.value));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } = factor
        {
            self.names.define(&alias.name.value);
            alias
                .columns
                .iter()
                .for_each(|column| self.names.define(&column.name.value));
        }
        ControlFlow::Continue(())
    }
}

struct Resolver<'n> {
    names: &'n Names,
    tables: &'n [(String, SchemaRef)],
    subqueries: &'n [String],
}

impl Resolver<'_> {
    fn respell_all(&self, name: &mut ObjectName) {
        for part in &mut name.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                self.names.respell(ident);
            }
        }
    }

    fn respell_using(&self, join: &mut Join) {
        let (JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::LeftAnti(constraint)) = &mut join.join_operator
        else {
            return;
        };
        if let JoinConstraint::Using(columns) = constraint {
            columns.iter_mut().for_each(|column| self.respell_all(column));
        }
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = SqlProblem;

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<SqlProblem> {
        self.respell_all(relation);
        let name = relation.to_string().replace('`', "");
        let known =
            self.subqueries.contains(&name.to_lowercase()) || self.tables.iter().any(|(table, _)| *table == name);
        if known {
            return ControlFlow::Continue(());
        }
        let names: Vec<&str> = self.tables.iter().map(|(table, _)| table.as_str()).collect();
        let problem = SqlProblem::new(format!("no table `{name}`")).at(relation.span().start);
        ControlFlow::Break(match choices(&name, &names, "tables above this one") {
            Some(hint) => problem.hint(hint),
            None => {
                problem.hint("no table stands above this one: a SELECT reads a source, a guest or an earlier table")
            }
        })
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlProblem> {
        for item in &mut select.projection {
            match item {
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    self.respell_all(name);
                }
                SelectItem::ExprWithAlias { .. }
                | SelectItem::ExprWithAliases { .. }
                | SelectItem::QualifiedWildcard(..)
                | SelectItem::Wildcard(_)
                | SelectItem::UnnamedExpr(_) => {}
            }
        }
        select
            .from
            .iter_mut()
            .flat_map(|from| &mut from.joins)
            .for_each(|join| self.respell_using(join));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlProblem> {
        match expr {
            Expr::Identifier(ident) => self.names.respell(ident),
            Expr::CompoundIdentifier(idents) => idents.iter_mut().for_each(|ident| self.names.respell(ident)),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
