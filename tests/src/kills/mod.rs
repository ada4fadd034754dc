//! Real kills: pipelines on real servers under load, disturbed in every way we can think of, and nothing may be lost or there twice.
//!
//! A [`Plan`] is one pipeline of a [`Kind`], a seed, and what happens to it. [`run`](run::run) carries it out: a [`Feed`](feed) writes
//! records whose content follows from their numbers, `wasmill run` reads them and is killed and started again, servers go and come back,
//! disks are full for a while. A [`Watcher`](watcher) reads what comes out meanwhile, as any reader would, and at the end all of it is
//! compared with what the records' numbers say ([`records`]).
//!
//! The seed decides what happens and when. It does not decide what the machine does meanwhile: the same seed disturbs in the same way,
//! and may meet another moment of the run.

mod command_line;
mod disk;
mod disturb;
mod fault;
mod feed;
mod finish;
mod instance;
mod kind;
mod output;
mod place;
mod random;
mod records;
mod report;
pub mod run;
mod servers;
mod state;
mod watcher;

pub use command_line::main;
pub use disk::Disk;
pub use fault::{Fault, Outage, Plan, Server};
pub use kind::Kind;
pub use report::Report;
pub use run::run;
pub use servers::Servers;

use std::time::Duration;

/// How often what can't be waited for is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// Lets time go by: what happens to a pipeline happens at a time, not on a sign.
#[expect(
    clippy::disallowed_methods,
    reason = "disturbances come at moments, and there is no runtime here"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
