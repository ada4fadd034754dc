//! The embedded broker: a small Kafka in this process, for a laptop with nothing installed.
//!
//! It is the client library's own mock cluster. It speaks Kafka's protocol to any client, and is small: about 5 MB a partition
//! are kept, in memory; offsets can't be found by time; there are no transactions to read, no compaction, and a topic can't
//! be deleted. Topics are made through [`Broker::create_topic`] or, from another process, through a control port
//! ([`Running::create_topic`]), as the mock does not take Kafka's own request for it.

mod announce;
mod cluster;
mod control;

pub use announce::{Announcement, Running, running};
pub use cluster::Broker;
