//! What a module's calls have cost: fuel, memory, and how many records and rows went through.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a module's calls cost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Records that went in; for an aggregate, rows and states.
    pub records: u64,
    /// Rows that came out; 0 for an aggregate, whose results are the query's.
    pub rows: u64,
    /// Fuel, that of calls which came to nothing included.
    pub fuel: u64,
    /// The most bytes of linear memory that any one instance has had. An instance's memory never shrinks.
    pub memory_bytes: u64,
}

/// Keeps count. Shared by the threads that call.
#[derive(Debug, Default)]
pub(super) struct Account {
    records: AtomicU64,
    rows: AtomicU64,
    fuel: AtomicU64,
    memory_bytes: AtomicU64,
}

impl Account {
    /// A call has been made into an instance that has so much memory now.
    pub(super) fn call(&self, fuel: u64, memory_bytes: usize) {
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
        self.memory_bytes.fetch_max(memory_bytes as u64, Ordering::Relaxed);
    }

    /// Records are through, and these rows came of them.
    pub(super) fn through(&self, records: usize, rows: usize) {
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// The sum so far.
    pub(super) fn cost(&self) -> Cost {
        Cost {
            records: self.records.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            fuel: self.fuel.load(Ordering::Relaxed),
            memory_bytes: self.memory_bytes.load(Ordering::Relaxed),
        }
    }

    /// Begins at nothing again.
    pub(super) fn reset(&self) {
        for count in [&self.records, &self.rows, &self.fuel, &self.memory_bytes] {
            count.store(0, Ordering::Relaxed);
        }
    }
}
