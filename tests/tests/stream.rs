//! Streams as a user runs them: batches while records arrive, what a Ctrl-C leaves behind, records that fail.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "stream/dead_letters.rs"]
mod dead_letters;
#[path = "stream/files.rs"]
mod files;
#[path = "stream/golden.rs"]
mod golden;
#[path = "stream/lab.rs"]
mod lab;
#[path = "stream/offsets.rs"]
mod offsets;
#[path = "stream/refused.rs"]
mod refused;
