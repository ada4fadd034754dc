//! Rows into states, in calls of a bounded size; and if a call fails, in halves, until the row that is to blame stands alone
//! and its neighbours are in.

use std::ops::Range;
use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use bytes::Bytes;

use super::module::Bound;
use super::packed::Packed;
use crate::error::{Fault, Result};
use crate::guest::instance::Failure;

/// After so many rows in a row that fail alone, with none that came through, the aggregate is to blame and not the data.
const HOPELESS: usize = 16;
/// What failing calls may cost together, as a multiple of what one call over all rows may.
const RETRY_FACTOR: u64 = 16;
/// The same in time, as a multiple of what one call may take.
const RETRY_TIMES: u32 = 6;

/// Adds rows to the groups' states: row `i` to the group `groups[i]`. A row that the aggregate stops at is left out and counted.
///
/// # Errors
/// If it stops at every row, or finding those it stops at costs too much.
pub(super) fn update(bound: &Bound, states: &mut [Bytes], groups: &[usize], arguments: &[ArrayRef]) -> Result<()> {
    let mut work = Work {
        bound,
        states,
        groups,
        arguments,
        numbers: Numbers::default(),
        passed: 0,
        alone: 0,
    };
    let most = bound.module.limits().call_records;
    let mut start = 0;
    while start < groups.len() {
        let end = groups.len().min(start + most);
        work.rows(start..end)?;
        start = end;
    }
    Ok(())
}

struct Work<'a> {
    bound: &'a Bound,
    states: &'a mut [Bytes],
    groups: &'a [usize],
    arguments: &'a [ArrayRef],
    numbers: Numbers,
    /// Rows that came through.
    passed: usize,
    /// Rows that made a call fail all alone.
    alone: usize,
}

impl Work<'_> {
    fn rows(&mut self, rows: Range<usize>) -> Result<()> {
        let limits = self.bound.module.limits();
        let budget = limits.fuel(rows.len(), 0).saturating_mul(RETRY_FACTOR);
        let patience = limits.call_time * RETRY_TIMES;
        let (mut wasted, mut waited) = (0_u64, Duration::ZERO);
        let mut waiting = vec![rows];
        while let Some(range) = waiting.pop() {
            let start = Instant::now();
            match self.call(&range) {
                Ok(()) => self.passed += range.len(),
                Err(failure) => {
                    wasted = wasted.saturating_add(failure.fuel);
                    waited = waited.saturating_add(start.elapsed());
                    if range.len() == 1 {
                        self.failed_alone(failure)?;
                    } else if wasted > budget || waited > patience {
                        return Err(Fault::guest(
                            "the aggregate stops at so many rows that finding them costs too much",
                        )
                        .because(failure.reason)
                        .at(place(self.bound))
                        .hint(HINT));
                    } else {
                        let middle = range.start + range.len() / 2;
                        waiting.push(middle..range.end);
                        waiting.push(range.start..middle);
                    }
                }
            }
        }
        Ok(())
    }

    /// The states change only if the whole call came through.
    fn call(&mut self, rows: &Range<usize>) -> Result<(), Failure> {
        let touched = self.numbers.of(&self.groups[rows.clone()]);
        let states = touched.iter().map(|group| &*self.states[*group]);
        let packed = Packed::of(states).map_err(Failure::new)?;
        let new = self.bound.update(&packed, &self.numbers.local, self.arguments, rows)?;
        for (group, state) in touched.into_iter().zip(new) {
            self.states[group] = state;
        }
        Ok(())
    }

    fn failed_alone(&mut self, failure: Failure) -> Result<()> {
        self.alone += 1;
        if self.passed == 0 && self.alone >= HOPELESS {
            return Err(
                Fault::guest(format!("the aggregate stops at every row (the first {HOPELESS} tried)"))
                    .because(failure.reason)
                    .at(place(self.bound))
                    .hint(HINT),
            );
        }
        self.bound.failures.add(failure.reason);
        Ok(())
    }
}

/// Groups numbered from 0 within a call.
#[derive(Default)]
pub(super) struct Numbers {
    /// For each group of the whole its number in this call, and which call that was.
    seen: Vec<(u32, u32)>,
    call: u32,
    /// For each row its group's number in this call.
    pub(super) local: Vec<u32>,
}

impl Numbers {
    /// Numbers the groups of these rows; gives the groups in the order of their numbers.
    pub(super) fn of(&mut self, groups: &[usize]) -> Vec<usize> {
        self.call += 1;
        self.local.clear();
        let most = groups.iter().copied().max().map_or(0, |most| most + 1);
        if self.seen.len() < most {
            self.seen.resize(most, (0, 0));
        }
        let mut touched = Vec::new();
        for group in groups {
            let seen = &mut self.seen[*group];
            if seen.0 != self.call {
                // As many as there are rows in a call.
                *seen = (self.call, u32::try_from(touched.len()).unwrap_or(u32::MAX));
                touched.push(*group);
            }
            self.local.push(seen.1);
        }
        touched
    }
}

const HINT: &str = "nothing of this batch is kept: mend the module, or go back to the one before, and start again";

/// ``aggregate `p95` (p95@3fa9c1)``.
pub(super) fn place(bound: &Bound) -> String {
    format!("aggregate {bound}")
}
