//! States of groups, between calls of the module.

use datafusion::logical_expr::EmitTo;

/// Each in a place of its own. What a call gave back is copied there and let go: a part of it would keep the whole, and a group
/// that is seen no more would keep the states of all that were seen with it.
#[derive(Debug, Default)]
pub(super) struct Held {
    states: Vec<Vec<u8>>,
    /// What the states' places take together.
    bytes: usize,
}

impl Held {
    /// Makes room for so many groups; the new ones have no rows.
    pub(super) fn grow(&mut self, groups: usize) {
        if self.states.len() < groups {
            self.states.resize_with(groups, Vec::new);
        }
    }

    /// A group's state: no bytes as long as it has no rows.
    pub(super) fn get(&self, group: usize) -> &[u8] {
        &self.states[group]
    }

    /// Puts a new state in the place of the one before.
    pub(super) fn set(&mut self, group: usize, state: &[u8]) {
        let place = &mut self.states[group];
        self.bytes -= place.capacity();
        place.clear();
        place.extend_from_slice(state);
        self.bytes += place.capacity();
    }

    /// Takes groups out; those behind move up.
    pub(super) fn take(&mut self, groups: EmitTo) -> Vec<Vec<u8>> {
        let taken = groups.take_needed(&mut self.states);
        self.bytes -= taken.iter().map(Vec::capacity).sum::<usize>();
        taken
    }

    /// All states.
    pub(super) fn all(&self) -> &[Vec<u8>] {
        &self.states
    }

    /// What they take in memory.
    pub(super) fn size(&self) -> usize {
        self.bytes + self.states.capacity() * size_of::<Vec<u8>>()
    }
}

#[cfg(test)]
#[path = "held_test.rs"]
mod tests;
