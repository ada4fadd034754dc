//! Groups of sessions: each key has as many as there are gaps between its rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use hashbrown::DefaultHashBuilder;

use super::groups::{LargestGroup, OpenWindow};
use super::keys::Keys;
use super::panes::Output;
use super::pieces::{parts, without};
use super::selection::Kept;
use crate::aggregate::{Aggregates, Slot, States};

type Key = Arc<[u8]>;

/// The sessions of a query.
#[derive(Debug)]
pub(super) struct Sessions {
    keys: Keys,
    key_columns: usize,
    states: States,
    /// Of each slot that is given out, whose it is.
    owners: Vec<Option<Session>>,
    by_key: HashMap<Key, Vec<Slot>, DefaultHashBuilder>,
    by_end: BTreeSet<(i64, Slot)>,
    /// What this batch changed and what is still there, each slot once.
    changed: HashSet<Slot, DefaultHashBuilder>,
    key_bytes: usize,
    /// Whether changes are remembered.
    tracks: bool,
    /// The keys that have sessions of which one changed in a batch since they were taken last.
    unsaved: HashSet<Key, DefaultHashBuilder>,
}

#[derive(Debug, Clone)]
struct Session {
    key: Key,
    start: i64,
    end: i64,
}

/// A session on its way to be kept, and what it is made of.
struct Joined {
    start: i64,
    end: i64,
    /// Those that were kept.
    slots: Vec<Slot>,
    /// Rows of the partial states.
    rows: Vec<usize>,
}

/// What a session costs besides its states and its key's bytes.
const OVERHEAD: usize = 96;

impl Sessions {
    pub(super) fn new(keys: &[DataType], aggregates: &Aggregates) -> Result<Self> {
        Ok(Self {
            keys: Keys::new(keys)?,
            key_columns: keys.len(),
            states: States::new(aggregates.state_types()),
            owners: Vec::new(),
            by_key: HashMap::default(),
            by_end: BTreeSet::new(),
            changed: HashSet::default(),
            key_bytes: 0,
            tracks: false,
            unsaved: HashSet::default(),
        })
    }

    /// Adds partial states: start and end, keys, states. Sessions that meet, be it that one ends where the other begins,
    /// become one.
    pub(super) fn merge(&mut self, aggregates: &Aggregates, partial: &RecordBatch) -> Result<()> {
        let (bounds, rest) = partial.columns().split_at(2);
        let (key_columns, states) = rest.split_at(self.key_columns);
        let bound = |at: usize| bounds[at].as_primitive::<Int64Type>().values();
        let (starts, ends) = (bound(0), bound(1));
        let keys = self.keys.encode(key_columns)?;
        // In an order that does not depend on a hash, so that equal runs are equal.
        let mut arrived: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for row in 0..partial.num_rows() {
            arrived.entry(keys.key(row)).or_default().push(row);
        }
        let mut joined: Vec<(Key, Joined)> = Vec::new();
        for (bytes, rows) in arrived {
            let kept = self.by_key.get_key_value(bytes);
            let key = kept.map_or_else(|| Key::from(bytes), |(key, _)| Arc::clone(key));
            let kept = kept.map_or(&[][..], |(_, slots)| slots.as_slice());
            let of_slots = kept.iter().filter_map(|slot| {
                let session = self.owners[slot.at()].as_ref()?;
                Some(Joined {
                    start: session.start,
                    end: session.end,
                    slots: vec![*slot],
                    rows: Vec::new(),
                })
            });
            let of_rows = rows.iter().map(|row| Joined {
                start: starts[*row],
                end: ends[*row],
                slots: Vec::new(),
                rows: vec![*row],
            });
            let sessions = join(of_slots.chain(of_rows).collect());
            let changed = sessions.into_iter().filter(|session| !session.rows.is_empty());
            joined.extend(changed.map(|session| (Arc::clone(&key), session)));
        }
        // Those that have states already first: see `Combined::merge`.
        joined.sort_by_key(|(_, session)| session.slots.is_empty());
        let with_states = joined.iter().filter(|(_, session)| !session.slots.is_empty()).count();
        let mut combined = aggregates.combined()?;
        let numbered = || (0..).zip(&joined);
        let old: Vec<(usize, Slot)> = numbered()
            .flat_map(|(number, (_, session))| session.slots.iter().map(move |slot| (number, *slot)))
            .collect();
        let (old_numbers, old_slots): (Vec<usize>, Vec<Slot>) = old.into_iter().unzip();
        combined.merge(&self.states.gather(&old_slots)?, &old_numbers, with_states)?;
        let mut numbers = vec![0; partial.num_rows()];
        for (number, (_, session)) in numbered() {
            session.rows.iter().for_each(|row| numbers[*row] = number);
        }
        combined.merge(states, &numbers, joined.len())?;
        let new_states = combined.into_states()?;
        let mut slots = Vec::with_capacity(joined.len());
        for (key, session) in joined {
            self.remove(&session.slots);
            let slot = self.insert(Session {
                key,
                start: session.start,
                end: session.end,
            })?;
            self.changed.insert(slot);
            slots.push(slot);
        }
        self.states.scatter(&slots, &new_states)
    }

