//! What is measured, as it is kept from run to run.

use serde::{Deserialize, Serialize};

/// Several rounds of one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Rounds {
    /// The middle one.
    pub(super) median: f64,
    /// A quarter of the rounds came to less.
    pub(super) low: f64,
    /// A quarter came to more.
    pub(super) high: f64,
}

impl Rounds {
    /// Of some rounds; all zero of none.
    pub(super) fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * rounds.len().saturating_sub(1) as f64;
            rounds.get(place.round() as usize).copied().unwrap_or_default()
        };
        Self {
            median: at(0.5),
            low: at(0.25),
            high: at(0.75),
        }
    }

    /// How far the middle half of the rounds lies apart, as a part of the median: 0.03 is 3 %.
    pub(super) fn spread(&self) -> f64 {
        match self.median {
            median if median > 0.0 => (self.high - self.low) / median,
            _ => 0.0,
        }
    }
}

/// What a guest costs, each figure for a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct GuestFigures {
    /// Its name in the pipeline.
    pub(super) guest: String,
    /// `commandes@3fa9c1`.
    pub(super) module: String,
    /// Nanoseconds of one thread.
    pub(super) ns_per_record: Rounds,
    /// Units of fuel.
    pub(super) fuel_per_record: f64,
    /// Bytes of linear memory of one instance, at most.
    pub(super) memory_bytes: u64,
    /// Rows that come of it.
    pub(super) rows_per_record: f64,
    /// How many records fail: 0.01 is one of a hundred.
    pub(super) errors_per_record: f64,
}

/// What an aggregate costs beside the pipeline's own time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AggregateFigures {
    /// The name that SQL calls it by.
    pub(super) aggregate: String,
    /// `p95@3fa9c1`.
    pub(super) module: String,
    /// Units of fuel.
    pub(super) fuel_per_record: f64,
    /// Bytes of linear memory of one instance, at most.
    pub(super) memory_bytes: u64,
}

/// A run of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// How many records went through in a round.
    pub(super) records: u64,
    /// How many different ones.
    pub(super) samples: u64,
    /// Bytes of their values and keys: other samples can't be compared.
    pub(super) sample_bytes: u64,
    /// How many rounds.
    pub(super) rounds: usize,
    /// `cpu` or `wall`.
    pub(super) clock: String,
    /// Whether wasmill itself was not optimised.
    pub(super) debug: bool,
    /// The guests, each by itself.
    pub(super) guests: Vec<GuestFigures>,
    /// The aggregates.
    pub(super) aggregates: Vec<AggregateFigures>,
    /// Nanoseconds of all threads for a record through the whole pipeline, sinks left out.
    pub(super) pipeline_ns_per_record: Rounds,
}

impl Figures {
    /// Whether the figures of another run mean the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.samples == other.samples
            && self.sample_bytes == other.sample_bytes
            && self.clock == other.clock
            && self.debug == other.debug
    }
}

#[cfg(test)]
#[path = "figures_test.rs"]
mod tests;
