//! A run begins: its checkpoint is claimed, the newest state that stands is read, and what it leaves to do is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checkpoint::{CheckpointStore, Checkpoints, Manifest, Opened, State, is_damaged};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::pipeline::plan::Plan;
use crate::pipeline::saved::Saved;
use crate::storage::{Notify, Stores};

use super::sinks::{self, Unwritten};
use super::{CheckpointSpec, Checkpointing, compare, restore};

/// What a run goes on from.
pub(in crate::pipeline) struct Resumed {
    /// The number of the checkpoint.
    pub(in crate::pipeline) number: u64,
    pub(in crate::pipeline) saved: Saved,
    /// The state itself.
    pub(in crate::pipeline) state: State,
    /// Rows that are in no file, by sink.
    pub(in crate::pipeline) unwritten: BTreeMap<String, Vec<Unwritten>>,
}

/// Claims the checkpoint and finds what to go on from; nothing, if it is new. `marker` tells which checkpoint Kafka committed last, once
/// nobody else can commit one any more; it is asked only if a state hangs on it.
pub(in crate::pipeline) async fn open<'a>(
    spec: &CheckpointSpec,
    plan: &Plan,
    stores: &'a Stores,
    clock: Arc<dyn Clock>,
    notify: &'a Notify,
) -> Result<Opening<'a>> {
    let store = CheckpointStore::open(&spec.url, stores, notify)?;
    let check = |manifest: &Manifest| {
        let place = format!("checkpoint {} in `{}`", manifest.number, spec.url);
        compare::check(manifest, plan).map_err(|fault| fault.at(place))
    };
    let Opened {
        checkpoints,
        candidates,
        settled,
    } = Checkpoints::open(store, &plan.name, spec.keep, clock, notify, &check).await?;
    let checkpointing = Checkpointing {
        checkpoints,
        interval: spec.interval,
        pieces: BTreeMap::new(),
        anew: false,
        rows: BTreeMap::new(),
        positions: BTreeMap::new(),
        last: None,
        dirty: false,
        told_leftovers: false,
        done: None,
    };
    Ok(Opening {
        checkpointing,
        candidates,
        settled,
        stores,
        notify,
    })
}

/// A checkpoint that was claimed, before it is known what stands.
pub(in crate::pipeline) struct Opening<'a> {
    pub(in crate::pipeline) checkpointing: Checkpointing,
    candidates: Vec<Manifest>,
    settled: Option<u64>,
    stores: &'a Stores,
    notify: &'a Notify,
}

impl Opening<'_> {
    /// The newest state that stands, with all that was to be done after it done. `marker` is the checkpoint that Kafka committed last,
    /// now that nobody else can commit one any more.
    pub(in crate::pipeline) async fn resume(
        mut self,
        plan: &Plan,
        marker: Option<u64>,
    ) -> Result<(Checkpointing, Option<Resumed>)> {
        let mut damage = None;
        let candidates = std::mem::take(&mut self.candidates);
        for manifest in &candidates {
            let Some(state) = &manifest.state else { continue };
            if state.transactional && marker != Some(manifest.number) {
                self.undo(state, false).await?;
                continue;
            }
            match self.read(manifest, state, plan).await {
                Ok(resumed) => {
                    self.go_on(manifest, state, plan).await?;
                    return Ok((self.checkpointing, Some(resumed)));
                }
                Err(fault) if is_damaged(&fault) => {
                    (self.notify)(&format!("checkpoint {} can't be used: {fault}", manifest.number));
                    self.undo(state, true).await?;
                    damage = Some(fault);
                }
                Err(fault) => return Err(fault),
            }
        }
        if let Some(fault) = damage {
            return Err(Fault::data("none of the checkpoints can be used")
                .at(self.checkpointing.checkpoints.store().to_string())
                .because(fault)
                .hint("`wasmill checkpoint clear` begins anew; what the sinks have stays, and is written again"));
        }
        self.checkpointing.checkpoints.go_on_from(None);
        Ok((self.checkpointing, None))
    }

    async fn read(&self, manifest: &Manifest, state: &State, plan: &Plan) -> Result<Resumed> {
        let store = self.checkpointing.checkpoints.store();
        let place = || format!("checkpoint {}", manifest.number);
        compare::check(manifest, plan).map_err(|fault| fault.at(place()))?;
        let saved = restore::read(store, state, plan).await?;
        let mut unwritten = BTreeMap::new();
        for (name, sink) in &state.sinks {
            unwritten.insert(name.clone(), sinks::unwritten(store, sink).await?);
        }
        Ok(Resumed {
            number: manifest.number,
            saved,
            state: state.clone(),
            unwritten,
        })
    }

    /// This one stands.
    async fn go_on(&mut self, manifest: &Manifest, state: &State, plan: &Plan) -> Result<()> {
        if self.settled != Some(manifest.number) {
            for (name, sink) in &state.sinks {
                let completed = sinks::complete(sink, self.stores, self.notify).await;
                completed.map_err(|fault| lost(fault, name, manifest.number))?;
            }
        }
        for line in compare::forgotten(state, plan) {
            (self.notify)(&line);
        }
        self.checkpointing.checkpoints.go_on_from(Some(manifest.number));
        self.checkpointing.positions = state
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.position()))
            .collect();
        for (name, table) in &state.tables {
            self.checkpointing.pieces.insert(name.clone(), table.pieces.clone());
        }
        Ok(())
    }

    async fn undo(&self, state: &State, was_visible: bool) -> Result<()> {
        for sink in state.sinks.values() {
            sinks::undo(sink, was_visible, self.stores, self.notify).await?;
        }
        Ok(())
    }
}

fn lost(fault: Fault, sink: &str, number: u64) -> Fault {
    let fault = fault.at(format!("checkpoint {number} names a file of sink `{sink}`"));
    match fault.may_retry() {
        true => fault,
        false => fault.hint(
            "if the sink's files were removed on purpose, `wasmill checkpoint rewind` goes back to before they were written, and `clear` begins anew",
        ),
    }
}
