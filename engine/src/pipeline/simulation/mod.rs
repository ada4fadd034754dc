//! A seeded simulation: real runs over a store, a network, a topic and a time that are made up, whose processes are killed, stopped and
//! woken at any of their requests. One number decides everything; what has to come out is what a batch over the same records gives.
//!
//! ```text
//! scenario (seed) -> play: process after process -> pipeline::run -> SimStore (network) -> Server (objects, uploads)
//!                                                        ^ SimSource, SimClock                  | after each change: guard
//!                                                                                              v in the end: compare
//! ```
//!
//! Time is tokio's, paused: it jumps to whatever is waited for next. All of a seed happens in one thread.
//!
//! `WASMILL_SIM_SEEDS=5000` or `=5000..9000` plays so many seeds instead of the few that every test run plays; `WASMILL_SIM_SEED=17`
//! plays one and prints all that happened. Both want `--nocapture`, and `cargo test -p wasmill --lib simulation`.

mod ear;
mod expected;
mod plans;
mod play;
mod process;
mod scenario;
mod seed;
mod server;
mod source;
mod stage;
mod store;
mod tables;
mod weather;
mod world;

#[path = "simulation_test.rs"]
mod tests;

pub(super) use source::SimSource;
