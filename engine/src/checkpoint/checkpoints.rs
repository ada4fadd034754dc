//! The checkpoints of one run: claimed at its beginning, written one after the other, old ones collected.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::beat::Beating;
use super::claim::{Claimed, claim};
use super::manifest::{Manifest, State, VERSION};
use super::owner::Owner;
use super::store::{CheckpointStore, Written};
use crate::clock::Clock;
use crate::error::{Fault, Kind, Result};
use crate::storage::{Mark, Notify};

/// The checkpoints of a run that owns them.
pub struct Checkpoints {
    store: Arc<CheckpointStore>,
    clock: Arc<dyn Clock>,
    pipeline: String,
    id: String,
    owner: Owner,
    beating: Beating,
    next: u64,
    /// The checkpoint that the next one goes on from.
    previous: Option<u64>,
    /// How many are kept.
    keep: usize,
    /// Those that are there and what they refer to, the oldest first.
    kept: VecDeque<(u64, BTreeSet<String>)>,
    /// Checkpoints that nobody goes on from any more, with what they refer to.
    void: Vec<(u64, BTreeSet<String>)>,
    /// Objects that were there at the claim: those that no manifest names are of runs that died, and can't be named any more.
    found: Vec<String>,
}

/// A checkpoint that was claimed.
pub struct Opened {
    /// The run's checkpoints from here on.
    pub checkpoints: Checkpoints,
    /// What can be gone on from, the newest first.
    pub candidates: Vec<Manifest>,
    /// The newest of them whose files the run before had made visible to its end, if it said so.
    pub settled: Option<u64>,
}

/// A checkpoint is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Its number.
    pub number: u64,
    /// Bytes of the manifest and of the objects that are new with it.
    pub bytes: u64,
}

/// By which a fault is known that says that another run has taken over.
const TAKEN_OVER: &str = "another run of this pipeline has taken over";

impl Checkpoints {
    /// Claims the checkpoint for a run of this pipeline, which may wait some seconds for another one that might still run. `check` is
    /// asked whether the newest state can be gone on from, before anything is written.
    ///
    /// # Errors
    /// `Refused`: it is another pipeline's or a newer version's, another run lives, or the store can't keep two runs apart.
    pub async fn open(
        store: CheckpointStore,
        pipeline: &str,
        keep: usize,
        clock: Arc<dyn Clock>,
        notify: &Notify,
        check: &(dyn Fn(&Manifest) -> Result<()> + Sync),
    ) -> Result<Opened> {
        let store = Arc::new(store);
        let Claimed {
            claim,
            candidates,
            settled,
        } = claim(&store, pipeline, clock.now_ms(), notify, check).await?;
        store.mark(claim.owner.mark());
        let found = store.objects().await?;
        let kept = candidates.iter().rev().map(|manifest| {
            let paths = manifest.objects().map(|object| object.path.clone());
            (manifest.number, paths.collect())
        });
        let checkpoints = Self {
            beating: Beating::start(Arc::clone(&store), claim.owner.clone(), claim.number + 1),
            store,
            clock,
            pipeline: pipeline.to_owned(),
            id: claim.id,
            owner: claim.owner,
            next: claim.number + 1,
            previous: claim.previous,
            keep: keep.max(1),
            kept: kept.collect(),
            void: Vec::new(),
            found,
        };
        Ok(Opened {
            checkpoints,
            candidates,
            settled,
        })
    }

    /// What tells this series of checkpoints from all others, over all its runs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// By which the files are known that this run writes.
    pub(crate) fn mark(&self) -> Mark {
        self.owner.mark()
    }

    /// Where they are.
    pub fn store(&self) -> &Arc<CheckpointStore> {
        &self.store
    }

    /// The number of the next one.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Makes sure that what is gone was not removed by another run that has taken over: then nothing here is this run's to decide.
    ///
    /// # Errors
    /// [`Checkpoints::is_fenced`]: another run has taken over. And if the store can't be read.
    pub async fn ensure_owned(&self) -> Result<()> {
        // Where the next one of this run belongs, another one's claim would stand, for good.
        match self.store.manifest(self.next).await? {
            Some(theirs) => Err(self.fenced(&theirs)),
            None => Ok(()),
        }
    }

