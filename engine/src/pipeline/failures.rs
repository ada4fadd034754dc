//! Records that failed in a batch: one line of summary a guest.

use std::collections::BTreeMap;

use crate::guest::ErrorSummary;

use super::Observer;

/// The failures of a batch, by guest.
#[derive(Default)]
pub(super) struct Failures(BTreeMap<usize, ErrorSummary>);

impl Failures {
    /// Adds those of a chunk, by the guest's position. The first chunk's samples are the batch's.
    pub(super) fn add(&mut self, guest: usize, errors: ErrorSummary) {
        if errors.is_empty() {
            return;
        }
        match self.0.get_mut(&guest) {
            Some(known) => known.count += errors.count,
            None => drop(self.0.insert(guest, errors)),
        }
    }

    /// Tells the user, a line a guest.
    pub(super) fn tell(&self, observer: &dyn Observer) {
        for errors in self.0.values() {
            observer.notice(&format!("guest {errors}"));
        }
    }
}
