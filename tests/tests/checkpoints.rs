//! Streams that end in every way and are started again: each row is there once, at every moment; who may go on from a checkpoint, and
//! with what.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "checkpoints/again.rs"]
mod again;
#[path = "checkpoints/changed.rs"]
mod changed;
#[path = "checkpoints/lab.rs"]
mod lab;
#[path = "checkpoints/twice.rs"]
mod twice;
