//! A transaction that the broker does not let us end: since another run has taken over, or it lasted too long.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use crate::error::Fault;

/// Why a broker does not know us any more. The broker's answer is the same in both cases.
#[derive(Debug)]
enum Fence {
    /// Another producer has our id.
    Fenced(String),
    /// The transaction lasted longer than agreed.
    Expired(String),
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Fenced(reason) | Self::Expired(reason)) = self;
        f.write_str(reason)
    }
}

impl Error for Fence {}

/// Whether the code says so.
pub(super) fn is_fence(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

pub(super) fn fenced(reason: String) -> Fault {
    Fault::refused("another run of this pipeline has taken over its kafka transactions")
        .because(Fence::Fenced(reason))
        .hint("a pipeline runs once at a time; what this run had not committed is not in its topics")
}

pub(super) fn expired(lasted: Duration, longest: Duration, reason: String) -> Fault {
    Fault::refused(format!(
        "the broker gave up a kafka transaction that lasted {} s, with {} s allowed",
        lasted.as_secs(),
        longest.as_secs()
    ))
    .because(Fence::Expired(reason))
    .hint(
        "start again: the run goes on from its last checkpoint. Smaller batches (`max_offsets_per_trigger`), a shorter `interval` of \
         checkpoints or a longer `transaction.timeout.ms` under `[kafka]` keep it from happening again",
    )
}

fn fence_of(fault: &Fault) -> Option<&Fence> {
    let mut cause = fault.source();
    while let Some(error) = cause {
        if let Some(fence) = error.downcast_ref::<Fence>() {
            return Some(fence);
        }
        cause = error.source();
    }
    None
}

/// Whether a fault of [`Transactions`](super::Transactions) says that another run of the pipeline has taken over.
pub fn is_fenced(fault: &Fault) -> bool {
    matches!(fence_of(fault), Some(Fence::Fenced(_)))
}

/// Whether a fault of [`Transactions`](super::Transactions) says that the broker gave the transaction up, since it lasted too long. A run
/// that was paused for as long may have been fenced as well: the broker's answer is the same.
pub fn is_expired(fault: &Fault) -> bool {
    matches!(fence_of(fault), Some(Fence::Expired(_)))
}
