//! Groups numbered from 0 within a call.

/// Gives groups their numbers. Kept from call to call: to begin anew costs nothing, however many groups there are.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// For each group its number, and in which call it has it.
    seen: Vec<(u32, u32)>,
    call: u32,
    /// The groups of this call, in the order of their numbers.
    touched: Vec<usize>,
    /// For each row of this call its group's number.
    local: Vec<u32>,
}

impl Numbers {
    /// Begins a call.
    pub(super) fn begin(&mut self) {
        self.touched.clear();
        self.local.clear();
        self.call = match self.call.checked_add(1) {
            Some(call) => call,
            None => {
                self.seen.clear();
                1
            }
        };
    }

    /// Adds a row of this group; whether it is the group's first.
    pub(super) fn add(&mut self, group: usize) -> bool {
        if self.seen.len() <= group {
            self.seen.resize(group + 1, (0, 0));
        }
        let seen = &mut self.seen[group];
        let is_new = seen.0 != self.call;
        if is_new {
            // As many as there are rows in a call.
            *seen = (self.call, u32::try_from(self.touched.len()).unwrap_or(u32::MAX));
            self.touched.push(group);
        }
        self.local.push(seen.1);
        is_new
    }

    /// The groups of this call, in the order of their numbers.
    pub(super) fn touched(&self) -> &[usize] {
        &self.touched
    }

    /// For each row of this call its group's number.
    pub(super) fn local(&self) -> &[u32] {
        &self.local
    }

    /// What it takes in memory.
    pub(super) fn size(&self) -> usize {
        self.seen.capacity() * size_of::<(u32, u32)>()
            + self.touched.capacity() * size_of::<usize>()
            + self.local.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
#[path = "numbers_test.rs"]
mod tests;
