//! Event time: windows, watermarks and output modes, compared with what a real Spark answered.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "windows/aggregates.rs"]
mod aggregates;
#[path = "windows/event_time.rs"]
mod event_time;
#[path = "windows/golden.rs"]
mod golden;
#[path = "windows/inputs.rs"]
mod inputs;
#[path = "windows/lab.rs"]
mod lab;
#[path = "windows/support.rs"]
mod support;
