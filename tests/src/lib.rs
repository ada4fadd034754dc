//! What the tests of the whole share: golden files, the command under test, brokers, folders, readers.
//!
//! A test takes a [`Kafka`](broker::Kafka) and a [`Folder`](folder::Folder), drives the [`Command`](command::Command) as a
//! user would, and compares what comes out with what a real Spark answered. Whether the broker is the embedded one or
//! a real Apache Kafka, and the folder a local one or a bucket, is decided by the environment (`tests/servers --help`), not by the test.
//!
//! Everything here panics when it can't do its work, with the reason: a test's only answer to that is to fail.

pub mod broker;
pub mod command;
pub mod folder;
pub mod golden;
pub mod handmade;
pub mod kills;
pub mod module;
pub mod parquet;
pub mod rerun;
pub mod rows;
pub mod text;
pub mod unique;
