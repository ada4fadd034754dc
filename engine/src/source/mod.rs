//! Where records come from: Kafka, or a file of records. And what else one does with a Kafka: its topics, and putting
//! records into them.
//!
//! A batch is planned first, as a range of offsets per partition ([`crate::batch::BatchRanges`]), and then read: the same
//! ranges give the same records, today and after a restart.

mod admin;
mod client;
#[cfg(test)]
mod cluster_test;
mod faults;
mod fetch;
mod kafka;
mod notice;
mod option_values;
mod options;
mod partitions;
mod plan;
mod positions;
mod producer;
mod questions;
mod raw;
mod replay;
mod settings;
mod trouble;

pub use admin::{Admin, Created, PartitionInfo, TopicInfo};
pub use kafka::{KafkaSource, Pace};
pub use notice::{Notice, Notify};
pub use options::{ByTimestampStrategy, KafkaOptions, Mode, Positions, Problem, Subscription};
pub use producer::{ProduceRecord, Producer};
pub use replay::{Replay, ReplayRecord};
pub use settings::ClientSettings;
