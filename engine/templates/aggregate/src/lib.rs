//! A function for SQL, `spread(x)`: the greatest distance between two values. And a transform, so that it has rows to work on.

use wasmill_sdk::{Error, IntoRows, Record, Row, State, aggregate, json, transform};

/// What is remembered of a group: plain data of a bounded size, which the engine keeps.
#[derive(State, Default)]
struct Spread {
    bounds: Option<(f64, f64)>,
}

#[aggregate]
impl Spread {
    /// A row came.
    fn update(&mut self, value: f64) {
        let bounds = Some((value, value));
        self.merge(&Spread { bounds });
    }

    /// Other rows of the group, of another batch or another core, came to this.
    fn merge(&mut self, other: &Self) {
        if let Some((low, high)) = other.bounds {
            let (least, most) = self.bounds.unwrap_or((low, high));
            self.bounds = Some((least.min(low), most.max(high)));
        }
    }

    /// The result; null for a group without values.
    fn finish(&self) -> Option<f64> {
        self.bounds.map(|(least, most)| most - least)
    }
}

wasmill_sdk::aggregates!(Spread);

/// A row: a field is a column. `metrics` is a struct in it, into which SQL reaches: `metrics.cpu_percent`.
#[derive(Row)]
struct Report {
    host: String,
    metrics: Metrics,
}

#[derive(Row)]
struct Metrics {
    cpu_percent: f64,
}

/// Called for each record.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Report>(record.value()))
}

// Things to try, with `wasmill dev` in another window:
// - Take nulls too: `value: Option<f64>`. As it is, rows with a null are skipped.
// - Two arguments: `fn update(&mut self, value: f64, weight: f64)`, and `spread(x, y)` in SQL.
// - A second one beside it: another struct, and `aggregates!(Spread, Mean)`.
// - In pipeline.toml, `GROUP BY window(kafka_timestamp, '1 minute'), host`: it works in windows as SQL's own do.

#[cfg(test)]
mod tests;
