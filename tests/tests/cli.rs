//! The command line as a user meets it: help, errors with their exit status, what goes to which output.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/brokers.rs"]
mod brokers;
#[path = "cli/build.rs"]
mod build;
#[path = "cli/cases.rs"]
mod cases;
#[path = "cli/checkpoint.rs"]
mod checkpoint;
#[cfg(unix)]
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/kafka_sink.rs"]
mod kafka_sink;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/modules.rs"]
mod modules;
#[path = "cli/new.rs"]
mod new;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/pipelines.rs"]
mod pipelines;
#[path = "cli/produce.rs"]
mod produce;
#[path = "cli/records.rs"]
mod records;
#[path = "cli/state.rs"]
mod state;
#[path = "cli/stores.rs"]
mod stores;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/topics.rs"]
mod topics;
#[path = "cli/why.rs"]
mod why;
