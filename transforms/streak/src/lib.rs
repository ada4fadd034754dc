//! The longest run of errors: `streak(level, event_time)` in SQL gives, by module, how many ERROR lines came one after the other.
//!
//! Rows count in the order of their times. What is remembered can be merged because it knows its two ends: a run may begin in one
//! part and go on in the next. That is exact as long as each part covers a stretch of time of its own, which the batches of a
//! stream do; of parts that overlap, the later one is taken to follow the earlier one.

use wasmill_sdk::{State, Timestamp, aggregate};

/// What is remembered of a stretch of time.
#[derive(State, Default, Clone, Debug, PartialEq)]
pub struct Streak {
    /// The times of the first and the last line; none without a line.
    between: Option<(Timestamp, Timestamp)>,
    lines: u64,
    /// Errors at the beginning, up to the first other line.
    leading: u64,
    /// Errors at the end, from the last other line on.
    trailing: u64,
    /// The longest run.
    longest: u64,
}

#[aggregate]
impl Streak {
    /// Adds a line.
    pub fn update(&mut self, level: &str, time: Timestamp) {
        let errors = u64::from(level == "ERROR");
        self.merge(&Streak {
            between: Some((time, time)),
            lines: 1,
            leading: errors,
            trailing: errors,
            longest: errors,
        });
    }

    /// Adds another stretch, before or behind this one as their times say.
    pub fn merge(&mut self, other: &Self) {
        let Some((first, last)) = other.between else { return };
        let Some((own_first, own_last)) = self.between else {
            *self = other.clone();
            return;
        };
        let is_before = (first, last) < (own_first, own_last);
        let (early, late) = if is_before { (other, &*self) } else { (&*self, other) };
        let all_errors = |part: &Streak| part.leading == part.lines;
        *self = Streak {
            between: Some((own_first.min(first), own_last.max(last))),
            lines: early.lines + late.lines,
            leading: early.leading + if all_errors(early) { late.leading } else { 0 },
            trailing: late.trailing + if all_errors(late) { early.trailing } else { 0 },
            longest: early.longest.max(late.longest).max(early.trailing + late.leading),
        };
    }

    /// How many errors came one after the other at most.
    pub fn finish(&self) -> i64 {
        i64::try_from(self.longest).unwrap_or(i64::MAX)
    }
}

wasmill_sdk::aggregates!(Streak);

#[cfg(test)]
mod tests;
