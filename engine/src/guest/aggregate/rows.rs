//! Rows into states, in calls of a bounded size; and if a call fails, in halves, until the row that is to blame stands alone
//! and its neighbours are in.

use std::ops::Range;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, AsArray, StringArray};

use super::held::Held;
use super::load::Load;
use super::module::Bound;
use super::numbers::Numbers;
use super::packed::Packed;
use super::used::Used;
use crate::error::{Fault, Result};
use crate::guest::instance::Failure;
use crate::guest::log::Lines;

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
pub(super) fn update(
    bound: &Bound,
    held: &mut Held,
    numbers: &mut Numbers,
    groups: &[usize],
    arguments: &[ArrayRef],
) -> Result<()> {
    let texts = arguments.iter().filter_map(|array| array.as_string_opt::<i32>());
    let used = bound.used();
    let mut work = Work {
        bound,
        used: &used,
        held,
        numbers,
        groups,
        arguments,
        texts: texts.collect(),
        lines: Lines::default(),
        passed: 0,
        alone: 0,
    };
    let outcome = work.all();
    // The lines are told in any case: they may be what explains the fault.
    used.tell(&work.lines);
    outcome
}

struct Work<'a> {
    bound: &'a Bound,
    used: &'a Used,
    held: &'a mut Held,
    numbers: &'a mut Numbers,
    groups: &'a [usize],
    arguments: &'a [ArrayRef],
    /// Those of the arguments that vary in size.
    texts: Vec<&'a StringArray>,
    /// What was logged, without what failed calls logged that were tried again.
    lines: Lines,
    /// Rows that came through.
    passed: usize,
    /// Rows that made a call fail all alone.
    alone: usize,
}

impl Work<'_> {
    fn all(&mut self) -> Result<()> {
        let mut start = 0;
        while start < self.groups.len() {
            let end = self.end_of_call(start);
            match self.too_large(start..end) {
                None => self.rows(start..end)?,
                Some(row) => {
                    if row > start {
                        self.rows(start..row)?;
                    }
                    let reason = format!(
                        "the row has {} bytes, more than the {} allowed",
                        self.text_bytes(&(row..row + 1)),
                        self.used.module.limits().record_bytes
                    );
                    self.failed_alone(Failure::new(reason))?;
                    start = row + 1;
                    continue;
                }
            }
            start = end;
        }
        Ok(())
    }

    /// Bytes of the arguments that vary in size.
    fn text_bytes(&self, rows: &Range<usize>) -> usize {
        let bytes = self.texts.iter().map(|texts| {
            let ends = texts.value_offsets();
            usize::try_from(ends[rows.end] - ends[rows.start]).unwrap_or(0)
        });
        bytes.sum()
    }

    /// The first of these rows that is larger than a record may be: the module does not see it.
    fn too_large(&self, rows: Range<usize>) -> Option<usize> {
        let most = self.used.module.limits().record_bytes;
        // Most often all of them together are not.
        if self.text_bytes(&rows) <= most {
            return None;
        }
        rows.into_iter().find(|row| self.text_bytes(&(*row..*row + 1)) > most)
    }

    /// Where the call ends that begins at this row.
    fn end_of_call(&mut self, start: usize) -> usize {
        let limits = self.used.module.limits();
        let state_bytes = self.used.signature().state_bytes;
        let rows = start..self.groups.len().min(start + limits.call_records);
        // Most often it does not matter how the rows fall on groups.
        let most = rows
            .len()
            .saturating_mul(state_bytes)
            .saturating_add(self.text_bytes(&rows));
        if most <= limits.call_bytes {
            return rows.end;
        }
        let (mut load, end) = (Load::new(limits), rows.end);
        self.numbers.begin();
        let mut rows = rows;
        let next = rows.find(|row| {
            let group = self.groups[*row];
            let state = match self.numbers.add(group) {
                // A new group's may become as large as it ever can.
                true if self.held.get(group).is_empty() => state_bytes,
                true => self.held.get(group).len(),
                false => 0,
            };
            !load.takes(state + self.text_bytes(&(*row..*row + 1)))
        });
        next.unwrap_or(end)
    }

    fn rows(&mut self, rows: Range<usize>) -> Result<()> {
        let limits = self.used.module.limits();
        let budget = limits.fuel(rows.len(), 0).saturating_mul(RETRY_FACTOR);
        let patience = limits.call_time.saturating_mul(RETRY_TIMES);
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
                        .at(place(self.used))
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
        self.numbers.begin();
        for group in &self.groups[rows.clone()] {
            self.numbers.add(*group);
        }
        let touched = self.numbers.touched();
        let states = Packed::of(touched.iter().map(|group| self.held.get(*group))).map_err(Failure::new)?;
        let updated = self.used.update(&states, self.numbers.local(), self.arguments, rows)?;
        self.lines.append(updated.lines, self.used.module.limits().log_lines);
        for (group, state) in touched.iter().zip(updated.value.iter()) {
            self.held.set(*group, state);
        }
        Ok(())
    }

    fn failed_alone(&mut self, failure: Failure) -> Result<()> {
        self.alone += 1;
        self.lines.append(failure.lines, self.used.module.limits().log_lines);
        if self.passed == 0 && self.alone >= HOPELESS {
            return Err(
                Fault::guest(format!("the aggregate stops at every row (the first {HOPELESS} tried)"))
                    .because(failure.reason)
                    .at(place(self.used))
                    .hint(HINT),
            );
        }
        self.bound.failures.add(failure.reason);
        Ok(())
    }
}

const HINT: &str = "nothing of this batch is kept: mend the module, or go back to the one before, and start again";

/// ``aggregate `p95` (p95@3fa9c1)``.
pub(super) fn place(used: &Used) -> String {
    format!("aggregate {used}")
}
