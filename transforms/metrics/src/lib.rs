//! Servers' metrics: from the JSON of the topic `metrics` to a table with one row a measurement.

use wasmill_sdk::{Error, IntoRows, Record, Row, json, transform};

/// The schema: a field is a column.
#[derive(Row)]
struct Measurement {
    timestamp: String,
    host: String,
    /// A struct in a struct stays one column; in SQL, `metrics.cpu_percent` reaches into it.
    metrics: Metrics,
}

#[derive(Row)]
struct Metrics {
    cpu_percent: f64,
    memory_percent: f64,
    disk_percent: f64,
    response_time_ms: f64,
}

/// Called for each record; see `commandes` for what else it may do.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Measurement>(record.value()).spark())
}

#[cfg(test)]
mod tests;