    fn insert(&mut self, session: Session) -> Result<Slot> {
        let slot = self.states.allocate()?;
        if slot.at() >= self.owners.len() {
            self.owners.resize(slot.at() + 1, None);
        }
        self.by_end.insert((session.end, slot));
        self.by_key.entry(Arc::clone(&session.key)).or_default().push(slot);
        self.key_bytes += session.key.len() + OVERHEAD;
        self.owners[slot.at()] = Some(session);
        Ok(slot)
    }

    fn remove(&mut self, slots: &[Slot]) {
        for slot in slots {
            let Some(session) = self.owners[slot.at()].take() else {
                continue;
            };
            self.key_bytes -= session.key.len() + OVERHEAD;
            self.changed.remove(slot);
            self.by_end.remove(&(session.end, *slot));
            if let Some(of_key) = self.by_key.get_mut(&session.key) {
                of_key.retain(|other| other != slot);
                if of_key.is_empty() {
                    self.by_key.remove(&session.key);
                }
            }
        }
        self.states.release(slots);
    }

    /// The batch is over.
    pub(super) fn end_batch(&mut self) {
        self.note_changes();
        self.changed.clear();
    }

    /// The sessions that are final.
    pub(super) fn finished(&self, watermark: i64, out: &mut Output<'_>) -> Result<()> {
        self.choose(self.in_order(self.by_end.range(..=(watermark, Slot::LAST))), out)
    }

    /// All sessions.
    pub(super) fn all(&self, out: &mut Output<'_>) -> Result<()> {
        self.choose(self.in_order(self.by_end.iter()), out)
    }

