//! To begin anew: a claim that goes on from nothing, and then everything before it goes.
//!
//! Claims stay, this one and all before: a run that slept for long must find one in the place of its own next checkpoint. And numbers
//! go on behind them, so that no number ever stands for two checkpoints.
//!
//! The id stays too. Kafka's transactions and the group with the marker are named after it: with the same id the next run's producer
//! fences that of a run that still sleeps somewhere, and ends its transaction, which would else keep readers of committed records
//! waiting until it times out. An old marker says nothing of the new checkpoints, since their numbers are greater than any before.

use std::sync::Arc;

use uuid::Uuid;

use super::beat::{Beating, Life, SILENCE, life, wait_for_silence};
use super::claim::{TRIES, take};
use super::manifest::{Manifest, VERSION};
use super::owner::Owner;
use super::store::CheckpointStore;
use super::survey::{Found, Survey};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::storage::Notify;

/// A checkpoint that was cleared, and whose files are still there.
pub struct Cleared {
    store: Arc<CheckpointStore>,
    /// What there was.
    pub survey: Survey,
    owner: Owner,
    beating: Beating,
}

/// Claims a checkpoint for a run that begins anew: from here on nothing of it is gone on from. What can't be read is no hindrance.
///
/// # Errors
/// `Refused`: it is another pipeline's or a newer version's, or a run lives.
pub async fn clear(
    store: CheckpointStore,
    pipeline: Option<&str>,
    clock: Arc<dyn Clock>,
    notify: &Notify,
) -> Result<Cleared> {
    let store = Arc::new(store);
    for _ in 0..TRIES {
        let survey = store.survey().await?;
        if let Some(pipeline) = pipeline {
            survey.check_pipeline(pipeline)?;
        }
        let last = survey.found.last().map_or(0, |found| found.number);
        let newest = survey.newest();
        if let Some(newest) = newest {
            // Of a newest one that can't be read the owner is who is told of by the one before, or by the beat.
            let newest = Manifest {
                number: last,
                ..newest.clone()
            };
            wait_for_silence(&store, &newest, notify).await?;
        } else if let Some(beat) = store.beat().await?
            && life(&store, &beat.owner, SILENCE).await? == Life::Runs
        {
            return Err(Fault::refused(format!("a run goes on here: {}", beat.owner))
                .at(store.to_string())
                .hint("stop it first"));
        }
        store.probe().await?;
        let epoch = survey
            .found
            .iter()
            .filter_map(Found::read)
            .map(|manifest| manifest.owner.epoch)
            .max();
        let now_ms = clock.now_ms();
        let owner = Owner::this(epoch.map_or(0, |epoch| epoch + 1), now_ms);
        let claim = Manifest {
            version: VERSION,
            number: last + 1,
            previous: None,
            id: newest.map_or_else(|| Uuid::new_v4().simple().to_string(), |newest| newest.id.clone()),
            pipeline: match (newest, pipeline) {
                (Some(newest), _) => newest.pipeline.clone(),
                (None, pipeline) => pipeline.unwrap_or_default().to_owned(),
            },
            owner: owner.clone(),
            written_ms: now_ms,
            state: None,
        };
        if take(&store, &claim).await? {
            return Ok(Cleared {
                beating: Beating::start(Arc::clone(&store), owner.clone(), claim.number + 1),
                store,
                survey,
                owner,
            });
        }
    }
    Err(Fault::refused("runs of the pipeline start at the same time, and were faster").at(store.to_string()))
}

impl Cleared {
    /// Removes the checkpoints, and what they refer to, that were there before: nothing that a run writes that began meanwhile.
    /// How many checkpoints and other files that were.
    ///
    /// # Errors
    /// If the store refuses.
    pub async fn remove(self) -> Result<(usize, usize)> {
        let is_claim = |found: &&Found| found.read().is_some_and(Manifest::is_claim);
        let checkpoints = self.survey.found.iter().filter(|found| !is_claim(found));
        let numbers: Vec<u64> = checkpoints.map(|found| found.number).collect();
        let objects = self.survey.paths.iter();
        let objects: Vec<String> = objects.filter(|path| path.starts_with("state/")).cloned().collect();
        let removed = (numbers.len(), objects.len());
        self.store.remove(&numbers, objects).await?;
        self.beating.release(&self.store, self.owner, None).await?;
        Ok(removed)
    }
}

#[cfg(test)]
#[path = "clear_test.rs"]
mod tests;
