//! Groups of fixed windows, kept by pane: windows that slide over each other share the states of the panes they have in
//! common. Groups without a window are those of one pane that never ends.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::hash::BuildHasher;

use arrow::array::RecordBatch;
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use datafusion::common::Result;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::groups::{LargestGroup, OpenWindow};
use super::keys::Keys;
use super::pieces::{parts, without};
use super::selection::{Kept, Selection};
use crate::aggregate::{Aggregates, Slot, States};
use crate::event_time::Windows;

/// The groups of a query with fixed windows, or with none.
#[derive(Debug)]
pub(super) struct Panes {
    windows: Option<Windows>,
    keys: Keys,
    key_columns: usize,
    states: States,
    /// Whose each slot is that is given out.
    owners: Vec<Owner>,
    panes: BTreeMap<i64, Pane>,
    hasher: DefaultHashBuilder,
    /// What this batch changed, each slot once.
    touched: Vec<Slot>,
    /// Merges and batches are counted, so that marks of those before need not be wiped.
    merge: u64,
    batch: u64,
    /// Bytes of the keys.
    key_bytes: usize,
    /// Windows that end at or before it have come out.
    emitted: i64,
    /// The batch from which on changes are remembered; 0 if they are not.
    since: u64,
    /// The groups that changed since then, each once, by their panes: they are forgotten together.
    unsaved: BTreeMap<i64, Vec<Slot>>,
}

/// The groups of one pane, in the order in which they came.
#[derive(Debug, Default)]
struct Pane {
    index: HashTable<Slot>,
    slots: Vec<Slot>,
}

/// A group's pane and key, and the last merge and the last batch that touched it: side by side, since they are looked at together,
/// and with many groups a look is what costs.
#[derive(Debug, Default)]
struct Owner {
    pane: i64,
    key: Box<[u8]>,
    merge: u64,
    batch: u64,
    /// Its number among the groups of its merge.
    local: usize,
}

/// Added to the numbers of groups that are new, until it is known how many are not.
const NEW: usize = 1 << (usize::BITS - 1);

/// What a key costs besides its bytes: its place in the table of its pane and among the owners.
const KEY_OVERHEAD: usize = 72;

impl Panes {
    pub(super) fn new(windows: Option<Windows>, keys: &[DataType], aggregates: &Aggregates) -> Result<Self> {
        Ok(Self {
            windows,
            keys: Keys::new(keys)?,
            key_columns: keys.len(),
            states: States::new(aggregates.state_types()),
            owners: Vec::new(),
            panes: BTreeMap::new(),
            hasher: DefaultHashBuilder::default(),
            touched: Vec::new(),
            merge: 0,
            batch: 1,
            key_bytes: 0,
            emitted: i64::MIN,
            since: 0,
            unsaved: BTreeMap::new(),
        })
    }

    /// Adds partial states: pane (where there are windows), keys, states.
    pub(super) fn merge(&mut self, aggregates: &Aggregates, partial: &RecordBatch) -> Result<()> {
        let rows = partial.num_rows();
        let (bounds, rest) = partial.columns().split_at(self.bounds());
        let (keys, states) = rest.split_at(self.key_columns);
        let starts = bounds.first().map(|starts| starts.as_primitive::<Int64Type>().values());
        let keys = self.keys.encode(keys)?;
        self.merge += 1;
        // The groups of this call are numbered from 0, those that have states already first: accumulators take it that a group
        // which is new to them comes in the call that adds it.
        let mut numbers = Vec::with_capacity(rows);
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for row in 0..rows {
            let pane = starts.map_or(0, |starts| starts[row]);
            let (slot, is_new) = self.slot(pane, keys.key(row))?;
            let owner = &mut self.owners[slot.at()];
            if owner.merge != self.merge {
                owner.merge = self.merge;
                owner.local = if is_new { NEW + new.len() } else { old.len() };
                if is_new { &mut new } else { &mut old }.push(slot);
                if owner.batch != self.batch {
                    if owner.batch < self.since {
                        self.unsaved.entry(owner.pane).or_default().push(slot);
                    }
                    owner.batch = self.batch;
                    self.touched.push(slot);
                }
            }
            numbers.push(owner.local);
        }
        if old.is_empty() && new.len() == rows {
            // All new, each once: there is nothing to combine.
            return self.states.scatter(&new, states);
        }
        for number in &mut numbers {
            *number = number.checked_sub(NEW).map_or(*number, |number| old.len() + number);
        }
        let mut combined = aggregates.combined()?;
        let old_numbers: Vec<usize> = (0..old.len()).collect();
        combined.merge(&self.states.gather(&old)?, &old_numbers, old.len())?;
        let slots = [old, new].concat();
        combined.merge(states, &numbers, slots.len())?;
        self.states.scatter(&slots, &combined.into_states()?)
    }

