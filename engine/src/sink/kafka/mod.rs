//! Rows as records of a topic, as Spark's Kafka sink writes them, and the transactions they are written in.
//!
//! ```text
//! rows -> record (key, value, headers, topic, partition) -> the pipeline's producer -> topic
//!                                                             ^ in a transaction, where a run makes checkpoints
//! ```
//!
//! All Kafka sinks of a pipeline share one producer ([`Transactions`]), so that what they write becomes visible together. A sink only
//! puts records into it; when they become visible is for whoever runs the pipeline to say.

mod fence;
mod options;
mod rows;
mod sink;
mod transactions;

pub use fence::{is_expired, is_fenced};
pub use options::KafkaSinkOptions;
pub use sink::KafkaSink;
pub use transactions::Transactions;
