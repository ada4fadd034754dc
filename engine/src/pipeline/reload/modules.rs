//! The modules of a running pipeline, by their names.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Fault, Result};
use crate::guest::{GuestAggregate, Limits};
use crate::pipeline::given::LoadedModules;
use crate::pipeline::plan::Plan;

use super::live::Live;
use super::report::{ModuleReport, report_of};
use super::versions::Versions;

/// How often is looked whether a batch stands still.
const LOOK: Duration = Duration::from_millis(50);

/// Which module of a pipeline. Guests and aggregates have names of their own each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleName {
    /// `[guest.NAME]`
    Guest(String),
    /// `[aggregate.NAME]`
    Aggregate(String),
}

impl ModuleName {
    /// The name alone.
    pub fn name(&self) -> &str {
        match self {
            Self::Guest(name) | Self::Aggregate(name) => name,
        }
    }

    /// `guest.orders`, as the pipeline file has it.
    pub fn key(&self) -> String {
        match self {
            Self::Guest(name) => format!("guest.{name}"),
            Self::Aggregate(name) => format!("aggregate.{name}"),
        }
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A module of a running pipeline.
#[derive(Clone)]
pub(super) enum Slot {
    Guest(Arc<Live>),
    Aggregate(Arc<LiveAggregate>),
}

/// An aggregate whose module may be another one from one batch to the next.
pub(super) struct LiveAggregate {
    pub(super) versions: Versions<GuestAggregate>,
    /// Which of the module's aggregates, where the pipeline names one.
    pub(super) function: Option<String>,
}

/// A module, and where it comes from.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) name: ModuleName,
    /// A crate's folder or a file.
    pub(super) path: PathBuf,
    pub(super) slot: Slot,
}

impl Entry {
    /// What the module may use, whatever version it is.
    pub(super) fn limits(&self) -> Limits {
        match &self.slot {
            Slot::Guest(live) => live.transform().module().limits().clone(),
            Slot::Aggregate(live) => live.versions.live().module.module().limits().clone(),
        }
    }

    /// The version in use: `v11 (commandes@aa01b2)`.
    pub(super) fn live_label(&self) -> String {
        match &self.slot {
            Slot::Guest(live) => live.versions().live().label(),
            Slot::Aggregate(live) => live.versions.live().label(),
        }
    }
}

/// All modules of a running pipeline. Cheap to clone; asked by whoever wants to know what is live.
#[derive(Clone)]
pub struct Modules(Arc<[Entry]>);

impl Modules {
    /// Those of a plan. `places` are where they come from: `[guest.NAME]` or `[aggregate.NAME]`, its `module`, and its `function`.
    pub(super) fn of(plan: &Plan, places: Vec<(ModuleName, PathBuf, Option<String>)>) -> Self {
        let entry = |(name, path, function): (ModuleName, PathBuf, Option<String>)| {
            let slot = match &name {
                ModuleName::Guest(name) => {
                    let guest = plan.guests.iter().find(|guest| guest.live.name() == name)?;
                    Slot::Guest(Arc::clone(&guest.live))
                }
                ModuleName::Aggregate(name) => {
                    let called = name.to_lowercase();
                    let aggregate = plan.aggregates.iter().find(|aggregate| aggregate.name() == called)?;
                    Slot::Aggregate(Arc::new(LiveAggregate {
                        versions: Versions::new(aggregate.detached()),
                        function,
                    }))
                }
            };
            Some(Entry { name, path, slot })
        };
        // One that no sink needs is not part of the plan.
        Self(places.into_iter().filter_map(entry).collect())
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The module of this name, `orders` or `guest.orders`.
    ///
    /// # Errors
    /// `Usage`: there is none, or a guest and an aggregate of that name.
    pub(super) fn find(&self, name: &str) -> Result<&Entry> {
        let found: Vec<&Entry> = self
            .0
            .iter()
            .filter(|entry| entry.name.key() == name || entry.name.name() == name)
            .collect();
        let list = |entries: &[&Entry]| {
            let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.name.key())).collect();
            names.join(", ")
        };
        match found.as_slice() {
            [entry] => Ok(entry),
            [] => {
                let all: Vec<&Entry> = self.0.iter().collect();
                Err(
                    Fault::usage(format!("the pipeline has no module `{name}`")).hint(match all.len() {
                        0 => "it has none at all".to_owned(),
                        _ => format!("it has {}", list(&all)),
                    }),
                )
            }
            several => Err(Fault::usage(format!("`{name}` may be one of several modules"))
                .hint(format!("name one of {}", list(several)))),
        }
    }

    /// Whether there is a module of this name, `orders` or `guest.orders`.
    pub fn has(&self, name: &str) -> bool {
        let mut entries = self.0.iter();
        entries.any(|entry| entry.name.key() == name || entry.name.name() == name)
    }

    /// Whether a batch stands still half done until a guest gets another version.
    pub(super) fn is_held(&self) -> bool {
        let is_held = |entry: &Entry| matches!(&entry.slot, Slot::Guest(live) if live.held_since().is_some());
        self.0.iter().any(is_held)
    }

    /// Waits until one does.
    pub(super) async fn wait_until_held(&self) {
        while !self.is_held() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Those that are live now, to plan something else with.
    pub fn loaded(&self) -> LoadedModules {
        let mut loaded = LoadedModules::default();
        for entry in self.0.iter() {
            let name = entry.name.name();
            match &entry.slot {
                Slot::Guest(live) => drop(loaded.guests.insert(name.to_owned(), live.transform().module().clone())),
                Slot::Aggregate(live) => {
                    let module = live.versions.live().module.module();
                    drop(loaded.aggregates.insert(name.to_lowercase(), module));
                }
            }
        }
        loaded
    }

    /// The names of all, each with the version in use: `v11 (commandes@aa01b2)`.
    pub fn live(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|entry| (entry.name.name(), entry.live_label()))
    }

    /// What is live, since when, and what was before.
    pub fn report(&self) -> Vec<ModuleReport> {
        self.0.iter().map(report_of).collect()
    }
}

#[cfg(test)]
#[path = "modules_test.rs"]
mod tests;
