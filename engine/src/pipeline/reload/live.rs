//! A guest as batches see it: whichever version of its module is live, and what becomes of a chunk of records that it can't take.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use arrow::datatypes::SchemaRef;

use crate::batch::{Offsets, Records, TopicPartition};
use crate::clock::{Clock, SystemClock};
use crate::error::{Fault, Kind, Result};
use crate::guest::{Digest, Processed, Transform};
use crate::pipeline::Observer;

use super::event::ReloadEvent;
use super::versions::{Version, Versioned, Versions, lock};

/// A guest whose module may be another one from one batch to the next.
pub struct Live {
    name: String,
    versions: Versions<Arc<Transform>>,
    /// Whether somebody may bring another version, so that it is worth while to wait for one.
    is_watched: AtomicBool,
    /// Why nothing goes on, while it does not.
    held: Mutex<Option<Held>>,
    /// The versions that rows of the batch at hand came from.
    took_part: Mutex<BTreeMap<u32, Digest>>,
    /// The last records that went through, for the next version to be tried on.
    last: Mutex<Option<Records>>,
}

impl Live {
    /// A guest with its first version.
    pub fn new(transform: Transform) -> Self {
        Self {
            name: transform.name().to_owned(),
            versions: Versions::new(Arc::new(transform)),
            is_watched: AtomicBool::new(false),
            held: Mutex::default(),
            took_part: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// The guest's name in the pipeline.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The module in use.
    pub fn transform(&self) -> Arc<Transform> {
        Arc::clone(&self.versions.live().module)
    }

    /// The columns of its rows.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(self.transform().schema())
    }

    pub(super) fn versions(&self) -> &Versions<Arc<Transform>> {
        &self.versions
    }

    /// From now on it waits for another version, where it would end the run without one, and keeps records to try one on.
    pub(super) fn watch(&self) {
        self.is_watched.store(true, Ordering::Relaxed);
    }

    /// Another version is live from these records on.
    pub(in crate::pipeline) fn put(&self, next: Arc<Transform>, since_ms: i64, since: Offsets) {
        self.versions.put(next, since_ms, since);
    }

    /// The version that the run began with is live since then.
    pub(in crate::pipeline) fn begin(&self, since_ms: i64, since: Offsets) {
        self.versions.begin(since_ms, since);
    }

    /// Why the batch at hand does not go on, if it waits for another version.
    pub fn held(&self) -> Option<String> {
        lock(&self.held).as_ref().map(|held| held.reason.clone())
    }

    /// The first records that wait for another version, if it is held.
    pub(super) fn held_since(&self) -> Option<Offsets> {
        lock(&self.held).as_ref().map(|held| held.since.clone())
    }

    /// The last records that went through.
    pub(super) fn last_records(&self) -> Option<Records> {
        lock(&self.last).clone()
    }

    /// The digests of the versions that the batch's records went through, in the order of their numbers, once it has ended: usually
    /// one, and for a batch without records the one in use.
    pub(in crate::pipeline) fn take_part(&self) -> Vec<Digest> {
        let mut took_part = std::mem::take(&mut *lock(&self.took_part));
        if took_part.is_empty() {
            let live = self.versions.live();
            took_part.insert(live.number, live.module.digest());
        }
        took_part.into_values().collect()
    }

    /// Sends records through the module in use. If it fails as a whole it is set aside, and the last good version takes its place;
    /// if there is none, this waits for another one, or gives the fault where nobody would bring one.
    ///
    /// # Errors
    /// What [`Transform::process`] gives.
    pub(in crate::pipeline) async fn process(&self, records: &Records, observer: &dyn Observer) -> Result<Processed> {
        loop {
            // Heard before the version is looked at, so that no change falls between the two.
            let mut changes = self.versions.changes();
            let version = self.versions.live();
            let (transform, given) = (Arc::clone(&version.module), records.clone());
            // A guest computes; a thread that others wait on is not the place for it.
            let work = tokio::task::spawn_blocking(move || transform.process(&given));
            let processed = work
                .await
                .map_err(|error| Fault::internal("a worker broke off").because(error))?;
            match processed {
                Ok(processed) => {
                    self.passed(&version, records, &processed);
                    return Ok(processed);
                }
                Err(fault) if fault.kind() == Kind::Guest => {
                    if self.set_aside(&version, fault, records, observer)? == Next::Wait {
                        // The sender lives as long as `self`.
                        let _ = changes.changed().await;
                        self.go_on();
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    fn passed(&self, version: &Version<Arc<Transform>>, records: &Records, processed: &Processed) {
        let rows: usize = processed.rows.iter().map(arrow::array::RecordBatch::num_rows).sum();
        let count = records.len() as u64;
        version
            .counts
            .add(count, processed.errors.count as u64, rows as u64, processed.fuel);
        lock(&self.took_part).insert(version.number, version.module.digest());
        if self.is_watched.load(Ordering::Relaxed) && !records.is_empty() {
            *lock(&self.last) = Some(records.clone());
        }
    }

    /// Another version is live: nothing is held because of the one before. (It may be held by a chunk that has tried that one already.)
    fn go_on(&self) {
        let mut held = lock(&self.held);
        let live = self.versions.live().number;
        if held.as_ref().is_some_and(|held| held.version != live) {
            *held = None;
        }
    }

    /// The version failed as a whole.
    fn set_aside(
        &self,
        version: &Arc<Version<Arc<Transform>>>,
        fault: Fault,
        records: &Records,
        observer: &dyn Observer,
    ) -> Result<Next> {
        // One chunk at a time: those that are parsed beside it find the other version in place.
        let mut held = lock(&self.held);
        if self.versions.live().number != version.number {
            return Ok(Next::TryAgain);
        }
        let reason = fault.to_string();
        let schema = version.module.schema();
        if let Some(good) = self.versions.last_good(|module| module.schema() == schema) {
            self.versions.set_aside(version, reason.clone());
            let (now_ms, since) = (SystemClock.now_ms(), first_of(records));
            let back = self.versions.put(Arc::clone(&good.module), now_ms, since);
            observer.reload(&ReloadEvent::SetAside {
                guest: &self.name,
                version: version.label(),
                fault: &fault,
                back: Some(back.label()),
            });
            return Ok(Next::TryAgain);
        }
        if !self.is_watched.load(Ordering::Relaxed) {
            return Err(fault);
        }
        let since = first_of(records);
        if let Some(held) = held.as_mut().filter(|held| held.version == version.number) {
            for (partition, offset) in since {
                let first = held.since.entry(partition).or_insert(offset);
                *first = offset.min(*first);
            }
        } else {
            self.versions.set_aside(version, reason.clone());
            observer.reload(&ReloadEvent::SetAside {
                guest: &self.name,
                version: version.label(),
                fault: &fault,
                back: None,
            });
            *held = Some(Held {
                version: version.number,
                reason,
                since,
            });
        }
        Ok(Next::Wait)
    }
}

/// The batch at hand waits for another version.
struct Held {
    /// The version that failed.
    version: u32,
    reason: String,
    /// The first records that wait.
    since: Offsets,
}

/// The first offset of each partition.
fn first_of(records: &Records) -> Offsets {
    let mut first = Offsets::new();
    let places = records.topics().iter().flatten().zip(records.partitions().values());
    for ((topic, partition), offset) in places.zip(records.offsets().values()) {
        let partition = TopicPartition {
            topic: topic.into(),
            partition: *partition,
        };
        let known = first.entry(partition).or_insert(*offset);
        *known = (*known).min(*offset);
    }
    first
}

/// What to do with records that the version in use can't take.
#[derive(PartialEq)]
enum Next {
    /// Try the one that took its place.
    TryAgain,
    /// Wait for one that does.
    Wait,
}

#[cfg(test)]
#[path = "live_test.rs"]
mod tests;
