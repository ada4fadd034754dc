//! The Wasm host: from a module file to checked Arrow columns.
//!
//! A module's way: `inspect` reads its binary, `compile` makes machine code of it (or `cache` has it), `module`
//! starts it once and asks for its `schema`. A batch's way: `transform` takes it, `process` cuts it into calls,
//! `input` puts records into the contract's form, `instance` calls the guest within its `limits`, `check` looks at
//! everything that comes back, `kafka` joins Kafka's columns, `dead_letter` keeps what failed, `account` what it cost. `watch` hears of
//! the next version.

mod account;
mod aggregate;
mod build;
mod cache;
mod check;
mod compile;
mod contract;
mod dead_letter;
mod digest;
mod engine;
mod input;
mod inspect;
mod instance;
mod kafka;
mod limit_fields;
mod limits;
mod log;
mod module;
mod native;
mod process;
mod schema;
mod transform;
mod watch;

pub use account::Cost;
pub use aggregate::{AggregateModule, GuestAggregate};
pub use build::{BuildOutput, Built, TARGET, build, build_within, command as toolchain_command, has_target};
pub use cache::CacheFolder;
pub use compile::{Compiler, CompilerProgram, compile_for_parent};
pub use dead_letter::{ErrorSample, ErrorSummary};
pub use digest::Digest;
pub use engine::{EngineOptions, GuestEngine, Metering};
pub use limit_fields::{LimitField, LimitUnit};
pub use limits::{Limits, Profile};
pub use log::{HostLog, LogLevel, LogLine, StderrLog};
pub use module::{Module, read};
pub use transform::{OnError, Processed, Transform};
pub use watch::{Watch, sources_of};

#[cfg(test)]
#[path = "testing.rs"]
pub(crate) mod testing;

#[cfg(test)]
#[path = "determinism_test.rs"]
mod determinism_test;

#[cfg(test)]
#[path = "golden_test.rs"]
mod golden_test;

#[cfg(test)]
#[path = "check_fuzz_test.rs"]
mod check_fuzz;

#[cfg(test)]
#[path = "module_fuzz_test.rs"]
mod module_fuzz;
