//! That a run lives, told every two seconds, and listened for by who wants to take over. Nothing is safe or unsafe by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
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
pub(super) const SILENCE: Duration = Duration::from_millis(6_500);
/// How long a store may take for a run's last word.
const LAST_WORD: Duration = Duration::from_secs(3);
/// How often is listened.
const LISTEN: Duration = Duration::from_millis(500);

/// Tells that a run lives, until it is dropped or finds that another one has taken over.
pub(super) struct Beating {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    /// The number of the run's next manifest.
    next: Arc<AtomicU64>,
    is_taken_over: Arc<AtomicBool>,
}

impl Beating {
    pub(super) fn start(store: Arc<CheckpointStore>, owner: Owner, next: u64) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let (next, is_taken_over) = (Arc::new(AtomicU64::new(next)), Arc::new(AtomicBool::new(false)));
        let (place, found) = (Arc::clone(&next), Arc::clone(&is_taken_over));
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(BEAT);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut beat = Beat {
                owner,
                beat: 0,
                released: false,
                settled: None,
            };
            loop {
                tokio::select! {
                    biased;
                    _ = &mut stopped => return,
                    _ = ticks.tick() => {}
                }
                // A run that slept must not look as if it were the one that runs. The claim of who took over stands in its way for good.
                if let Ok(Some(there)) = store.manifest(place.load(Ordering::Relaxed)).await
                    && there.owner.id != beat.owner.id
                {
                    found.store(true, Ordering::Relaxed);
                    return;
                }
                beat.beat += 1;
                // If it can't be told now, then later; the run hears of a store that is away by itself.
                let _ = store.put_beat(&beat).await;
            }
        });
        Self {
            task,
            stop,
            next,
            is_taken_over,
        }
    }

    /// The run's next manifest has this number from now on.
    pub(super) fn go_on_to(&self, next: u64) {
        self.next.store(next, Ordering::Relaxed);
    }

    /// Whether another run was found that has taken over.
    pub(super) fn is_taken_over(&self) -> bool {
        self.is_taken_over.load(Ordering::Relaxed)
    }

    /// Tells no more. A beat that is on its way is waited for, but not for ever: it would take the place of the last word.
    pub(super) async fn stop(&mut self) {
        let (dropped, _) = oneshot::channel();
        drop(std::mem::replace(&mut self.stop, dropped));
        if !self.task.is_finished() {
            let _ = tokio::time::timeout(BEAT, &mut self.task).await;
        }
        self.task.abort();
    }

    /// Tells that the run has ended, and what was done to its end.
    pub(super) async fn release(mut self, store: &CheckpointStore, owner: Owner, settled: Option<u64>) -> Result<()> {
        self.stop().await;
        if self.is_taken_over() {
            return Ok(());
        }
        let last = Beat {
            owner,
            beat: 0,
            released: true,
            settled,
        };
        // Nobody waits at the end for a store that is away.
        let told = tokio::time::timeout(LAST_WORD, store.put_beat(&last)).await;
        told.unwrap_or_else(|_| Err(Fault::unavailable("that the run has ended could not be written")))
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether an owner's run goes on, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It said that it has ended.
    Ended,
    /// It has not said so, but its process is gone.
    Died,
    /// It goes on.
    Runs,
    /// Nothing was heard of it for a while.
    Silent,
}

/// Whether this owner's run goes on; what can't be told at once is listened for, for as long.
///
/// # Errors
/// If the store can't be read.
pub(super) async fn life(store: &CheckpointStore, owner: &Owner, patience: Duration) -> Result<Life> {
    let first = store.beat().await?;
    if first.as_ref().is_some_and(|beat| beat.releases(owner)) {
        return Ok(Life::Ended);
    }
    match owner.runs() {
        Some(true) => return Ok(Life::Runs),
        Some(false) => return Ok(Life::Died),
        None => {}
    }
    let until = Instant::now() + patience;
    while Instant::now() < until {
        tokio::time::sleep(LISTEN).await;
        let now = store.beat().await?;
        if now.as_ref().is_some_and(|beat| beat.releases(owner)) {
            return Ok(Life::Ended);
        }
        if now.is_some() && now != first {
            return Ok(Life::Runs);
        }
    }
    Ok(Life::Silent)
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
    if let Some(beat) = first.as_ref().filter(|beat| beat.releases(owner)) {
        return Ok(beat.settled);
    }
    if owner.runs() == Some(false) {
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
        if let Some(beat) = now.as_ref().filter(|beat| beat.releases(owner)) {
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