    /// The slot of a group, and whether it is a new one.
    fn slot(&mut self, pane: i64, key: &[u8]) -> Result<(Slot, bool)> {
        let hash = self.hasher.hash_one(key);
        let groups = self.panes.entry(pane).or_default();
        let owners = &self.owners;
        if let Some(slot) = groups.index.find(hash, |slot| *owners[slot.at()].key == *key) {
            return Ok((*slot, false));
        }
        let slot = self.states.allocate()?;
        if slot.at() >= self.owners.len() {
            self.owners.resize_with(slot.at() + 1, Default::default);
        }
        self.owners[slot.at()] = Owner {
            pane,
            key: Box::from(key),
            ..Owner::default()
        };
        self.key_bytes += key.len() + KEY_OVERHEAD;
        let (owners, hasher) = (&self.owners, &self.hasher);
        groups
            .index
            .insert_unique(hash, slot, |slot| hasher.hash_one(&*owners[slot.at()].key));
        groups.slots.push(slot);
        Ok((slot, true))
    }

    /// The batch is over: nothing is touched any more.
    pub(super) fn end_batch(&mut self) {
        self.touched.clear();
        self.batch += 1;
    }

    /// The groups of all windows that are final and have not come out yet, the oldest first.
    pub(super) fn finished(&mut self, watermark: i64, out: &mut Output<'_>) -> Result<()> {
        let Some(windows) = self.windows else {
            return Ok(());
        };
        let emitted = self.emitted;
        let due = |start: &i64| windows.end(*start) <= watermark && windows.end(*start) > emitted;
        // No pane behind the watermark lies in a window that is final.
        let panes = self.panes.range(..watermark);
        let starts: BTreeSet<i64> = panes.flat_map(|(pane, _)| windows.starts(*pane).filter(due)).collect();
        for start in starts {
            self.window(windows, start, out)?;
        }
        self.emitted = self.emitted.max(watermark);
        Ok(())
    }

    /// The groups that this batch changed, in windows that end behind `late`.
    pub(super) fn changed(&self, late: i64, out: &mut Output<'_>) -> Result<()> {
        let Some(windows) = self.windows else {
            for slot in &self.touched {
                out.selection.group(None, *slot);
                out.selection.member(*slot);
                self.flush(out)?;
            }
            return Ok(());
        };
        let mut changed: BTreeMap<i64, Vec<Slot>> = BTreeMap::new();
        for slot in &self.touched {
            let pane = self.owners[slot.at()].pane;
            for start in windows.starts(pane).filter(|start| windows.end(*start) > late) {
                changed.entry(start).or_default().push(*slot);
            }
        }
        for (start, slots) in changed {
            let mut seen: HashSet<&[u8], DefaultHashBuilder> = HashSet::default();
            for slot in slots {
                let key = &*self.owners[slot.at()].key;
                if seen.insert(key) {
                    out.selection.group(Some((start, windows.end(start))), slot);
                    for pane in self.panes.range(start..windows.end(start)).map(|(_, pane)| pane) {
                        self.find(pane, key)
                            .into_iter()
                            .for_each(|slot| out.selection.member(slot));
                    }
                    self.flush(out)?;
                }
            }
        }
        Ok(())
    }

    /// All groups of all windows.
    pub(super) fn all(&self, out: &mut Output<'_>) -> Result<()> {
        match self.windows {
            Some(windows) => {
                let starts: BTreeSet<i64> = self.panes.keys().flat_map(|pane| windows.starts(*pane)).collect();
                starts
                    .into_iter()
                    .try_for_each(|start| self.window(windows, start, out))
            }
            None => {
                for slot in self.panes.values().flat_map(|pane| &pane.slots) {
                    out.selection.group(None, *slot);
                    out.selection.member(*slot);
                    self.flush(out)?;
                }
                Ok(())
            }
        }
    }

