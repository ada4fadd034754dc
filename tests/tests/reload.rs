//! Modules that change while a stream runs.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "reload/aggregates.rs"]
mod aggregates;
#[path = "reload/columns.rs"]
mod columns;
#[path = "reload/control.rs"]
mod control;
#[path = "reload/crates.rs"]
mod crates;
#[path = "reload/dev.rs"]
mod dev;
#[path = "reload/failing.rs"]
mod failing;
#[path = "reload/files.rs"]
mod files;
#[path = "reload/modules.rs"]
mod modules;
#[path = "reload/storm.rs"]
mod storm;
#[path = "reload/support.rs"]
mod support;
#[path = "reload/windows.rs"]
mod windows;
