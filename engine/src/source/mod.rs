//! Where records come from: Kafka, or a file of records. And what else one does with a Kafka: its topics, and putting
//! records into them.
//!
//! A batch is planned first, as a range of offsets per partition ([`crate::batch::BatchRanges`]), and then read: the same
//! ranges give the same records, today and after a restart.

mod admin;
#[cfg(test)]
pub(crate) mod cluster_test;
mod fetch;
mod identity;
mod kafka;
mod option_values;
mod options;
mod partitions;
mod plan;
mod positions;
mod raw;
mod replay;
mod replayed;
mod trouble;

pub use crate::kafka::{ClientSettings, Notice, Notify, Problem, ProduceRecord, Producer};
pub use admin::{Admin, Created, PartitionInfo, TopicInfo};
pub use identity::Identity;
pub use kafka::{KafkaSource, Pace};
pub use options::{ByTimestampStrategy, KafkaOptions, Mode, Positions, Subscription};
pub use replay::{Replay, ReplayRecord};
