//! Servers' metrics: a record holds several measurements, and each becomes a row.

use wasmill_sdk::{Error, IntoRows, Record, Row, Timestamp, json, transform};

/// What is read of the JSON; a struct in a struct.
#[derive(Row)]
struct Report {
    timestamp: Timestamp,
    host: String,
    metrics: Metrics,
}

#[derive(Row)]
struct Metrics {
    cpu_percent: f64,
    memory_percent: f64,
}

/// A row: a field is a column.
#[derive(Row)]
struct Measurement {
    timestamp: Timestamp,
    host: String,
    name: String,
    percent: f64,
}

/// Called for each record. An array or a `Vec` is several rows; an error puts the record aside, with the reason.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    let report = json::<Report>(record.value()).read()?;
    let row = |name: &str, percent| Measurement {
        timestamp: report.timestamp,
        host: report.host.clone(),
        name: name.to_owned(),
        percent,
    };
    Ok([
        row("cpu", report.metrics.cpu_percent),
        row("memory", report.metrics.memory_percent),
    ])
}

// Things to try, with `wasmill dev` in another window:
// - A third row: the JSON has `disk_percent` too.
// - Only what is high: `.into_iter().filter(|row| row.percent > 80.0).collect::<Vec<_>>()`.
// - Refuse nonsense: `if report.metrics.cpu_percent > 100.0 { return Err(Error::new("more than all of the processor")); }`
// - In pipeline.toml, group by windows: `GROUP BY window(timestamp, '30 seconds'), host, name`.

#[cfg(test)]
mod tests;
