//! Log lines: those that matter, as rows.

use wasmill_sdk::{Error, IntoRows, Record, Row, Timestamp, json, transform};

/// A row: a field is a column. It is what is read of the JSON, too; what that has besides is skipped.
#[derive(Row)]
struct Line {
    timestamp: Timestamp,
    level: String,
    module: String,
    message: String,
    duration_ms: i32,
}

/// Called for each record. `None` is no row; an error puts the record aside, with the reason.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    let line = json::<Line>(record.value()).read()?;
    Ok((line.level != "DEBUG").then_some(line))
}

// Things to try, with `wasmill dev` in another window:
// - Another condition: `line.duration_ms > 100`.
// - Another column: `user_id: String` is in the JSON; a field that may be missing is an `Option<String>`.
// - A word to whoever runs it: `wasmill_sdk::log::info!("a slow one: {} ms", line.duration_ms);`
// - In pipeline.toml, group by minute: `GROUP BY window(timestamp, '1 minute'), level`.

#[cfg(test)]
mod tests;
