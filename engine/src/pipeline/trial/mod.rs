//! A pipeline on trial: one batch over records in memory, without a broker, without anything written anywhere.
//!
//! [`Trial::plan`] puts collecting sinks in place of the pipeline's own and empty sources in place of its topics and files;
//! [`Trial::run`] hands the records in and gives a [`TrialReport`]: the rows of each table that was asked for, the records that
//! failed, what the modules cost. A trial may run as often as one likes. With another version of a module it is planned again, from
//! [`Trial::modules`] with that one replaced: nothing but that module's columns is new then, and nothing is opened or compiled.
//!
//! A stream is tried as a batch: all its windows come out, and no row is late. `current_timestamp()` is the time of the last
//! record, so that the same records give the same rows.

mod names;
mod prepare;
mod repeat;
mod report;
mod run;

#[cfg(test)]
mod testing;

pub use prepare::{Trial, TrialSource};
pub use repeat::repeat;
pub use report::{TrialAggregate, TrialGuest, TrialReport, TrialTable};
