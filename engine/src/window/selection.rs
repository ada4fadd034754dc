//! Groups chosen to come out, with what each is made of.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use super::keys::Keys;
use crate::aggregate::{Aggregates, Slot, States};

/// About how many states are combined at once: results come out in batches of some such size.
const FULL: usize = 64 * 1024;

/// Groups on their way out.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Each group's window, where there are windows.
    starts: Vec<i64>,
    ends: Vec<i64>,
    /// For each group a slot that has its key.
    keys: Vec<Slot>,
    /// The slots whose states make up the groups, and which.
    members: Vec<Slot>,
    groups: Vec<usize>,
}

impl Selection {
    /// Begins a group. The slot has its key, and is not yet one of its members.
    pub(super) fn group(&mut self, window: Option<(i64, i64)>, key: Slot) {
        if let Some((start, end)) = window {
            self.starts.push(start);
            self.ends.push(end);
        }
        self.keys.push(key);
    }

    /// Adds a member to the group begun last.
    pub(super) fn member(&mut self, slot: Slot) {
        self.member_of(self.keys.len() - 1, slot);
    }

    /// Adds a member to a group, counted from the first in this selection.
    pub(super) fn member_of(&mut self, group: usize, slot: Slot) {
        self.members.push(slot);
        self.groups.push(group);
    }

    /// How many groups were begun.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it is time to make rows of it.
    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= FULL
    }

    /// The groups' rows: window, keys, results, in the columns of `schema`; none if nothing was chosen.
    pub(super) fn take(&mut self, from: &Kept<'_>) -> Result<Option<RecordBatch>> {
        let Self {
            starts,
            ends,
            keys,
            members,
            groups,
        } = std::mem::take(self);
        if keys.is_empty() {
            return Ok(None);
        }
        let mut combined = from.aggregates.combined()?;
        combined.merge(&from.states.gather(&members)?, &groups, keys.len())?;
        let bounds = [starts, ends].into_iter().take(from.bounds);
        let mut columns: Vec<ArrayRef> = bounds
            .map(|bound| Arc::new(Int64Array::from(bound)) as ArrayRef)
            .collect();
        columns.extend(from.keys.decode(keys.iter().map(|slot| (from.key_of)(*slot)))?);
        columns.extend(combined.into_values()?);
        let options = RecordBatchOptions::new().with_row_count(Some(keys.len()));
        Ok(Some(RecordBatch::try_new_with_options(
            Arc::clone(from.schema),
            columns,
            &options,
        )?))
    }
}

/// What rows are made from.
pub(super) struct Kept<'a> {
    pub(super) aggregates: &'a Aggregates,
    pub(super) states: &'a States,
    pub(super) keys: &'a Keys,
    /// How many columns say the window: none, its start, or both bounds.
    pub(super) bounds: usize,
    pub(super) key_of: &'a dyn Fn(Slot) -> &'a [u8],
    pub(super) schema: &'a SchemaRef,
}
