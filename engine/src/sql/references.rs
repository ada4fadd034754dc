//! The tables that a query names, before anything of them is known.

use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::Statement;

use super::parse;
use super::problem::SqlProblem;

/// The names of the tables that `sql` reads, each once and in the query's spelling; what it names itself by WITH is not
/// among them.
///
/// # Errors
/// If the text is not one SELECT.
pub fn references(sql: &str) -> Result<Vec<String>, SqlProblem> {
    let statement = Statement::Query(Box::new(parse::select(sql)?));
    let statement = DfStatement::Statement(Box::new(statement));
    let (tables, _) =
        resolve_table_references(&statement, false).map_err(|error| SqlProblem::from_planner(&error, &[]))?;
    Ok(tables.iter().map(|table| table.table().to_owned()).collect())
}
