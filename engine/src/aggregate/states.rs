//! Where the states of all groups are kept: columns, a slot a group.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::column::StateColumn;

/// The place of a group's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u32);

impl Slot {
    /// Before all others.
    pub const FIRST: Self = Self(0);
    /// Behind all others.
    pub const LAST: Self = Self(u32::MAX);

    /// As an index.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The states of groups, a row of columns each. A slot is given out until it is given back.
#[derive(Debug)]
pub struct States {
    columns: Vec<StateColumn>,
    /// How many slots there are, given out or not.
    slots: usize,
    free: Vec<Slot>,
}

impl States {
    /// No states yet, of columns of these types.
    pub fn new(types: Vec<DataType>) -> Self {
        Self {
            columns: types.into_iter().map(StateColumn::new).collect(),
            slots: 0,
            free: Vec::new(),
        }
    }

    /// A slot that nobody has.
    ///
    /// # Errors
    /// After four thousand million of them.
    pub fn allocate(&mut self) -> Result<Slot> {
        if let Some(slot) = self.free.pop() {
            return Ok(slot);
        }
        let Ok(slot) = u32::try_from(self.slots) else {
            return exec_err!("more than {} groups", u32::MAX);
        };
        self.slots += 1;
        if self.slots > self.room() {
            let room = self.slots.next_power_of_two().max(64);
            self.columns.iter_mut().for_each(|column| column.grow(room));
        }
        Ok(Slot(slot))
    }

    /// Takes slots back.
    pub fn release(&mut self, slots: &[Slot]) {
        self.columns.iter_mut().for_each(|column| column.clear(slots));
        self.free.extend_from_slice(slots);
    }

    /// The states in these slots, a column each, in the slots' order.
    ///
    /// # Errors
    /// If they don't fit into arrays.
    pub fn gather(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>> {
        self.columns.iter().map(|column| column.gather(slots)).collect()
    }

    /// Puts states into these slots, which must be different ones.
    ///
    /// # Errors
    /// If they are of other types.
    pub fn scatter(&mut self, slots: &[Slot], states: &[ArrayRef]) -> Result<()> {
        for (column, array) in self.columns.iter_mut().zip(states) {
            column.scatter(slots, array)?;
        }
        Ok(())
    }

    /// How many slots are given out.
    pub fn len(&self) -> usize {
        self.slots - self.free.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that all states hold.
    pub fn bytes(&self) -> usize {
        let inline: usize = self.columns.iter().map(StateColumn::inline_bytes).sum();
        let outside: usize = self.columns.iter().map(StateColumn::held).sum();
        self.len() * inline + outside
    }

    /// Bytes that the states of one group hold.
    pub fn bytes_of(&self, slot: Slot) -> usize {
        self.columns.iter().map(|column| column.bytes_of(slot)).sum()
    }

    fn room(&self) -> usize {
        self.columns.first().map_or(usize::MAX, StateColumn::room)
    }
}

#[cfg(test)]
#[path = "states_test.rs"]
mod tests;
