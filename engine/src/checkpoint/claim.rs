//! To go on from a checkpoint: who wants to writes a claim behind the newest manifest, and whoever owned it before finds that in the
//! place of its own next one.

use std::sync::Arc;

use uuid::Uuid;

use super::beat::wait_for_silence;
use super::manifest::{Manifest, VERSION};
use super::owner::Owner;
use super::store::{CheckpointStore, Written};
use crate::error::{Fault, Result};
use crate::storage::Notify;

/// What was claimed.
pub(super) struct Claimed {
    /// The claim.
    pub(super) claim: Manifest,
    /// What can be gone on from, the newest first, as far as the chain goes.
    pub(super) candidates: Vec<Manifest>,
    /// The checkpoint that the owner before settled, if it said so.
    pub(super) settled: Option<u64>,
}

/// How often somebody else may be faster before it is told.
pub(super) const TRIES: usize = 5;

/// Claims the checkpoint for a run of this pipeline. `check` looks at the newest state before anything is written.
pub(super) async fn claim(
    store: &Arc<CheckpointStore>,
    pipeline: &str,
    now_ms: i64,
    notify: &Notify,
    check: &(dyn Fn(&Manifest) -> Result<()> + Sync),
) -> Result<Claimed> {
    for _ in 0..TRIES {
        let numbers = store.numbers().await?;
        let newest = match numbers.last() {
            Some(number) => match owned_by_us(store, *number, pipeline).await {
                // It was removed behind newer ones, by a run that goes on.
                Err(_) if !is_newest(store, *number).await? => continue,
                newest => Some(newest?),
            },
            None => None,
        };
        let (candidates, gone) = match &newest {
            Some(newest) => chain(store, newest).await?,
            None => (Vec::new(), None),
        };
        if let (Some(newest), None, Some(gone)) = (&newest, candidates.first(), gone) {
            if !is_newest(store, newest.number).await? {
                continue;
            }
            return Err(Fault::data(format!("checkpoint {gone} is gone, and there is none before it"))
                .at(store.to_string())
                .hint("where the sources were read up to is not known any more; `wasmill checkpoint clear` begins anew"));
        }
        if let Some(candidate) = candidates.first() {
            check(candidate)?;
        }
        let settled = match &newest {
            Some(newest) => wait_for_silence(store, newest, notify).await?,
            None => None,
        };
        store.probe().await?;
        let claim = Manifest {
            version: VERSION,
            number: newest.as_ref().map_or(0, |newest| newest.number + 1),
            previous: candidates.first().map(|candidate| candidate.number),
            id: newest
                .as_ref()
                .map_or_else(|| Uuid::new_v4().simple().to_string(), |newest| newest.id.clone()),
            pipeline: pipeline.to_owned(),
            owner: Owner::this(newest.as_ref().map_or(0, |newest| newest.owner.epoch + 1), now_ms),
            written_ms: now_ms,
            state: None,
        };
        if take(store, &claim).await? {
            return Ok(Claimed {
                claim,
                candidates,
                settled,
            });
        }
    }
    Err(
        Fault::refused("other runs of the pipeline start at the same time, and were faster")
            .at(store.to_string())
            .hint("start it once"),
    )
}

/// Writes a claim, and tells whether with it the checkpoint is its owner's.
pub(super) async fn take(store: &CheckpointStore, claim: &Manifest) -> Result<bool> {
    // That there was none of this number does not say that there never was: a run that went on meanwhile may have written it, newer ones
    // behind it, and removed it. The newest is never removed. The claim stays all the same: a run that sleeps may have to find it.
    Ok(matches!(store.create(claim).await?, Written::Ours) && is_newest(store, claim.number).await?)
}

/// Whether there is no manifest behind this one.
async fn is_newest(store: &CheckpointStore, number: u64) -> Result<bool> {
    Ok(store.numbers().await?.last().is_none_or(|last| *last <= number))
}

async fn owned_by_us(store: &CheckpointStore, number: u64, pipeline: &str) -> Result<Manifest> {
    let Some(manifest) = store.manifest(number).await? else {
        return Err(
            Fault::refused(format!("manifest {number} was there a moment ago, and is gone"))
                .at(store.to_string())
                .hint("is somebody clearing the checkpoint?"),
        );
    };
    let checked = manifest.check_pipeline(pipeline);
    checked.map_err(|fault| fault.at(store.to_string()))?;
    Ok(manifest)
}

/// The checkpoints from `newest` back, and the first that should be there and is not. Old ones are collected, so the chain always ends so.
async fn chain(store: &CheckpointStore, newest: &Manifest) -> Result<(Vec<Manifest>, Option<u64>)> {
    let mut found = Vec::new();
    let mut next = Some(newest.clone());
    let mut gone = None;
    while let Some(manifest) = next.take() {
        if let Some(previous) = manifest.previous {
            next = store.manifest(previous).await?;
            gone = next.is_none().then_some(previous);
        }
        if !manifest.is_claim() {
            found.push(manifest);
        }
    }
    Ok((found, gone))
}
