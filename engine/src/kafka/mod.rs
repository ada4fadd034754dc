//! What every Kafka client of ours has, whether it reads or writes: its settings, what the brokers' answers mean, what is asked of a
//! cluster, and records put into topics.

pub(crate) mod client;
pub(crate) mod faults;
pub(crate) mod group;
mod notice;
mod producer;
pub(crate) mod questions;
mod settings;
mod topic_ids;

pub use notice::{Notice, Notify};
pub(crate) use producer::{Manner, Sender};
pub use producer::{ProduceRecord, Producer};
pub(crate) use settings::nearest;
pub use settings::{ClientSettings, Problem};
