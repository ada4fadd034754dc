//! Folders that files go to, on a disk or in an object store: what sinks and checkpoints stand on.
//!
//! [`Stores`] opens the [`Folder`] of a [`Target`]. A file becomes visible in two steps ([`Folder::begin`], [`Folder::complete`]), a small
//! one at once ([`Folder::put`]), and one that must be the first of its name only if it is ([`Folder::create`]).

mod disk;
mod fault;
mod folder;
mod mark;
mod probe;
mod store;
mod stores;
mod target;
mod uploads;

use std::sync::Arc;

pub(crate) use disk::LONGEST_NAME;
pub(crate) use folder::{Created, Folder, Hidden, Prepared, Unseen, Upload};
pub(crate) use mark::Mark;
pub(crate) use probe::probe;
pub use stores::Stores;
pub(crate) use target::{Target, aws_variables};

/// What a folder has to say while it works (a store that does not answer, one that answers again): one line each.
pub(crate) type Notify = Arc<dyn Fn(&str) + Send + Sync>;

#[cfg(test)]
pub(crate) use store::tests::Bench;
#[cfg(test)]
pub(crate) use target::connect;
