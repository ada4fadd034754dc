//! When a file is finished and the next one begun.

use std::time::Duration;

/// The limits of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roll {
    /// Bytes.
    pub(super) size: u64,
    /// Age; a batch run has no limit of it.
    pub(super) interval: Option<Duration>,
}

impl Roll {
    /// Whether a file has grown to its size.
    pub(super) fn is_large(&self, bytes: u64) -> bool {
        bytes >= self.size
    }

    /// Milliseconds, but no more than half the age of a file.
    pub(super) fn at_most_half(&self, ms: i64) -> i64 {
        let half = self.interval.map_or(0, |interval| interval.as_millis() / 2);
        ms.clamp(0, i64::try_from(half).unwrap_or(i64::MAX))
    }

    /// Whether a file begun at `opened_ms` is old enough at `now_ms`. A clock that was set back makes no file older.
    pub(super) fn is_old(&self, opened_ms: i64, now_ms: i64) -> bool {
        let age_ms = u128::try_from(i128::from(now_ms) - i128::from(opened_ms)).unwrap_or(0);
        self.interval.is_some_and(|interval| age_ms >= interval.as_millis())
    }
}

#[cfg(test)]
#[path = "roll_test.rs"]
mod tests;
