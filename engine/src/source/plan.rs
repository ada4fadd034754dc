//! Which offsets a batch reads, as Spark's Kafka source decides it (`KafkaMicroBatchStream`).

use std::time::Duration;

use crate::batch::{Offsets, TopicPartition};

/// The limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// At most about this many records a batch, shared over the partitions in proportion to what waits in each.
    pub(super) max_offsets: Option<u64>,
    /// No batch with fewer records, unless the last one is `max_delay` ago.
    pub(super) min_offsets: Option<u64>,
    pub(super) max_delay: Duration,
}

/// The ends of the batch that starts at `from`, no further than `latest`, of about `limit` records.
///
/// Every partition of `latest` is in the result. A partition with less than a whole record's share still gets one, so that
/// none starves.
pub(super) fn rate_limit(limit: u64, from: &Offsets, latest: &Offsets) -> Offsets {
    let waiting = |partition: &TopicPartition, end: i64| {
        let begin = *from.get(partition)?;
        let size = end.saturating_sub(begin);
        (size > 0).then_some((begin, size))
    };
    let total: f64 = latest
        .iter()
        .filter_map(|(partition, end)| waiting(partition, *end))
        .map(|(_, size)| size as f64)
        .sum();
    latest
        .iter()
        .map(|(partition, end)| {
            let until = match waiting(partition, *end) {
                Some((begin, size)) => {
                    let share = limit as f64 * (size as f64 / total);
                    // Spark rounds down, except to nothing.
                    let share = if share < 1.0 { share.ceil() } else { share.floor() };
                    begin.saturating_add(share as i64).min(*end)
                }
                None => *end,
            };
            (partition.clone(), until)
        })
        .collect()
}

/// Whether to wait for more records before the next batch.
pub(super) fn hold_back(limits: Limits, from: &Offsets, latest: &Offsets, now_ms: i64, last_batch_ms: i64) -> bool {
    let Some(least) = limits.min_offsets else { return false };
    let delay = i64::try_from(limits.max_delay.as_millis()).unwrap_or(i64::MAX);
    if now_ms.saturating_sub(last_batch_ms) >= delay {
        return false;
    }
    let waiting: i64 = latest
        .iter()
        .map(|(partition, end)| end - from.get(partition).copied().unwrap_or(0))
        .sum();
    (waiting as f64) < least as f64
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