    /// Sessions by their ends, those that end together by their keys: which slots they have depends on what was there before.
    fn in_order<'s>(&self, by_end: impl Iterator<Item = &'s (i64, Slot)>) -> Vec<Slot> {
        let mut sessions: Vec<(i64, Slot)> = by_end.copied().collect();
        let key = |slot: Slot| self.owners[slot.at()].as_ref().map(|session| &session.key);
        for together in sessions.chunk_by_mut(|(one, _), (other, _)| one == other) {
            together.sort_unstable_by(|(_, one), (_, other)| key(*one).cmp(&key(*other)));
        }
        sessions.into_iter().map(|(_, slot)| slot).collect()
    }

    fn choose(&self, slots: Vec<Slot>, out: &mut Output<'_>) -> Result<()> {
        for slot in slots {
            if let Some(session) = &self.owners[slot.at()] {
                out.selection.group(Some((session.start, session.end)), slot);
                out.selection.member(slot);
            }
            if out.selection.is_full() {
                self.write(out)?;
            }
        }
        Ok(())
    }

    /// Makes rows of what was chosen.
    pub(super) fn write(&self, out: &mut Output<'_>) -> Result<()> {
        let key_of = |slot: Slot| self.owners[slot.at()].as_ref().map_or(&[][..], |session| &*session.key);
        let kept = Kept {
            aggregates: out.aggregates,
            states: &self.states,
            keys: &self.keys,
            bounds: 2,
            key_of: &key_of,
            schema: out.schema,
        };
        out.batches.extend(out.selection.take(&kept)?);
        Ok(())
    }

    /// Forgets the sessions that are final; how many they were.
    pub(super) fn forget(&mut self, watermark: i64) -> usize {
        let behind = self.by_end.range(..=(watermark, Slot::LAST));
        let slots: Vec<Slot> = behind.map(|(_, slot)| *slot).collect();
        let unsaved: Vec<Key> = if self.unsaved.is_empty() {
            Vec::new()
        } else {
            let sessions = slots.iter().filter_map(|slot| self.owners[slot.at()].as_ref());
            sessions.map(|session| Arc::clone(&session.key)).collect()
        };
        self.remove(&slots);
        for key in unsaved {
            if !self.by_key.contains_key(&key) {
                self.unsaved.remove(&key);
            }
        }
        slots.len()
    }

    /// What is kept, as partial states.
    pub(super) fn snapshot(&self) -> Result<Vec<ArrayRef>> {
        self.columns(&self.in_order(self.by_end.iter()))
    }

    /// From now on changes are remembered.
    pub(super) fn track(&mut self) {
        self.tracks = true;
    }

    pub(super) fn tracks(&self) -> bool {
        self.tracks
    }

    pub(super) fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Sessions may become one until the batch ends: only then it is known which of those that changed are there.
    fn note_changes(&mut self) {
        if self.tracks {
            let sessions = self.changed.iter().filter_map(|slot| self.owners[slot.at()].as_ref());
            self.unsaved.extend(sessions.map(|session| Arc::clone(&session.key)));
        }
    }

    /// All sessions of the keys that have one which changed since the last time, as partial states, by key and time;
    /// and how many they are.
    pub(super) fn changes(&mut self) -> Result<(Vec<ArrayRef>, usize)> {
        self.note_changes();
        let mut slots: Vec<Slot> = self
            .unsaved
            .iter()
            .filter_map(|key| self.by_key.get(key))
            .flatten()
            .copied()
            .collect();
        let place = |slot: Slot| {
            let session = self.owners[slot.at()].as_ref();
            session.map(|session| (&session.key, session.start))
        };
        slots.sort_unstable_by(|one, other| place(*one).cmp(&place(*other)));
        Ok((self.columns(&slots)?, slots.len()))
    }

    /// What changed so far is saved, save what the batch at hand may go on changing.
    pub(super) fn settle(&mut self) {
        self.unsaved = HashSet::default();
    }

    /// Puts a piece of what was kept in the place of all sessions that its keys have, which does not count as a change. What is
    /// over is left out.
    pub(super) fn restore(&mut self, piece: &RecordBatch, forgotten: i64) -> Result<()> {
        let is_first = self.by_key.is_empty();
        let mut replaced: HashSet<Key, DefaultHashBuilder> = HashSet::default();
        for part in parts(piece) {
            let ends = part.column(1).as_primitive::<Int64Type>().values();
            let part = without(&part, |row| ends[row] <= forgotten)?;
            let (bounds, rest) = part.columns().split_at(2);
            let (key_columns, states) = rest.split_at(self.key_columns);
            let bound = |at: usize| bounds[at].as_primitive::<Int64Type>().values();
            let (starts, ends) = (bound(0), bound(1));
            let keys = self.keys.encode(key_columns)?;
            let mut slots = Vec::with_capacity(part.num_rows());
            for row in 0..part.num_rows() {
                let kept = self.by_key.get_key_value(keys.key(row));
                let key = kept.map_or_else(|| Key::from(keys.key(row)), |(key, _)| Arc::clone(key));
                if !is_first && replaced.insert(Arc::clone(&key)) {
                    let before = self.by_key.get(&key).cloned().unwrap_or_default();
                    self.remove(&before);
                }
                slots.push(self.insert(Session {
                    key,
                    start: starts[row],
                    end: ends[row],
                })?);
            }
            self.states.scatter(&slots, states)?;
        }
        Ok(())
    }

    /// The sessions in these slots, as partial states.
    fn columns(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>> {
        let kept: Vec<(Slot, &Session)> = slots
            .iter()
            .filter_map(|slot| Some((*slot, self.owners[slot.at()].as_ref()?)))
            .collect();
        let bound = |of: fn(&Session) -> i64| {
            let bounds: Int64Array = kept.iter().map(|(_, session)| of(session)).collect();
            Arc::new(bounds) as ArrayRef
        };
        let mut columns = vec![bound(|session| session.start), bound(|session| session.end)];
        columns.extend(self.keys.decode(kept.iter().map(|(_, session)| &*session.key))?);
        columns.extend(
            self.states
                .gather(&kept.iter().map(|(slot, _)| *slot).collect::<Vec<_>>())?,
        );
        Ok(columns)
    }

    pub(super) fn groups(&self) -> usize {
        self.states.len()
    }

    pub(super) fn changed_groups(&self) -> usize {
        self.changed.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.states.bytes() + self.key_bytes
    }

    /// The sessions that can still grow, the one that ends first before the others.
    pub(super) fn open_windows(&self, watermark: Option<i64>) -> Vec<OpenWindow> {
        let from = watermark.map_or((i64::MIN, Slot::FIRST), |watermark| {
            (watermark.saturating_add(1), Slot::FIRST)
        });
        let open = self.by_end.range(from..);
        open.filter_map(|(_, slot)| self.owners[slot.at()].as_ref())
            .map(|session| OpenWindow {
                start: session.start,
                end: session.end,
                groups: 1,
            })
            .collect()
    }

    /// The sessions that hold the most bytes.
    pub(super) fn largest(&self, count: usize) -> Result<Vec<LargestGroup>> {
        let slots = self.by_end.iter().map(|(_, slot)| *slot);
        let sized = super::panes::largest(slots.map(|slot| (self.states.bytes_of(slot) + OVERHEAD, slot)), count);
        let mut largest = Vec::with_capacity(sized.len());
        for (bytes, slot) in sized {
            if let Some(session) = &self.owners[slot.at()] {
                largest.push(LargestGroup {
                    start: Some(session.start),
                    keys: self.keys.decode(std::iter::once(&*session.key))?,
                    bytes: bytes + session.key.len(),
                });
            }
        }
        Ok(largest)
    }
}

/// Sessions of one key, those that overlap or touch made one.
fn join(mut sessions: Vec<Joined>) -> Vec<Joined> {
    sessions.sort_by_key(|session| session.start);
    let mut joined: Vec<Joined> = Vec::with_capacity(sessions.len());
    for mut session in sessions {
        match joined.last_mut() {
            Some(last) if session.start <= last.end => {
                last.end = last.end.max(session.end);
                last.slots.append(&mut session.slots);
                last.rows.append(&mut session.rows);
            }
            _ => joined.push(session),
        }
    }
    joined
}
