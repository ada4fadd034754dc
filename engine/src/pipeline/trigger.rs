//! When a batch is begun.

use std::time::Duration;

/// A pipeline's trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trigger {
    /// As soon as the last batch is done and records wait: Spark's unspecified trigger.
    #[default]
    AsSoonAsPossible,
    /// At multiples of this interval since the epoch; a batch that overran is followed at once.
    Every(Duration),
    /// Everything up to the offsets at the start, in as many batches as the rate limit asks, then the end.
    AvailableNow,
    /// One batch over everything up to now, which may group, sort and join: what `run --once` asks for.
    Once,
}

impl Trigger {
    /// How long to wait at `now_ms` before the next batch may begin, the last one having begun at `last_ms`.
    pub fn wait(self, now_ms: i64, last_ms: Option<i64>) -> Duration {
        let (Self::Every(interval), Some(last_ms)) = (self, last_ms) else {
            return Duration::ZERO;
        };
        let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1);
        // The first multiple behind the start of the last batch; if that is over already, the batch overran.
        let next = (last_ms.div_euclid(interval) + 1).saturating_mul(interval);
        Duration::from_millis(u64::try_from(next - now_ms).unwrap_or(0))
    }
}

#[cfg(test)]
#[path = "trigger_test.rs"]
mod tests;
