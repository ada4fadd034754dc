//! The versions of one module, and which of them is in use.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::batch::Offsets;
use crate::guest::{Digest, GuestAggregate, Transform};

/// Compiled modules are kept to go back to: so many, the one in use among them.
const KEPT: usize = 8;

/// What a version is of.
pub trait Versioned: Clone {
    /// The digest of the module's binary.
    fn digest(&self) -> Digest;
    /// `commandes@3fa9c1`.
    fn label(&self) -> String;
    /// Lets go of what only a version in use needs.
    fn rest(&self);
}

impl Versioned for Arc<Transform> {
    fn rest(&self) {
        self.drop_idle();
    }

    fn digest(&self) -> Digest {
        *self.module().digest()
    }

    fn label(&self) -> String {
        self.module().to_string()
    }
}

impl Versioned for GuestAggregate {
    fn rest(&self) {
        self.module().drop_idle();
    }

    fn digest(&self) -> Digest {
        *self.module().digest()
    }

    fn label(&self) -> String {
        self.module().to_string()
    }
}

/// A version of a module: equal bytes are the same version, whenever they come back.
#[derive(Debug)]
pub struct Version<M> {
    /// From 1, in the order in which they first were live.
    pub number: u32,
    /// The module.
    pub module: M,
    /// What it did while it was live.
    pub(super) counts: Counts,
    spell: Mutex<Spell>,
}

/// What a version did.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) records: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) rows: AtomicU64,
    pub(super) fuel: AtomicU64,
}

impl Counts {
    pub(super) fn add(&self, records: u64, errors: u64, rows: u64, fuel: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.errors.fetch_add(errors, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
    }
}

/// The last time that a version was live.
#[derive(Debug, Clone, Default)]
pub(super) struct Spell {
    /// Since when, in milliseconds since the epoch.
    pub(super) since_ms: i64,
    /// The first offset of each partition that it got.
    pub(super) since: Offsets,
    /// Records that went through it before.
    pub(super) records_before: u64,
    /// Why it was set aside, if it was.
    pub(super) set_aside: Option<String>,
    /// Whether it was given up for the one before it.
    pub(super) is_rolled_back: bool,
}

impl<M: Versioned> Version<M> {
    /// `v12 (commandes@3fa9c1)`.
    pub fn label(&self) -> String {
        format!("v{} ({})", self.number, self.module.label())
    }

    pub(super) fn spell(&self) -> Spell {
        lock(&self.spell).clone()
    }
}

/// The versions of a module of a pipeline.
#[derive(Debug)]
pub(super) struct Versions<M> {
    known: Mutex<Known<M>>,
    /// The number of the version in use.
    live: watch::Sender<u32>,
}

#[derive(Debug)]
struct Known<M> {
    /// In the order in which they were live last; the one in use stands at the end.
    versions: Vec<Arc<Version<M>>>,
    next: u32,
}

impl<M: Versioned> Versions<M> {
    /// The first version, live from the beginning on.
    pub(super) fn new(module: M) -> Self {
        let first = Arc::new(Version {
            number: 1,
            module,
            counts: Counts::default(),
            spell: Mutex::default(),
        });
        Self {
            known: Mutex::new(Known {
                versions: vec![first],
                next: 2,
            }),
            live: watch::channel(1).0,
        }
    }

    /// The one in use.
    #[expect(
        clippy::expect_used,
        reason = "there is one from the beginning on, and none is ever taken out at the end"
    )]
    pub(super) fn live(&self) -> Arc<Version<M>> {
        Arc::clone(lock(&self.known).versions.last().expect("a version is live"))
    }

    /// All that are known, in the order in which they were live last.
    pub(super) fn all(&self) -> Vec<Arc<Version<M>>> {
        lock(&self.known).versions.clone()
    }

    /// The version of these bytes, if it was live before.
    pub(super) fn of(&self, digest: &Digest) -> Option<Arc<Version<M>>> {
        let known = lock(&self.known);
        known
            .versions
            .iter()
            .find(|version| version.module.digest() == *digest)
            .cloned()
    }

    /// Puts a module into use: the version it was before, or a new one.
    pub(super) fn put(&self, module: M, since_ms: i64, since: Offsets) -> Arc<Version<M>> {
        let mut known = lock(&self.known);
        let digest = module.digest();
        let again = known
            .versions
            .iter()
            .position(|version| version.module.digest() == digest);
        let before = known.versions.last().map(Arc::clone);
        let version = match again {
            Some(position) => known.versions.remove(position),
            None => {
                let number = known.next;
                known.next += 1;
                Arc::new(Version {
                    number,
                    module,
                    counts: Counts::default(),
                    spell: Mutex::default(),
                })
            }
        };
        *lock(&version.spell) = Spell {
            since_ms,
            since,
            records_before: version.counts.records.load(Ordering::Relaxed),
            set_aside: None,
            is_rolled_back: false,
        };
        known.versions.push(Arc::clone(&version));
        if known.versions.len() > KEPT {
            known.versions.remove(0);
        }
        drop(known);
        self.live.send_replace(version.number);
        // (A batch that is on its way gives some back.)
        if let Some(before) = before.filter(|before| before.number != version.number) {
            before.module.rest();
        }
        version
    }

    /// The first version is live since then.
    pub(super) fn begin(&self, since_ms: i64, since: Offsets) {
        let live = self.live();
        let mut spell = lock(&live.spell);
        spell.since_ms = since_ms;
        spell.since = since;
    }

    /// Notes why a version was set aside.
    pub(super) fn set_aside(&self, version: &Version<M>, reason: String) {
        lock(&version.spell).set_aside = Some(reason);
    }

    /// The last one that was live before the one in use and was not set aside.
    pub(super) fn last_good(&self, fits: impl Fn(&M) -> bool) -> Option<Arc<Version<M>>> {
        let known = lock(&self.known);
        let before = known.versions.iter().rev().skip(1);
        let mut good = before.filter(|version| lock(&version.spell).set_aside.is_none() && fits(&version.module));
        good.next().cloned()
    }

    /// The one to roll back to: as [`Versions::last_good`], but none that was itself rolled back and is not live since.
    pub(super) fn before(&self) -> Option<Arc<Version<M>>> {
        let known = lock(&self.known);
        let mut before = known.versions.iter().rev().skip(1);
        let version = before.find(|version| {
            let spell = lock(&version.spell);
            spell.set_aside.is_none() && !spell.is_rolled_back
        });
        version.cloned()
    }

    /// Notes that a version was given up for the one before it.
    pub(super) fn rolled_back(&self, number: u32) {
        let known = lock(&self.known);
        for version in known.versions.iter().filter(|version| version.number == number) {
            lock(&version.spell).is_rolled_back = true;
        }
    }

    /// Hears of each change.
    pub(super) fn changes(&self) -> watch::Receiver<u32> {
        self.live.subscribe()
    }
}

/// Takes a lock, whoever panicked with it.
pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is a single assignment: what is there is whole, whoever panicked.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "versions_test.rs"]
mod tests;
