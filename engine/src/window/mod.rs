//! Event time and state: what a query over a stream keeps between batches.
//!
//! A batch's way: `timed` finds each row's place in time and takes the late ones out, DataFusion aggregates the rest into
//! partial states on the workers, `groups` merges them into what is kept (`panes` of fixed windows, or `sessions`), and what
//! the output mode asks for comes out again. `watermark` says how far time has come; `keys` are the groups' other columns.
//! What is kept can be taken whole or as what changed, and restored of such `pieces`.

#[cfg(test)]
mod fixture_test;
mod groups;
mod keys;
mod panes;
mod pieces;
mod selection;
mod sessions;
mod timed;
mod watermark;

pub use groups::{Groups, GroupsShape, LargestGroup, OpenWindow};
pub use timed::{Lateness, Timed, late_schema, split};
pub use watermark::{Input, Per, Progressed, Watermark, WatermarkSpec};

#[cfg(test)]
#[path = "every_type_test.rs"]
mod every_type;
#[cfg(test)]
mod modes_test;
#[cfg(test)]
#[path = "property_test.rs"]
mod property;
#[cfg(test)]
#[path = "restore_property_test.rs"]
mod restore_property;
#[cfg(test)]
mod restore_test;
#[cfg(test)]
#[path = "stream_test.rs"]
mod testing;
