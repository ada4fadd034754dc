//! What a source wants said while it goes on working.

use std::fmt;
use std::sync::Arc;

/// Takes notices. Called from librdkafka's threads too, so it must be quick and never panic.
pub type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

/// Something a user should know that does not stop the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// No broker answers; the source goes on trying. Said once, until one is back.
    BrokerAway {
        /// The addresses that were asked.
        address: String,
        /// What the client library says of it.
        reason: String,
    },
    /// A broker answers again.
    BrokerBack {
        /// The addresses that were asked.
        address: String,
    },
    /// Records are gone, and `fail_on_data_loss = false` says to go on without them.
    DataLoss {
        /// What is gone, with the numbers, and where reading goes on.
        what: String,
    },
    /// Partitions that were not there before; they are read from their first record on.
    NewPartitions {
        /// Which, for a person.
        which: String,
    },
    /// A serious line of the client library's own log.
    Client {
        /// The line.
        text: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokerAway { address, reason } => {
                write!(
                    f,
                    "no answer from the broker at `{address}` ({reason}); trying again until it is back"
                )
            }
            Self::BrokerBack { address } => write!(f, "the broker at `{address}` is back"),
            Self::DataLoss { what } => write!(f, "records are gone: {what}"),
            Self::NewPartitions { which } => write!(f, "new partitions, read from their first record: {which}"),
            Self::Client { text } => write!(f, "kafka client: {text}"),
        }
    }
}
