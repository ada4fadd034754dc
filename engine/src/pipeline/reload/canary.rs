//! A version tried on records that the one before has taken, before it gets the next ones.

use std::sync::Arc;

use crate::batch::Records;
use crate::error::{Fault, Result};
use crate::guest::{Processed, Transform};

/// The same records through two versions.
#[derive(Debug)]
pub struct Canary {
    /// The records.
    pub records: Records,
    /// The version in use; none if it could not take them.
    pub before: Option<Processed>,
    /// The one that may take its place.
    pub now: Processed,
}

impl Canary {
    /// Sends the records through both. This is work for the processor: call it from a thread that may block.
    ///
    /// # Errors
    /// If the new version fails as a whole, or on all of the records while the one in use takes some of them.
    pub(super) fn run(records: Records, live: &Arc<Transform>, next: &Arc<Transform>) -> Result<Self> {
        // With instances and counts of their own: what fails here is not a failure of the stream, nor does what passes make up for one.
        let fresh = |transform: &Transform| transform.with_module(transform.module().clone());
        let now = fresh(next).try_on(&records)?;
        let before = fresh(live).try_on(&records).ok();
        let errors = now.errors.count;
        let errors_before = before.as_ref().map_or(errors, |before| before.errors.count);
        if errors == records.len() && errors_before < errors {
            let first = now.errors.samples.first();
            let fault = Fault::guest(format!(
                "it fails on all of the last {errors} records, the version in use on {errors_before}"
            ));
            let fault = match first {
                Some(sample) => fault.at(sample.place.clone()).because(sample.reason.clone()),
                None => fault,
            };
            return Err(fault.hint("if that is what it shall do, stop the pipeline and start it with this version"));
        }
        Ok(Self { records, before, now })
    }
}

#[cfg(test)]
#[path = "canary_test.rs"]
mod tests;
