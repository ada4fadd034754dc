//! How much goes into one call.

use crate::guest::limits::Limits;

/// What a call carries so far. States count too: a few thousand large ones would fill the module's memory.
pub(super) struct Load<'l> {
    limits: &'l Limits,
    rows: usize,
    bytes: usize,
}

impl<'l> Load<'l> {
    /// Nothing yet.
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            rows: 0,
            bytes: 0,
        }
    }

    /// Whether the call takes another row (or state) that adds so many bytes. It takes one at least, however large.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let together = self.bytes.saturating_add(bytes);
        let fits = self.rows == 0 || (self.rows < self.limits.call_records && together <= self.limits.call_bytes);
        if fits {
            self.rows += 1;
            self.bytes = together;
        }
        fits
    }
}

/// How many of these, one after the other, go into one call.
pub(super) fn fitting(limits: &Limits, bytes: impl IntoIterator<Item = usize>) -> usize {
    let mut load = Load::new(limits);
    bytes.into_iter().take_while(|bytes| load.takes(*bytes)).count()
}

#[cfg(test)]
#[path = "load_test.rs"]
mod tests;
