//! Rows that an aggregate stopped at.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts them, and keeps the first one's reason.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    count: u64,
    first: String,
}

impl Failures {
    /// A row was left out.
    pub(super) fn add(&self, reason: String) {
        let mut counted = self.counted();
        counted.count += 1;
        if counted.count == 1 {
            counted.first = reason;
        }
    }

    /// How many rows since the last call, and why the first of them.
    pub(super) fn take(&self) -> Option<(u64, String)> {
        let counted = std::mem::take(&mut *self.counted());
        (counted.count > 0).then_some((counted.count, counted.first))
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // It is whole at any moment, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
