//! Aggregates that a module brings: to DataFusion functions like its own, whose arithmetic is done in the sandbox.
//!
//! `module` opens a module and asks what aggregates it has, `used` is the one that stands behind a name now, `call` hands it states and rows, `packed` is the form states have
//! on the way and `held` where they are between calls, `load` and `numbers` say what goes into a call, `rows` finds the row that
//! one fails at, `migrate` reads states of an older version, `udaf` and `accumulator` are what DataFusion sees. The states are the host's: a module that stops in the middle
//! costs the row it stopped at, never what was counted before.

mod accumulator;
mod call;
mod contract;
mod failures;
mod held;
mod input;
mod load;
mod migrate;
mod module;
mod numbers;
mod packed;
mod rows;
mod udaf;
mod used;

#[cfg(test)]
mod limits_test;

pub use module::{AggregateModule, GuestAggregate};
