//! What is live in a pipeline, as plain data: printed by `wasmill modules`, served as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::modules::{Entry, ModuleName, Slot};
use super::versions::{Version, Versioned, Versions};

/// A module of a running pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleReport {
    /// Its name in the pipeline.
    pub name: String,
    /// `guest` or `aggregate`.
    pub kind: String,
    /// The crate's folder or the module's file.
    pub path: String,
    /// Whether it goes on.
    pub state: ModuleState,
    /// Why it does not, if it does not.
    pub held: Option<String>,
    /// Its versions, the one in use first, then the others, the last one in use first.
    pub versions: Vec<VersionReport>,
}

/// Whether a module goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ModuleState {
    /// It does.
    Live,
    /// The version in use was set aside, and the stream waits for another one.
    Held,
}

/// A version of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionReport {
    /// Its number.
    pub version: u32,
    /// The name that the module gives itself.
    pub module: String,
    /// The digest of its bytes.
    pub digest: String,
    /// Since when it was live the last time, in milliseconds since the epoch.
    pub since_ms: i64,
    /// The first offset that it got then, by topic and partition.
    pub since: BTreeMap<String, BTreeMap<i32, i64>>,
    /// Why it was set aside, if it was.
    pub set_aside: Option<String>,
    /// Records that went through it; 0 for an aggregate.
    pub records: u64,
    /// How many of them since it was live the last time.
    pub records_since: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Rows that came of them.
    pub rows: u64,
    /// Fuel that they took.
    pub fuel: u64,
}

impl ModuleReport {
    /// `guest.orders`, as the pipeline file has it.
    pub fn key(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }
}

/// What there is to say of a module.
pub(super) fn report_of(entry: &Entry) -> ModuleReport {
    let (kind, held, versions) = match &entry.slot {
        Slot::Guest(live) => ("guest", live.held(), versions_of(live.versions())),
        Slot::Aggregate(live) => ("aggregate", None, versions_of(&live.versions)),
    };
    ModuleReport {
        name: match &entry.name {
            ModuleName::Guest(name) | ModuleName::Aggregate(name) => name.clone(),
        },
        kind: kind.to_owned(),
        path: entry.path.display().to_string(),
        state: match held {
            Some(_) => ModuleState::Held,
            None => ModuleState::Live,
        },
        held,
        versions,
    }
}

fn versions_of<M: Versioned>(versions: &Versions<M>) -> Vec<VersionReport> {
    versions.all().iter().rev().map(version_of).collect()
}

fn version_of<M: Versioned>(version: &Arc<Version<M>>) -> VersionReport {
    let spell = version.spell();
    let mut since: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    for (partition, offset) in &spell.since {
        since
            .entry(partition.topic.to_string())
            .or_default()
            .insert(partition.partition, *offset);
    }
    let label = version.module.label();
    let counts = &version.counts;
    let records = counts.records.load(Ordering::Relaxed);
    VersionReport {
        version: version.number,
        module: label
            .split_once('@')
            .map_or(label.as_str(), |(name, _)| name)
            .to_owned(),
        digest: version.module.digest().to_string(),
        since_ms: spell.since_ms,
        since,
        set_aside: spell.set_aside,
        records,
        records_since: records.saturating_sub(spell.records_before),
        errors: counts.errors.load(Ordering::Relaxed),
        rows: counts.rows.load(Ordering::Relaxed),
        fuel: counts.fuel.load(Ordering::Relaxed),
    }
}
