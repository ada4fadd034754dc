//! Tables are SQL over the tables above them: Spark's spelling and meaning on DataFusion's planner and operators.
//!
//! [`Planner::plan`] takes a SELECT in steps, a file or folder each: `parse` (one SELECT, nothing else), `spark`
//! (what Spark spells or names differently, on the syntax tree), DataFusion's own planning over `tables`, `stateless`
//! (may it run on a stream), `cut` (around the aggregate of a stream), `window::group` (the event-time window of an aggregate), DataFusion's optimiser. What
//! operators and functions mean in Spark and not in DataFusion is in `cast`, `divide`, `extreme`, `field`, `function`
//! and `types`. What comes out, a [`Query`], is run many times on batches that its leaves (`slot`) are handed.

mod cast;
mod cut;
mod divide;
mod extreme;
mod field;
mod function;
mod parse;
mod planner;
mod problem;
mod query;
mod references;
mod slot;
mod spark;
mod stateless;
mod tables;
mod types;
mod watermark;
mod window;

pub use cut::{Aggregation, Streamed, Streaming};
pub use planner::{Mode, Planner};
pub use problem::{Position, SqlProblem};
pub use query::{Query, own_fault};
pub use references::references;
pub use window::interval_micros;

#[cfg(test)]
#[path = "golden_test.rs"]
mod golden_test;
#[cfg(test)]
#[path = "rows_test.rs"]
mod rows_test;
