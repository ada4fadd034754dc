//! States that an older version of a module left, as those of the one in use.

use arrow::array::{Array, BinaryArray, BinaryBuilder};

use super::load::fitting;
use super::module::GuestAggregate;
use super::packed::Packed;
use super::rows::place;
use crate::error::{Fault, Result};

impl GuestAggregate {
    /// Whether the states of this version are its own, or such that it can make its own of them.
    ///
    /// # Errors
    /// `Guest`: neither.
    pub fn check_reads(&self, version: u32) -> Result<()> {
        let used = self.0.used();
        let signature = used.signature();
        if version == signature.version || signature.migrates_from.contains(&version) {
            return Ok(());
        }
        Err(Fault::guest(format!(
            "its states are of version {}, and those that are kept of version {version}, which it does not read",
            signature.version
        ))
        .at(place(&used))
        .hint("give the new state a `migrate` from the old one, or start the pipeline anew without what was kept"))
    }

    /// States of an older version as those of this one. A group without rows has no bytes, in any version.
    ///
    /// # Errors
    /// `Guest`: it does not read that version, or fails at it.
    pub fn migrate(&self, version: u32, states: &BinaryArray) -> Result<BinaryArray> {
        self.check_reads(version)?;
        let used = self.0.used();
        let failed = |reason: String| {
            Fault::guest(format!("`migrate` of states of version {version} failed"))
                .because(reason)
                .at(place(&used))
        };
        let rows: Vec<usize> = (0..states.len()).filter(|row| !states.value(*row).is_empty()).collect();
        let mut rest = rows.as_slice();
        let mut migrated = BinaryBuilder::with_capacity(states.len(), states.value_data().len());
        let mut next = 0;
        while !rest.is_empty() {
            let sizes = rest.iter().map(|row| states.value(*row).len());
            let (now, later) = rest.split_at(fitting(used.module.limits(), sizes));
            let packed = Packed::of(now.iter().map(|row| states.value(*row))).map_err(failed)?;
            let read = used
                .migrate(version, &packed)
                .map_err(|failure| failed(failure.reason))?;
            for (row, state) in now.iter().zip(read.iter()) {
                (next..*row).for_each(|_| migrated.append_value([]));
                migrated.append_value(state);
                next = row + 1;
            }
            rest = later;
        }
        (next..states.len()).for_each(|_| migrated.append_value([]));
        Ok(migrated.finish())
    }
}

#[cfg(test)]
#[path = "migrate_test.rs"]
mod tests;
