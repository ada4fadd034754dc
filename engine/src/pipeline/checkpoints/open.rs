//! A run begins: its checkpoint is claimed, the newest state that stands is read, and what it leaves to do is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checkpoint::{CheckpointStore, Checkpoints, Manifest, Opened, State, is_damaged};
use crate::clock::Clock;
use crate::error::{Fault, Result};
use crate::pipeline::plan::Plan;
use crate::pipeline::saved::Saved;
use crate::sink::kafka::Transactions;
use crate::storage::{Notify, Stores};

use super::sinks::{self, Unwritten};
use super::{CheckpointSpec, Checkpointing, compare, restore};

/// What a run goes on from.
pub(in crate::pipeline) struct Resumed {
    /// The number of the checkpoint.
    pub(in crate::pipeline) number: u64,
    pub(in crate::pipeline) saved: Saved,
    /// Rows that are in no file, by sink.
    pub(in crate::pipeline) unwritten: BTreeMap<String, Vec<Unwritten>>,
}

/// Claims the checkpoint: from here on nobody else commits one.
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
    /// What tells this series of checkpoints from all others.
    pub(in crate::pipeline) fn id(&self) -> &str {
        self.checkpointing.checkpoints.id()
    }

    /// The newest state that stands, with all that was to be done after it done. `kafka` knows which checkpoint was the last whose
    /// transaction was committed, and that no other will be.
    pub(in crate::pipeline) async fn resume(
        mut self,
        plan: &Plan,
        kafka: Option<&Transactions>,
    ) -> Result<(Checkpointing, Option<Resumed>)> {
        let candidates = std::mem::take(&mut self.candidates);
        let mut damage = None;
        let mut stands = None;
        // Those that don't stand, and whether what they name may be visible. Nothing of them is touched before one is found that does.
        let mut void = Vec::new();
        for manifest in &candidates {
            let Some(state) = &manifest.state else { continue };
            if !self.is_committed(manifest, state, kafka)? {
                void.push((state, false));
                continue;
            }
            match self.read(manifest, state, plan).await {
                Ok(resumed) => {
                    stands = Some((manifest, state, resumed));
                    break;
                }
                Err(fault) if is_damaged(&fault) => {
                    self.checkpointing.checkpoints.ensure_owned().await?;
                    (self.notify)(&format!("checkpoint {} can't be used: {fault}", manifest.number));
                    void.push((state, true));
                    damage = Some(fault);
                }
                Err(fault) => return Err(fault),
            }
        }
        if let (None, Some(fault)) = (&stands, damage) {
            return Err(Fault::data("none of the checkpoints can be used")
                .at(self.checkpointing.checkpoints.store().to_string())
                .because(fault)
                .hint("`wasmill checkpoint clear` begins anew; what the sinks have stays, and is written again"));
        }
        for (state, may_be_visible) in void {
            if may_be_visible && state.transactional {
                (self.notify)("what was produced to topics since the checkpoint before will be produced again");
            }
            // Also where it should never have become visible: who went back to it may have died half way.
            self.undo(state, stands.as_ref().map(|(_, state, _)| *state)).await?;
        }
        let Some((manifest, state, resumed)) = stands else {
            self.checkpointing.checkpoints.go_on_from(None);
            return Ok((self.checkpointing, None));
        };
        self.go_on(manifest, state, plan).await?;
        Ok((self.checkpointing, Some(resumed)))
    }

    /// Whether the transaction that belongs to a checkpoint was committed. If it was not, it never will be, and the checkpoint is void.
    fn is_committed(&self, manifest: &Manifest, state: &State, kafka: Option<&Transactions>) -> Result<bool> {
        if !state.transactional || self.settled == Some(manifest.number) {
            return Ok(true);
        }
        let number = manifest.number;
        let unknown = |why: &str, hint: &str| {
            Err(Fault::usage(format!(
                "whether the rows of checkpoint {number} are in their topics can't be told: {why}"
            ))
            .at(self.checkpointing.checkpoints.store().to_string())
            .hint(hint))
        };
        match kafka.filter(|kafka| kafka.is_transactional()) {
            None => unknown(
                "the run before died, and the pipeline has no kafka sink now on brokers with transactions",
                "start the pipeline once with its kafka sinks as they were, and stop it by Ctrl-C",
            ),
            Some(kafka) => match kafka.marker() {
                // Before it was the first checkpoint of its run, which left its number with the brokers.
                None => unknown(
                    "the brokers have forgotten the pipeline's offsets, which they do some days after the last commit",
                    "look whether they are, and then say where to go on: `wasmill checkpoint rewind` goes on from a checkpoint whose rows are there",
                ),
                // Those before the last one that was committed were too.
                Some(marker) => Ok(marker >= number),
            },
        }
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
            unwritten,
        })
    }

    /// This one stands.
    async fn go_on(&mut self, manifest: &Manifest, state: &State, plan: &Plan) -> Result<()> {
        if self.settled != Some(manifest.number) {
            self.take_back(state).await?;
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

    /// Who went back to this checkpoint may have died before the files behind it were removed.
    async fn take_back(&self, state: &State) -> Result<()> {
        for sink in &state.taken_back {
            sinks::undo(sink, self.stores, self.notify).await?;
        }
        Ok(())
    }

    /// Throws away what this one names and the one that stands does not.
    async fn undo(&self, state: &State, stands: Option<&State>) -> Result<()> {
        self.take_back(state).await?;
        let stay: BTreeSet<(&str, &str)> = stands.into_iter().flat_map(State::files).collect();
        for sink in state.sinks.values() {
            let mut sink = sink.clone();
            let target = sink.target.clone();
            sink.files.retain(|file| !stay.contains(&(&target, file.path())));
            sinks::undo(&sink, self.stores, self.notify).await?;
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
