//! The lab's data: orders, logs and metrics, made from a seed.
//!
//! The same seed gives the same records for the same times, on every machine: tests and benchmarks can name their input by
//! a number. Values are spelt as Python's `json.dumps` spells them, as the lab's notebook produces them.

mod logs;
mod metrics;
mod orders;
mod random;
mod text;

use std::fmt;
use std::str::FromStr;

pub(crate) use random::Random;

use crate::error::Fault;

/// Which of the lab's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Orders of a shop, keyed by customer.
    Orders,
    /// Log lines of an application, keyed by module.
    Logs,
    /// Measurements of servers, keyed by host.
    Metrics,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Logs, Self::Metrics];

    /// The topic the lab keeps them in.
    pub fn topic(self) -> &'static str {
        match self {
            Self::Orders => "commandes-json",
            Self::Logs => "logs-application",
            Self::Metrics => "metrics",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Orders => "orders",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        })
    }
}

impl FromStr for Kind {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.to_string() == text)
            .ok_or_else(|| {
                Fault::usage(format!("the lab has no `{text}`")).hint("it has `orders`, `logs` and `metrics`")
            })
    }
}

/// A record of the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabRecord {
    /// The key: a customer, a module or a host.
    pub key: String,
    /// The value: a JSON text.
    pub value: String,
}

/// Makes the records of one stream.
#[derive(Debug, Clone)]
pub struct Generator {
    kind: Kind,
    random: Random,
}

impl Generator {
    /// A generator that makes the same records for the same seed.
    pub fn new(kind: Kind, seed: u64) -> Self {
        Self {
            kind,
            random: Random::new(seed),
        }
    }

    /// The next record, of this time (microseconds since the epoch; the record says it in UTC).
    pub fn record(&mut self, at_us: i64) -> LabRecord {
        match self.kind {
            Kind::Orders => orders::record(&mut self.random, at_us),
            Kind::Logs => logs::record(&mut self.random, at_us),
            Kind::Metrics => metrics::record(&mut self.random, at_us),
        }
    }

    /// Microseconds until the next record, as the lab spaces them (orders 0.35, logs 0.6, metrics 1.3 seconds apart on
    /// average): for a file of records from a span of time.
    pub fn gap_us(&mut self) -> i64 {
        let most = match self.kind {
            Kind::Orders => 700_000,
            Kind::Logs => 1_200_000,
            Kind::Metrics => 2_600_000,
        };
        self.random.between(1_000, most)
    }

    /// A record for each of the times.
    pub fn at_times(mut self, times_us: impl IntoIterator<Item = i64>) -> impl Iterator<Item = LabRecord> {
        times_us.into_iter().map(move |at_us| self.record(at_us))
    }
}

/// Orders of 1 to 4 different items.
pub fn orders(seed: u64) -> Generator {
    Generator::new(Kind::Orders, seed)
}

/// Log lines of an application's modules.
pub fn logs(seed: u64) -> Generator {
    Generator::new(Kind::Logs, seed)
}

/// Measurements of five servers.
pub fn metrics(seed: u64) -> Generator {
    Generator::new(Kind::Metrics, seed)
}

#[cfg(test)]
#[path = "lab_test.rs"]
mod tests;
