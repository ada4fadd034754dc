//! From text to one SELECT.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, Statement};
use datafusion::sql::sqlparser::dialect::{Dialect, SparkSqlDialect};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::problem::{Position, SqlProblem, lower_first};

/// How deep expressions and subqueries may nest: far beyond what anyone types, well within a thread's stack.
const DEEPEST: usize = 64;

/// The one SELECT that `sql` is.
///
/// # Errors
/// If the text is not SQL as Spark writes it, is no SELECT, or is more than one.
pub(super) fn select(sql: &str) -> Result<Query, SqlProblem> {
    let dialect = Spark(SparkSqlDialect {});
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| SqlProblem::new(lower_first(&error.message)).at(Position::from(error.location)))?;
    let first = tokens
        .iter()
        .find(|token| !matches!(token.token, Token::Whitespace(_)))
        .map(|token| token.span.start);
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
            let problem = SqlProblem::new(format!("`{verb}` is not a SELECT"))
                .hint("a table is a SELECT over the tables above it; where its rows go is said by a sink");
            Err(first.into_iter().fold(problem, SqlProblem::at))
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
    let problem = SqlProblem::new(match message.split_once(", found: ") {
        Some((expected, "EOF")) => format!("{}, found the end of the query", expectation(expected)),
        Some((expected, found)) => format!("{}, found `{found}`", expectation(expected)),
        None => lower_first(message),
    });
    match position {
        Some(position) => problem.at(position),
        None => problem,
    }
}

fn expectation(text: &str) -> String {
    match text.strip_prefix("Expected: ") {
        Some(token) if !token.contains(' ') => format!("expected `{token}`"),
        Some(words) => format!("expected {words}"),
        None => lower_first(text),
    }
}

/// The parser's Spark, but for `INTERVAL '1 hour'`, with the unit inside the text, which Spark takes too.
#[derive(Debug)]
struct Spark(SparkSqlDialect);

impl Dialect for Spark {
    // The parser asks at places which dialect this is.
    fn dialect(&self) -> TypeId {
        TypeId::of::<SparkSqlDialect>()
    }

    fn require_interval_qualifier(&self) -> bool {
        false
    }

    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        self.0.is_delimited_identifier_start(letter)
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        self.0.is_identifier_start(letter)
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        self.0.is_identifier_part(letter)
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        self.0.supports_filter_during_aggregation()
    }

    fn supports_group_by_expr(&self) -> bool {
        self.0.supports_group_by_expr()
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        self.0.supports_group_by_with_modifier()
    }

    fn supports_lambda_functions(&self) -> bool {
        self.0.supports_lambda_functions()
    }

    fn supports_select_wildcard_except(&self) -> bool {
        self.0.supports_select_wildcard_except()
    }

    fn supports_struct_literal(&self) -> bool {
        self.0.supports_struct_literal()
    }

    fn supports_nested_comments(&self) -> bool {
        self.0.supports_nested_comments()
    }

    fn supports_long_type_as_bigint(&self) -> bool {
        self.0.supports_long_type_as_bigint()
    }

    fn supports_values_as_table_factor(&self) -> bool {
        self.0.supports_values_as_table_factor()
    }

    fn supports_bang_not_operator(&self) -> bool {
        self.0.supports_bang_not_operator()
    }

    fn supports_cte_without_as(&self) -> bool {
        self.0.supports_cte_without_as()
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        self.0.parse_infix(parser, expr, precedence)
    }
}
