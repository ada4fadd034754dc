//! The aggregates of a query over a stream, and what they remember between batches.
//!
//! Behind one trait, DataFusion's `GroupsAccumulator`, stand its own aggregates and those that a guest module brings.
//! `accumulate` combines states and makes results of them, `states` keeps them: a row of plain columns for each group, so
//! that looking at a result does not use up what it was made of, and a checkpoint is a copy of columns.

mod accumulate;
mod column;
mod states;

pub use accumulate::{Aggregates, Combined};
pub use states::{Slot, States};
