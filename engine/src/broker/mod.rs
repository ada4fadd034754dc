//! The embedded broker: a small Kafka in this process, for a laptop with nothing installed.
