//! Why a query can't be planned, in words for whoever wrote it.

use std::fmt;

use datafusion::common::{Column, DataFusionError, SchemaError, Span};
use datafusion::sql::sqlparser::tokenizer::Location;

/// A place in the text of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// From 1, in characters.
    pub column: u64,
}

impl Position {
    /// Just behind the last character.
    pub(super) fn end_of(sql: &str) -> Self {
        let text = sql.trim_end();
        let line = text.lines().count().max(1) as u64;
        let column = text.lines().next_back().unwrap_or_default().chars().count() as u64 + 1;
        Self { line, column }
    }
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        Self {
            line: location.line,
            column: location.column,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A query that can't be a table, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlProblem {
    /// What is wrong; lowercase, no full stop, code in backticks.
    pub message: String,
    /// Where in the query's own text, if that is known.
    pub at: Option<Position>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for SqlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for SqlProblem {}

impl SqlProblem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
            hint: None,
        }
    }

    /// Says where; a location of zeros is the parser's "unknown" and says nothing.
    pub(super) fn at(mut self, position: impl Into<Position>) -> Self {
        let position = position.into();
        self.at = (position.line > 0).then_some(position);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What DataFusion's planner said, in our words where they are kinder. `functions` are the names of those there
    /// are.
    pub(super) fn from_planner(error: &DataFusionError, functions: &[&str]) -> Self {
        let mut span = None;
        let innermost = innermost(error, &mut span);
        let mut problem = match innermost {
            DataFusionError::SchemaError(error, _) => schema_problem(error),
            other => plan_problem(&said(other), functions),
        };
        if problem.at.is_none()
            && let Some(span) = span
        {
            problem.at = Some(Position {
                line: span.start.line,
                column: span.start.column,
            });
        }
        problem
    }
}

/// The error that the wrapping ones are about; the place that one of them may name is left in `span`.
fn innermost<'e>(error: &'e DataFusionError, span: &mut Option<Span>) -> &'e DataFusionError {
    match error {
        DataFusionError::Context(_, inner) => innermost(inner, span),
        DataFusionError::Shared(inner) => innermost(inner, span),
        DataFusionError::Collection(all) => all.first().map_or(error, |first| innermost(first, span)),
        DataFusionError::Diagnostic(diagnostic, inner) => {
            *span = span.or(diagnostic.span);
            innermost(inner, span)
        }
        other => other,
    }
}

/// An error's own text without the class that DataFusion puts in front, and without its advice to report a bug.
pub(super) fn said(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let text = text
        .split("\nThis issue was likely caused by a bug")
        .next()
        .unwrap_or_default();
    let classes = [
        "Error during planning: ",
        "Execution error: ",
        "Arrow error: ",
        "Compute error: ",
        "This feature is not implemented: ",
    ];
    classes
        .iter()
        .fold(text, |text, class| text.strip_prefix(class).unwrap_or(text))
        .to_owned()
}

fn schema_problem(error: &SchemaError) -> SqlProblem {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => unknown_column(field, valid_fields),
        SchemaError::AmbiguousReference { field } => {
            SqlProblem::new(format!("`{}` could be a column of several tables", field.name))
                .hint(format!("say which: `table.{}`", field.name))
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            SqlProblem::new(format!("two columns are named `{name}`")).hint("name them apart with `AS`")
        }
    }
}

fn unknown_column(field: &Column, valid: &[Column]) -> SqlProblem {
    let problem = SqlProblem::new(match &field.relation {
        Some(table) => format!("no column `{}` in `{}`", field.name, table.table()),
        None => format!("no column `{}`", field.name),
    });
    let here = valid
        .iter()
        .filter(|column| field.relation.is_none() || column.relation == field.relation);
    let mut names: Vec<&str> = here.map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        names = valid.iter().map(|column| column.name.as_str()).collect();
    }
    names.dedup();
    let problem = problem.at_span(field);
    match choices(&field.name, &names, "columns") {
        _ if ["window", "session_window"].contains(&field.name.as_str()) => problem.hint(format!(
            "GROUP BY {}(...) makes that column, and this SELECT has no such group",
            field.name
        )),
        Some(hint) => problem.hint(hint),
        None => problem.hint("this SELECT reads no table; perhaps something is missing before its FROM"),
    }
}

impl SqlProblem {
    fn at_span(mut self, column: &Column) -> Self {
        self.at = column.spans.first().map(|span| Position {
            line: span.start.line,
            column: span.start.column,
        });
        self
    }
}

/// The name among `names` that was probably meant, and all of them.
pub(super) fn choices(wanted: &str, names: &[&str], what: &str) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let list = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let all = format!("the {what} are {list}");
    Some(match nearest(wanted, names) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    })
}

fn nearest<'n>(wanted: &str, names: &[&'n str]) -> Option<&'n str> {
    let wanted = wanted.to_lowercase();
    let scored = names
        .iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), *name));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// DataFusion's texts that a student meets most, said again; any other is passed on.
fn plan_problem(text: &str, functions: &[&str]) -> SqlProblem {
    if let Some(name) = between(text, "Invalid function '", "'") {
        let problem = SqlProblem::new(format!("no function `{name}`"));
        return match nearest(name, functions) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        };
    }
    if text.contains("must appear in the GROUP BY clause") {
        let column = between(text, "column \"", "\"")
            .or_else(|| between(text, "expression \"", "\""))
            .unwrap_or("a column");
        let column = column.rsplit_once('.').map_or(column, |(_, name)| name);
        return SqlProblem::new(format!("`{column}` is neither in GROUP BY nor inside an aggregate")).hint(format!(
            "add `{column}` to GROUP BY, or take one value of the group: `first({column})`, `max({column})`"
        ));
    }
    if text.starts_with("Projections require unique expression names") {
        let name = between(text, "expression \"", "\"").unwrap_or("the same");
        let name = name.rsplit(" AS ").next().unwrap_or(name);
        return SqlProblem::new(format!("two columns are named `{name}`")).hint("name them apart with `AS`");
    }
    if let Some((_, why)) = text.split_once("user-defined coercion failed with: ") {
        let why = why.strip_prefix("Error during planning: ").unwrap_or(why);
        return SqlProblem::new(why.split(". No function matches").next().unwrap_or(why));
    }
    if let Some(name) = between(text, "Function '", "' failed to match any signature") {
        let given = between(text, ", but received ", " (DataType").unwrap_or("this type");
        return SqlProblem::new(format!("`{name}` does not take {given}"));
    }
    if let Some(name) = between(text, "satisfy a call to '", "'") {
        let given = between(text, "coercion from ", " to the signature").unwrap_or("these types");
        return SqlProblem::new(format!("`{}` does not take ({given})", name.replace("spark_", "")));
    }
    if text.starts_with("unnest() can only be applied") {
        return SqlProblem::new("`explode` takes an array");
    }
    if let Some(name) = text.strip_prefix("Unsupported SQL type ") {
        return SqlProblem::new(format!("no type `{name}`"));
    }
    let text = text.split("\n\tCandidate functions:").next().unwrap_or(text);
    SqlProblem::new(lower_first(text.trim()))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// A message in lowercase; a first word that is code keeps its capitals.
pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            format!("{}{second}{}", first.to_lowercase(), letters.as_str())
        }
        _ => text.to_owned(),
    }
}