    /// The groups of one window: of each key what its panes have.
    fn window(&self, windows: Windows, start: i64, out: &mut Output<'_>) -> Result<()> {
        let bounds = Some((start, windows.end(start)));
        let mut panes = self.panes.range(start..windows.end(start)).map(|(_, pane)| pane);
        if windows.is_tumbling() {
            for slot in panes.flat_map(|pane| &pane.slots) {
                out.selection.group(bounds, *slot);
                out.selection.member(*slot);
                self.flush(out)?;
            }
            return Ok(());
        }
        let mut groups: HashMap<&[u8], usize, DefaultHashBuilder> = HashMap::default();
        for slot in panes.by_ref().flat_map(|pane| &pane.slots) {
            let group = *groups.entry(&self.owners[slot.at()].key).or_insert_with(|| {
                out.selection.group(bounds, *slot);
                out.selection.len() - 1
            });
            out.selection.member_of(group, *slot);
        }
        self.flush(out)
    }

    fn find(&self, pane: &Pane, key: &[u8]) -> Option<Slot> {
        let hash = self.hasher.hash_one(key);
        pane.index
            .find(hash, |slot| *self.owners[slot.at()].key == *key)
            .copied()
    }

    fn flush(&self, out: &mut Output<'_>) -> Result<()> {
        if out.selection.is_full() {
            self.write(out)
        } else {
            Ok(())
        }
    }

    /// Makes rows of what was chosen.
    pub(super) fn write(&self, out: &mut Output<'_>) -> Result<()> {
        let key_of = |slot: Slot| &*self.owners[slot.at()].key;
        let kept = Kept {
            aggregates: out.aggregates,
            states: &self.states,
            keys: &self.keys,
            bounds: self.bounds(),
            key_of: &key_of,
            schema: out.schema,
        };
        out.batches.extend(out.selection.take(&kept)?);
        Ok(())
    }

    /// Forgets the panes that lie in no window that is still open; how many groups that were.
    pub(super) fn forget(&mut self, watermark: i64) -> usize {
        let mut forgotten = 0;
        while let Some((pane, _)) = self.panes.first_key_value()
            && self.is_over(*pane, watermark)
            && let Some((pane, groups)) = self.panes.pop_first()
        {
            self.unsaved.remove(&pane);
            for slot in &groups.slots {
                let owner = std::mem::take(&mut self.owners[slot.at()]);
                self.key_bytes -= owner.key.len() + KEY_OVERHEAD;
            }
            self.states.release(&groups.slots);
            forgotten += groups.slots.len();
        }
        forgotten
    }

    /// Whether a pane lies in no window that is still open.
    fn is_over(&self, pane: i64, watermark: i64) -> bool {
        self.windows
            .is_some_and(|windows| windows.end(windows.last_start(pane)) <= watermark)
    }

    /// What is kept, as partial states.
    pub(super) fn snapshot(&self) -> Result<Vec<ArrayRef>> {
        let slots = self.panes.values().flat_map(|pane| pane.slots.iter().copied());
        self.columns(&slots.collect::<Vec<_>>())
    }

    /// From now on changes are remembered.
    pub(super) fn track(&mut self) {
        if !self.tracks() {
            self.settle();
        }
    }

    pub(super) fn tracks(&self) -> bool {
        self.since != 0
    }

    pub(super) fn unsaved(&self) -> usize {
        self.unsaved.values().map(Vec::len).sum()
    }

    /// What is kept of the groups that changed since the last time, new ones of a pane in the order in which they came; and how
    /// many they are.
    pub(super) fn changes(&self) -> Result<(Vec<ArrayRef>, usize)> {
        let slots: Vec<Slot> = self.unsaved.values().flatten().copied().collect();
        Ok((self.columns(&slots)?, slots.len()))
    }

    /// What changed so far is saved, save what the batch at hand may go on changing.
    pub(super) fn settle(&mut self) {
        self.since = self.batch;
        self.unsaved.clear();
        for slot in &self.touched {
            let pane = self.owners[slot.at()].pane;
            self.unsaved.entry(pane).or_default().push(*slot);
        }
    }

