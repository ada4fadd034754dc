//! Log lines: from the JSON of the topic `logs-application` to a table with one row a line.

use wasmill_sdk::{Error, IntoRows, Record, Row, json, transform};

/// The schema: a field is a column.
#[derive(Row)]
struct Line {
    /// Kept as text, as the producer wrote it. Write `wasmill_sdk::Timestamp` here, and it is a point in time.
    timestamp: String,
    level: String,
    module: String,
    message: String,
    request_id: String,
    user_id: String,
    duration_ms: i32,
}

/// Called for each record; see `commandes` for what else it may do.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Line>(record.value()).spark())
}

#[cfg(test)]
mod tests;