    /// The run goes on from this checkpoint, or from the beginning: those behind it are void.
    pub fn go_on_from(&mut self, number: Option<u64>) {
        self.previous = number;
        while let Some((last, _)) = self.kept.back()
            && number.is_none_or(|number| *last > number)
        {
            self.void.extend(self.kept.pop_back());
        }
    }

    /// Commits this state, if no other run has taken over. After an error it may be there or not: only a run that begins can tell.
    ///
    /// # Errors
    /// [`Checkpoints::is_fenced`]: another run has taken over, and nothing was committed. And if the store can't be written.
    pub async fn commit(&mut self, state: State) -> Result<Committed> {
        let paths = state.paths();
        let before = self.kept.back().map(|(_, paths)| paths);
        let new = state
            .objects()
            .filter(|object| !before.is_some_and(|before| before.contains(&object.path)));
        let bytes: u64 = new.map(|object| object.bytes).sum();
        let manifest = Manifest {
            version: VERSION,
            number: self.next,
            previous: self.previous,
            id: self.id.clone(),
            pipeline: self.pipeline.clone(),
            owner: self.owner.clone(),
            written_ms: self.clock.now_ms(),
            state: Some(state),
        };
        let bytes = bytes + manifest.bytes()?.len() as u64;
        match self.store.create(&manifest).await? {
            Written::Ours => {}
            Written::Theirs(theirs) => return Err(self.fenced(&theirs)),
        }
        let number = self.next;
        self.previous = Some(number);
        self.next += 1;
        self.beating.go_on_to(self.next);
        self.kept.push_back((number, paths));
        Ok(Committed { number, bytes })
    }

    /// Removes checkpoints that are too old, and what only they refer to. Claims stay: a run that slept for long must find them.
    ///
    /// # Errors
    /// If the store refuses; what was not removed is a leftover.
    pub async fn collect(&mut self) -> Result<()> {
        let mut expired = std::mem::take(&mut self.void);
        while self.kept.len() > self.keep {
            expired.extend(self.kept.pop_front());
        }
        let numbers: Vec<u64> = expired.iter().map(|(number, _)| *number).collect();
        let mut objects: BTreeSet<String> = expired.into_iter().flat_map(|(_, paths)| paths).collect();
        objects.extend(std::mem::take(&mut self.found));
        let is_kept = |path: &String| self.kept.iter().any(|(_, paths)| paths.contains(path));
        let objects = objects.into_iter().filter(|path| !is_kept(path)).collect();
        self.store.remove(&numbers, objects).await
    }

    /// The run has ended; of its last checkpoint everything was done, if `is_settled`. Who starts the pipeline again need not wait.
    ///
    /// # Errors
    /// If the store can't be written.
    pub async fn release(self, is_settled: bool) -> Result<()> {
        let settled = self.previous.filter(|_| is_settled);
        self.beating.release(&self.store, self.owner, settled).await
    }

    /// Whether another run was found that has taken over: the next commit says which.
    pub fn is_taken_over(&self) -> bool {
        self.beating.is_taken_over()
    }

    /// Whether a fault says that another run has taken over.
    pub fn is_fenced(fault: &Fault) -> bool {
        fault.kind() == Kind::Refused && fault.to_string().starts_with(TAKEN_OVER)
    }

    /// Nothing is heard of it any more.
    #[cfg(test)]
    pub(super) async fn go_to_sleep(&mut self) {
        self.beating.stop().await;
    }

    /// Another run has taken over, whose manifest this is.
    fn fenced(&self, theirs: &Manifest) -> Fault {
        let at = match self.kept.back() {
            Some((last, _)) => format!("this run's last checkpoint is {last}; nothing that it did since is visible"),
            None => "this run has written nothing; the other one goes on".to_owned(),
        };
        Fault::refused(format!("{TAKEN_OVER}: {}", theirs.owner))
            .at(self.store.to_string())
            .hint(at)
    }
}

#[cfg(test)]
#[path = "checkpoints_test.rs"]
mod tests;
