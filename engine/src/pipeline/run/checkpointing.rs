//! Checkpoints of a run: taken between two batches, when it is time.

use std::sync::Arc;

use tokio::time::Instant;

use crate::error::{Fault, Result};
use crate::pipeline::checkpoints::{CheckpointSpec, Checkpointing, Done, MOST_KEPT_BYTES, Resumed, open};
use crate::pipeline::input::Input;
use crate::pipeline::plan::Plan;
use crate::pipeline::progress::Progress;
use crate::sink::SinkContext;
use crate::sink::kafka::Transactions;

use super::stopping::late;
use super::{Run, RunOptions};

/// A checkpoint is ours.
pub(super) struct Begun {
    pub(super) checkpointing: Checkpointing,
    pub(super) resumed: Option<Resumed>,
    /// Writes for all sinks of topics, where there are such.
    pub(super) kafka: Option<Arc<Transactions>>,
}

/// Claims the checkpoint, and finds what to go on from.
pub(super) async fn begin(
    spec: &CheckpointSpec,
    plan: &Plan,
    options: &RunOptions,
    context: &SinkContext,
) -> Result<Begun> {
    let clock = Arc::clone(&options.clock);
    let opening = open(spec, plan, &context.stores, clock, &context.notify).await?;
    // Not before the claim: of two runs that start, one would end the other's transaction and then end itself.
    let kafka = plan.producer(Some(opening.id()), &context.notify).await?;
    let (checkpointing, resumed) = opening.resume(plan, kafka.as_deref()).await?;
    if let Some(resumed) = &resumed {
        let batch = resumed.saved.next_batch;
        options.observer.notice(&format!(
            "going on from checkpoint {} with batch {batch}",
            resumed.number
        ));
    }
    Ok(Begun {
        checkpointing,
        resumed,
        kafka,
    })
}

impl Run<'_> {
    /// When something waits for the next checkpoint: when that is due.
    pub(super) fn checkpoint_due(&self) -> Option<Instant> {
        let checkpointing = self.checkpointing.as_ref()?;
        // A run that has nothing to commit finds out all the same that it is over.
        let is_wanted = checkpointing.is_dirty() || checkpointing.checkpoints.is_taken_over() || self.sinks.wait();
        is_wanted.then(|| checkpointing.due())
    }

    /// Takes a checkpoint, if something waits for it and it is time.
    pub(super) async fn checkpoint_if_due(&mut self) -> Result<()> {
        let is_due = self.checkpoint_due().is_some_and(|due| due <= Instant::now());
        let is_full = self.checkpointing.is_some() && self.sinks.kept_bytes() >= MOST_KEPT_BYTES;
        match is_due || is_full {
            true => self.checkpoint(false).await,
            false => Ok(()),
        }
    }

    /// Takes a checkpoint; with `all` every file is closed for it. Once the run shall end, no store and no broker is waited for longer than a
    /// batch would be.
    pub(super) async fn checkpoint(&mut self, all: bool) -> Result<()> {
        let mut stop = self.options.stop.clone();
        tokio::select! {
            taken = self.take_checkpoint(all) => taken,
            () = late(&mut stop) => Err(Fault::unavailable("the last checkpoint was not done in time")
                .hint("is the store or the broker away? the next run goes on from the last one that is there, and makes its files visible")),
        }
    }

    async fn take_checkpoint(&mut self, all: bool) -> Result<()> {
        let Some(checkpointing) = self.checkpointing.as_deref_mut() else {
            return Ok(());
        };
        let began = Instant::now();
        let all = all || checkpointing.is_fragmented();
        let kept = self.sinks.prepare(all).await?;
        let kafka = self.context.kafka.as_deref();
        let mut state = checkpointing
            .state(&self.plan, &mut self.states, &self.inputs, self.next_batch, kept)
            .await?;
        // One without records does not hang on the brokers: then what is known of the very beginning does not either.
        state.transactional = match kafka {
            Some(kafka) => kafka.is_transactional() && kafka.has_begun().await,
            None => false,
        };
        // From here on it may be there, whatever happens.
        let committed = checkpointing.checkpoints.commit(state).await?;
        if let Some(kafka) = kafka {
            let positions = self.inputs.iter().flat_map(Input::brokers_position);
            kafka.commit(committed.number, &positions.collect()).await?;
        }
        self.sinks.commit().await?;
        if let Err(fault) = checkpointing.checkpoints.collect().await
            && checkpointing.tell_leftovers()
        {
            let told = format!("old checkpoints can't be removed: {fault}");
            self.options.observer.notice(&told);
        }
        checkpointing.taken(committed, began);
        Ok(())
    }

    /// Adds to the progress what the last checkpoint took.
    pub(super) fn add_checkpoint(&mut self, progress: &mut Progress) {
        let done = self.checkpointing.as_deref_mut().and_then(Checkpointing::take_done);
        if let Some(Done { committed, took }) = done {
            let took = crate::pipeline::batch_run::millis(took);
            progress.duration_ms.insert("commitOffsets", took);
            let described = serde_json::json!({
                "number": committed.number,
                "bytes": committed.bytes,
                "durationMs": took,
            });
            progress.observed_metrics.insert("checkpoint".to_owned(), described);
        }
    }
}
