//! Checkpoints: where a run stands, kept where another one finds it.
//!
//! A checkpoint is a **manifest**, `N.json`, which is created only if there is none of its number: that is the commit of all that it
//! names. Beside it are the **objects** that it refers to (groups of tables, rows of files that are not complete yet), each with its
//! length and SHA-256. A run begins with a **claim**, a manifest without a state: whoever owned the checkpoint before finds it in
//! the place of its own next one, and ends. So no two runs ever write by the same checkpoint, and no clock is asked.
//!
//! `owner.json` says who runs the pipeline now, and is written again every two seconds. It only saves people from taking over what
//! still runs; nothing hangs on it.

mod beat;
mod checkpoints;
mod claim;
mod clear;
mod manifest;
mod object;
mod owner;
mod store;
mod survey;
#[cfg(test)]
mod testing;

pub use beat::Life;
pub use checkpoints::{Checkpoints, Committed, Opened};
pub use clear::{Cleared, clear};
pub use manifest::{
    Greatest, KeptRows, Manifest, Object, OpenFile, Part, QueryShape, Range, SinkFile, SinkState, SourceState, State,
    TableState, TopicState, VERSION, WatermarkState,
};
pub use object::is_damaged;
pub use owner::Owner;
pub use store::{CheckpointStore, probe};
pub use survey::{Found, Survey};
