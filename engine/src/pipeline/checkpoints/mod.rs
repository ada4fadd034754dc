//! What a stream keeps, on its way to a checkpoint and back.
//!
//! A run [opens](open) its checkpoint and goes on from it, or begins; at the edge of a batch, when it is time, [`Checkpointing::state`]
//! makes the state that is committed. What may have changed in the pipeline meanwhile is decided in [`compare`].

#[cfg(test)]
mod bench;
mod compare;
mod keeper;
mod open;
mod orphans;
mod restore;
mod rewind;
mod save;
mod shape;
mod sinks;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::batch::Offsets;
use crate::checkpoint::{Checkpoints, Committed, KeptRows, Object};

pub use keeper::{CheckpointPlace, ClearedCheckpoint, Clearing, Keeper};
pub use orphans::{Orphan, OrphanKind, Orphans};
pub use rewind::{Rewind, TakenBack};

pub(super) use open::{Resumed, open};
pub(super) use sinks::Unwritten;

/// Where a stream keeps what the next run goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSpec {
    /// The folder: `s3://bucket/prefix`, `file:///path` or a path. Option `checkpoint`, or `checkpoint.url`.
    pub url: String,
    /// The time from one checkpoint to the next; one is taken between two batches only. Option `checkpoint.interval`.
    pub interval: Duration,
    /// How many checkpoints are kept. Option `checkpoint.keep`.
    pub keep: usize,
    /// Whether the pipeline says nothing of it: then it is only for streams that don't end by themselves.
    pub is_default: bool,
}

impl CheckpointSpec {
    /// The defaults: every second, the last ten.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            interval: Duration::from_secs(1),
            keep: 10,
            is_default: false,
        }
    }
}

/// The checkpoints of a run, and what it has to remember from one to the next.
pub(super) struct Checkpointing {
    pub(super) checkpoints: Checkpoints,
    interval: Duration,
    /// The groups of each table, as they are kept: see [`crate::checkpoint::TableState::pieces`].
    pieces: BTreeMap<String, Vec<Object>>,
    /// Tables whose groups are kept anew at the next checkpoint, all of them.
    anew: bool,
    /// The rows of files that are being written, by sink.
    rows: BTreeMap<String, Vec<KeptRows>>,
    /// How far each source was read at the last checkpoint.
    positions: BTreeMap<String, Offsets>,
    /// When the last one was taken; none before the first.
    last: Option<Instant>,
    /// Whether anything happened since.
    dirty: bool,
    /// Whether what an earlier checkpoint left could not be removed, which is told once.
    told_leftovers: bool,
    done: Option<Done>,
}

/// What the last checkpoint took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) committed: Committed,
    pub(super) took: Duration,
}

/// Rows of files that are being written, in as many objects: then the files are closed.
const MOST_ROWS_OBJECTS: usize = 600;

/// Bytes of such rows that are held in memory for the next checkpoint: then it is taken, whatever the time.
pub(super) const MOST_KEPT_BYTES: usize = 64 << 20;

impl Checkpointing {
    /// When the next one is due; now, if there was none.
    pub(super) fn due(&self) -> Instant {
        self.last.map_or_else(Instant::now, |last| last + self.interval)
    }

    /// Whether anything happened since the last one.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty || self.last.is_none()
    }

    /// A batch was done.
    pub(super) fn touch(&mut self) {
        self.dirty = true;
    }

    /// The tables' groups are others than those that were kept: another plan goes on with them.
    pub(super) fn begin_anew(&mut self) {
        self.anew = true;
    }

    /// Whether files must be closed, since their rows are in too many objects.
    pub(super) fn is_fragmented(&self) -> bool {
        self.rows.values().any(|rows| rows.len() >= MOST_ROWS_OBJECTS)
    }

    /// It is there.
    pub(super) fn taken(&mut self, committed: Committed, began: Instant) {
        self.last = Some(began);
        self.dirty = false;
        self.anew = false;
        self.done = Some(Done {
            committed,
            took: began.elapsed(),
        });
    }

    /// What the checkpoint since the last call took, if there was one.
    pub(super) fn take_done(&mut self) -> Option<Done> {
        self.done.take()
    }

    /// Whether that leftovers stay is to be told now.
    pub(super) fn tell_leftovers(&mut self) -> bool {
        !std::mem::replace(&mut self.told_leftovers, true)
    }
}
