//! Whether a topic is still the one that was read before, and not another that was made under its name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What tells the topics of a source from others of the same names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The cluster's own id, if it tells one. The embedded broker has another one each time it starts.
    pub cluster: Option<String>,
    /// The ids of topics, by their names, where the brokers give topics ids.
    pub topics: BTreeMap<Arc<str>, String>,
}

/// The identity of a source's topics, and which of them are not those that were read.
#[derive(Debug, Default)]
pub(super) struct Known {
    now: Identity,
    /// That of the topics when they were read as far as they are: what a checkpoint has to keep.
    read: Identity,
    others: BTreeSet<Arc<str>>,
}

impl Known {
    pub(super) fn of(now: Identity) -> Self {
        Self {
            read: now.clone(),
            now,
            others: BTreeSet::new(),
        }
    }

    pub(super) fn read(&self) -> &Identity {
        &self.read
    }

    /// Topics that were looked at again: those that are others than before.
    pub(super) fn would_be_others(&self, now: &Identity) -> BTreeSet<Arc<str>> {
        others(&self.now, now, self.now.topics.keys())
    }

    /// These are the topics now.
    pub(super) fn look(&mut self, now: Identity) {
        self.others.extend(self.would_be_others(&now));
        let before = std::mem::replace(&mut self.now, now);
        self.remember(&before);
    }

    /// These topics were read when they had this identity.
    pub(super) fn recall<'t>(&mut self, before: &Identity, topics: impl Iterator<Item = &'t Arc<str>>) {
        self.others.extend(others(before, &self.now, topics));
        self.read.clone_from(before);
        if before.cluster == self.now.cluster {
            self.remember(before);
        }
    }

    /// A topic of which nothing was said now is the one that it was, until something else is said.
    fn remember(&mut self, before: &Identity) {
        for (topic, id) in &before.topics {
            self.now.topics.entry(Arc::clone(topic)).or_insert_with(|| id.clone());
        }
    }

    pub(super) fn is_other(&self, topic: &Arc<str>) -> bool {
        self.others.contains(topic)
    }

    /// That topics are others is taken into account.
    pub(super) fn settle(&mut self) {
        self.others.clear();
        if self.read != self.now {
            self.read.clone_from(&self.now);
        }
    }
}

/// Those of the topics that are not the same in both.
fn others<'t>(before: &Identity, now: &Identity, topics: impl Iterator<Item = &'t Arc<str>>) -> BTreeSet<Arc<str>> {
    let is_other_cluster = matches!((&before.cluster, &now.cluster), (Some(before), Some(now)) if before != now);
    let is_other = |topic: &&Arc<str>| match (before.topics.get(*topic), now.topics.get(*topic)) {
        (Some(before), Some(now)) => before != now,
        // A topic keeps its id when a cluster is copied; without ids there is only the cluster's. A topic that is away, and brokers that
        // have learned to give ids, are those of the same cluster.
        (None, None) | (Some(_), None) | (None, Some(_)) => is_other_cluster,
    };
    topics.filter(is_other).cloned().collect()
}

#[cfg(test)]
#[path = "identity_test.rs"]
mod tests;
