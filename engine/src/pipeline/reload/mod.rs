//! Another version of a module takes the place of the one in use while the stream runs.
//!
//! `versions` are those of one module, and which of them is live; `live` is a guest as batches see it, which goes back to the last
//! good version when the live one fails. `reloader` hears of changed files, makes a `candidate` of them beside the stream, tries it
//! on the last records (`canary`, and for an aggregate `last`) and asks the run to take it; the run does so between two batches (`swap`), moving what the
//! tables keep into the new plan if the module's columns or states changed (`migration`). Whatever fails on the way, the version in
//! use stays, and `event` says at which step and why.

mod canary;
mod candidate;
mod event;
mod last;
mod live;
mod migration;
mod modules;
mod reloader;
mod report;
mod swap;
mod versions;

pub use canary::Canary;
pub use event::{ReloadEvent, Step};
pub use live::Live;
pub use modules::{ModuleName, Modules};
pub use reloader::{Reload, ReloadControl, Reloader, reload};
pub use report::{ModuleReport, ModuleState, VersionReport};
pub use versions::Version;

pub(super) use candidate::Candidate;
pub(super) use last::LastRecords;
pub(super) use migration::{migrate, versions_of};
pub(super) use swap::{Change, Request, Swaps, Taken};