    /// Puts a piece of what was kept in the place of what is there of its groups, which does not count as a change. What is
    /// over is left out.
    pub(super) fn restore(&mut self, piece: &RecordBatch, forgotten: i64) -> Result<()> {
        for part in parts(piece) {
            let starts = self
                .windows
                .map(|_| part.column(0).as_primitive::<Int64Type>().values());
            let is_over = |row: usize| starts.is_some_and(|starts| self.is_over(starts[row], forgotten));
            let part = without(&part, is_over)?;
            let (bounds, rest) = part.columns().split_at(self.bounds());
            let (keys, states) = rest.split_at(self.key_columns);
            let starts = bounds.first().map(|starts| starts.as_primitive::<Int64Type>().values());
            let keys = self.keys.encode(keys)?;
            let mut slots = Vec::with_capacity(part.num_rows());
            for row in 0..part.num_rows() {
                let (slot, _) = self.slot(starts.map_or(0, |starts| starts[row]), keys.key(row))?;
                slots.push(slot);
            }
            self.states.scatter(&slots, states)?;
        }
        Ok(())
    }

    /// The groups in these slots, as partial states.
    fn columns(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>> {
        let mut columns = Vec::new();
        if self.windows.is_some() {
            let starts = slots.iter().map(|slot| self.owners[slot.at()].pane);
            columns.push(std::sync::Arc::new(starts.collect::<arrow::array::Int64Array>()) as ArrayRef);
        }
        columns.extend(
            self.keys
                .decode(slots.iter().map(|slot| &*self.owners[slot.at()].key))?,
        );
        columns.extend(self.states.gather(slots)?);
        Ok(columns)
    }

    pub(super) fn emitted(&self) -> i64 {
        self.emitted
    }

    pub(super) fn set_emitted(&mut self, emitted: i64) {
        self.emitted = emitted;
    }

    pub(super) fn count(&self) -> usize {
        self.panes.len()
    }

    pub(super) fn groups(&self) -> usize {
        self.states.len()
    }

    pub(super) fn changed_groups(&self) -> usize {
        self.touched.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.states.bytes() + self.key_bytes + self.panes.len() * size_of::<Pane>()
    }

    /// The windows that can still change, the oldest first.
    pub(super) fn open_windows(&self, watermark: Option<i64>) -> Vec<OpenWindow> {
        let Some(windows) = self.windows else {
            return Vec::new();
        };
        let mut open: BTreeMap<i64, OpenWindow> = BTreeMap::new();
        for (pane, groups) in &self.panes {
            let starts = windows.starts(*pane);
            for start in starts.filter(|start| watermark.is_none_or(|watermark| windows.end(*start) > watermark)) {
                let window = open.entry(start).or_insert(OpenWindow {
                    start,
                    end: windows.end(start),
                    groups: 0,
                });
                window.groups += groups.slots.len();
            }
        }
        open.into_values().collect()
    }

    /// The groups that hold the most bytes.
    pub(super) fn largest(&self, count: usize) -> Result<Vec<LargestGroup>> {
        let slots = self.panes.values().flat_map(|pane| &pane.slots);
        let bytes = |slot: Slot| self.states.bytes_of(slot) + self.owners[slot.at()].key.len() + KEY_OVERHEAD;
        let sized = largest(slots.map(|slot| (bytes(*slot), *slot)), count);
        let group = |(bytes, slot): (usize, Slot)| {
            let Owner { pane, key, .. } = &self.owners[slot.at()];
            let start = self.windows.map(|windows| windows.last_start(*pane));
            let keys = self.keys.decode(std::iter::once(&**key))?;
            Ok(LargestGroup { start, keys, bytes })
        };
        sized.into_iter().map(group).collect()
    }

    fn bounds(&self) -> usize {
        usize::from(self.windows.is_some())
    }
}

/// The greatest of these, the greatest first.
pub(super) fn largest(sized: impl Iterator<Item = (usize, Slot)>, count: usize) -> Vec<(usize, Slot)> {
    let mut least_first = BinaryHeap::with_capacity(count + 1);
    for one in sized {
        least_first.push(Reverse(one));
        if least_first.len() > count {
            least_first.pop();
        }
    }
    // Reversed twice: the greatest first.
    least_first
        .into_sorted_vec()
        .into_iter()
        .map(|Reverse(one)| one)
        .collect()
}

/// Where results go.
pub(super) struct Output<'a> {
    pub(super) aggregates: &'a Aggregates,
    pub(super) schema: &'a SchemaRef,
    pub(super) selection: Selection,
    pub(super) batches: Vec<RecordBatch>,
}
