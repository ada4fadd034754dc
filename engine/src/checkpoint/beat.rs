//! That a run lives, told every two seconds, and listened for by who wants to take over. Nothing is safe or unsafe by it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::manifest::Manifest;
use super::owner::Owner;
use super::store::{Beat, CheckpointStore};
use crate::error::{Fault, Result};
use crate::storage::Notify;

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(2);
/// A run that has not been heard of for so long does not run.
const SILENCE: Duration = Duration::from_millis(6_500);
/// How often is listened.
const LISTEN: Duration = Duration::from_millis(500);

/// Tells that a run lives, until it is dropped.
pub(super) struct Beating(JoinHandle<()>);

impl Beating {
    pub(super) fn start(store: Arc<CheckpointStore>, owner: Owner) -> Self {
        Self(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(BEAT);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut beat = Beat {
                owner,
                beat: 0,
                released: false,
                settled: None,
            };
            loop {
                ticks.tick().await;
                beat.beat += 1;
                // If it can't be told now, then later; the run hears of a store that is away by itself.
                let _ = store.put_beat(&beat).await;
            }
        }))
    }

    /// Tells that the run has ended, and what was done to its end.
    pub(super) async fn release(self, store: &CheckpointStore, owner: Owner, settled: Option<u64>) -> Result<()> {
        self.0.abort();
        store
            .put_beat(&Beat {
                owner,
                beat: 0,
                released: true,
                settled,
            })
            .await
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether the owner of the newest manifest has ended: the checkpoint that it settled then, if it said so.
///
/// # Errors
/// `Refused`: it runs.
pub(super) async fn wait_for_silence(
    store: &CheckpointStore,
    newest: &Manifest,
    notify: &Notify,
) -> Result<Option<u64>> {
    let owner = &newest.owner;
    let first = store.beat().await?;
    if let Some(beat) = first.as_ref().filter(|beat| beat.released && beat.owner.id == owner.id) {
        return Ok(beat.settled);
    }
    if owner.is_dead() {
        return Ok(None);
    }
    let seconds = SILENCE.as_secs_f64();
    notify(&format!(
        "the pipeline was run by {owner}, and it is not said that it has ended: listening for {seconds} s"
    ));
    let until = Instant::now() + SILENCE;
    while Instant::now() < until {
        tokio::time::sleep(LISTEN).await;
        let now = store.beat().await?;
        if let Some(beat) = now.as_ref().filter(|beat| beat.released && beat.owner.id == owner.id) {
            return Ok(beat.settled);
        }
        let runs = match store.numbers().await?.last() {
            Some(last) if *last > newest.number => store.manifest(*last).await?.map(|manifest| manifest.owner),
            _ => None,
        };
        let runs = runs.or_else(|| now.filter(|now| Some(now) != first.as_ref()).map(|beat| beat.owner));
        if let Some(owner) = runs {
            return Err(already_runs(store, newest, &owner));
        }
    }
    notify(&format!("nothing was heard of {owner}: this run takes over"));
    Ok(None)
}

fn already_runs(store: &CheckpointStore, newest: &Manifest, owner: &Owner) -> Fault {
    Fault::refused(format!("pipeline `{}` runs already: {owner}", newest.pipeline))
        .at(store.to_string())
        .hint("stop that run first; a second one beside it needs a `checkpoint` of its own, and sinks of its own")
}
