//! Spark's SQL made DataFusion's, on the syntax tree: names, headings, windows, functions, stars. Each step is a file.

mod build;
pub(super) mod fields;
mod guards;
mod headings;
mod lateral;
mod literals;
mod names;
mod spelling;
mod stars;

pub(super) use build::field_of;

use arrow::datatypes::SchemaRef;
use datafusion::sql::sqlparser::ast::Query;

use super::problem::SqlProblem;
use super::tables::Tables;
use super::window;

/// The query as DataFusion's planner should read it.
///
/// # Errors
/// If it names a table nobody has, or a window that can't be.
pub(super) fn respell(
    mut query: Query,
    tables: &[(String, SchemaRef)],
    above: &Tables<'_>,
) -> Result<Query, SqlProblem> {
    names::resolve(&mut query, tables)?;
    lateral::unfold(&mut query)?;
    // Headings are made of what was written, so before anything is rewritten.
    headings::name_columns(&mut query);
    window::call::spread(&mut query)?;
    guards::protect(&mut query);
    spelling::respell(&mut query)?;
    literals::narrow(&mut query);
    stars::expand(&mut query, above)?;
    Ok(query)
}
