//! A field that its struct does not have: DataFusion says neither where nor which there are.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

use crate::sql::problem::{SqlProblem, choices};

/// The problem with place and choices, if it is one of a missing field.
pub(in crate::sql) fn explain(problem: SqlProblem, query: &Query, tables: &[(String, SchemaRef)]) -> SqlProblem {
    let missing = problem
        .message
        .strip_prefix("field ")
        .and_then(|rest| rest.strip_suffix(" not found in struct"));
    let Some(missing) = missing else {
        return problem;
    };
    let found = match query.visit(&mut Mention { missing }) {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    };
    let Some((of, field)) = found else {
        return SqlProblem::new(format!("no field `{missing}` in that struct"));
    };
    let problem = SqlProblem::new(format!("no field `{missing}` in `{}`", of.value)).at(field.span.start);
    let fields = tables
        .iter()
        .flat_map(|(_, schema)| schema.fields())
        .find_map(|field| fields_of(field, &of.value));
    let names: Vec<&str> = fields
        .iter()
        .copied()
        .flatten()
        .map(|field| field.name().as_str())
        .collect();
    match choices(missing, &names, "fields") {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn fields_of<'f>(field: &'f Field, name: &str) -> Option<&'f arrow::datatypes::Fields> {
    match field.data_type() {
        DataType::Struct(fields) if field.name() == name => Some(fields),
        DataType::Struct(fields) => fields.iter().find_map(|field| fields_of(field, name)),
        DataType::List(element) => fields_of(element, name),
        _ => None,
    }
}

struct Mention<'m> {
    missing: &'m str,
}

impl Visitor for Mention<'_> {
    type Break = (Ident, Ident);

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::CompoundIdentifier(idents) = expr {
            for pair in idents.windows(2) {
                if let [of, field] = pair
                    && field.value == self.missing
                {
                    return ControlFlow::Break((of.clone(), field.clone()));
                }
            }
        }
        ControlFlow::Continue(())
    }
}
