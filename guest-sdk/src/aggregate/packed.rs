//! States end to end, as they cross the boundary.

use crate::Error;

/// States of groups 0, 1 and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// All of them.
    pub bytes: Vec<u8>,
    /// Where each starts, and behind the last where it ends.
    pub offsets: Vec<u32>,
}

impl Default for Packed {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            offsets: vec![0],
        }
    }
}

impl Packed {
    /// Adds a state.
    pub fn push(&mut self, state: &[u8]) {
        self.push_with(|bytes| bytes.extend_from_slice(state));
    }

    /// Adds a state that writes itself.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        // A guest's memory has no more.
        self.offsets.push(self.bytes.len() as u32);
    }

    /// The states one by one.
    ///
    /// # Errors
    /// If the offsets don't fit the bytes.
    pub fn iter(&self) -> Result<impl Iterator<Item = &[u8]>, Error> {
        let rises = self.offsets.first() == Some(&0) && self.offsets.is_sorted();
        let ends = self.offsets.last().is_some_and(|end| *end as usize == self.bytes.len());
        if !rises || !ends {
            return Err(Error::new("the offsets of states do not fit their bytes"));
        }
        let parts = self.offsets.windows(2);
        Ok(parts.map(|ends| &self.bytes[ends[0] as usize..ends[1] as usize]))
    }
}
