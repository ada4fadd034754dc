//! From text to one SELECT.

use datafusion::sql::sqlparser::ast::{Query, SetExpr, Spanned, Statement};
use datafusion::sql::sqlparser::dialect::SparkSqlDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Tokenizer;

use super::problem::{Position, SqlProblem};

/// How deep expressions and subqueries may nest: far beyond what anyone types, well within a thread's stack.
const DEEPEST: usize = 64;

/// The one SELECT that `sql` is.
///
/// # Errors
/// If the text is not SQL as Spark writes it, is no SELECT, or is more than one.
pub(super) fn select(sql: &str) -> Result<Query, SqlProblem> {
    let dialect = SparkSqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| SqlProblem::new(lower_first(&error.message)).at(Position::from(error.location)))?;
    let mut statements = Parser::new(&dialect)
        .with_recursion_limit(DEEPEST)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| syntax(sql, &error))?;
    let statement = statements.pop();
    let Some(statement) = statement else {
        return Err(SqlProblem::new("the query is empty").hint("write a SELECT, for example `SELECT * FROM commandes`"));
    };
    if !statements.is_empty() {
        return Err(SqlProblem::new("a table is one SELECT, and this is several statements")
            .hint("give each SELECT a table of its own"));
    }
    match statement {
        Statement::Query(query) if !writes(&query.body) => Ok(*query),
        other => {
            let verb = other.to_string();
            let verb = verb.split_whitespace().next().unwrap_or("this").to_uppercase();
            Err(SqlProblem::new(format!("`{verb}` is not a SELECT"))
                .at(Position::from(other.span().start))
                .hint("a table is a SELECT over the tables above it; where its rows go is said by a sink"))
        }
    }
}

fn writes(body: &SetExpr) -> bool {
    match body {
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => true,
        SetExpr::SetOperation { left, right, .. } => writes(left) || writes(right),
        SetExpr::Query(query) => writes(&query.body),
        SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => false,
    }
}

/// The parser puts the place into its text (`..., found: FORM at Line: 1, Column: 10`): taken out again.
fn syntax(sql: &str, error: &ParserError) -> SqlProblem {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            return SqlProblem::new(format!("the query nests deeper than {DEEPEST} levels"));
        }
    };
    let (message, place) = text.split_once(" at Line: ").unwrap_or((text, ""));
    let position = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Position {
            line: line.parse().ok()?,
            column: column.trim().parse().ok()?,
        })
    });
    // What stands at the end of the text has no place in the parser's message.
    let position = position.or_else(|| message.ends_with("EOF").then(|| Position::end_of(sql)));
    let message = lower_first(message)
        .replace("found: EOF", "found the end of the query")
        .replace("found: ", "found ");
    let problem = SqlProblem::new(message);
    match position {
        Some(position) => problem.at(position),
        None => problem,
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
