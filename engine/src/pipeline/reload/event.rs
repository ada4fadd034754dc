//! What is told of versions that come and go.

use std::fmt;

use crate::batch::Offsets;
use crate::error::Fault;

use super::canary::Canary;

/// Where a changed module was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its file was read.
    Read,
    /// Its crate was built.
    Build,
    /// Its binary was inspected, compiled, started and asked what it is.
    Load,
    /// The pipeline's queries were typed with its columns.
    Types,
    /// It was tried on the last records.
    Canary,
    /// It was to take the place of the one in use.
    Swap,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Build => "build",
            Self::Load => "load",
            Self::Types => "types",
            Self::Canary => "canary",
            Self::Swap => "swap",
        })
    }
}

/// Something happened to a module of a running pipeline. Displayed as a user reads it; the hint of a fault stands on a line of its own.
#[derive(Debug)]
pub enum ReloadEvent<'a> {
    /// A change was seen, and is being made a version.
    Changed {
        /// The module's name in the pipeline.
        module: &'a str,
    },
    /// The bytes are those in use.
    Unchanged {
        /// The module's name in the pipeline.
        module: &'a str,
        /// The version in use.
        live: String,
    },
    /// Another version is in use.
    Live {
        /// The module's name in the pipeline.
        module: &'a str,
        /// The version: `v12 (commandes@3fa9c1)`.
        version: String,
        /// The first offset of each partition that it gets; none before the first record, and for an aggregate.
        since: Offsets,
        /// What it made of the last records, if there were some.
        canary: Option<&'a Canary>,
        /// How long the stream stood still for it.
        pause: std::time::Duration,
    },
    /// A version was not taken.
    Refused {
        /// The module's name in the pipeline.
        module: &'a str,
        /// Where.
        step: Step,
        /// Why.
        fault: &'a Fault,
        /// The version that stays: `v11 (commandes@aa01b2)`.
        live: String,
    },
    /// The file is gone.
    Gone {
        /// The module's name in the pipeline.
        module: &'a str,
        /// The file.
        path: String,
        /// The version that stays.
        live: String,
    },
    /// The version in use failed as a whole and is not used any more.
    SetAside {
        /// The guest's name in the pipeline.
        guest: &'a str,
        /// The version that failed.
        version: String,
        /// Why.
        fault: &'a Fault,
        /// The version that took its place; if none could, the stream stands still.
        back: Option<String>,
    },
}

impl fmt::Display for ReloadEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { module } => write!(f, "module `{module}` has changed"),
            Self::Unchanged { module, live } => write!(f, "module `{module}`: nothing new, {live} is live"),
            Self::Live {
                module, version, since, ..
            } => {
                write!(f, "module `{module}` {version} live{}", Since(since))
            }
            Self::Refused {
                module,
                step,
                fault,
                live,
            } => {
                write!(
                    f,
                    "module `{module}` was not changed ({step}): {fault}; {live} stays live"
                )?;
                hint(f, fault)
            }
            Self::Gone { module, path, live } => {
                write!(f, "module `{module}`: `{path}` is gone; {live} stays live")
            }
            Self::SetAside {
                guest,
                version,
                fault,
                back,
            } => {
                write!(f, "module `{guest}` {version} was set aside: {fault}; ")?;
                match back {
                    Some(back) => write!(f, "{back} is live again, and takes the same records"),
                    None => {
                        write!(f, "no version before it can take its place: the offsets stand still")?;
                        write!(
                            f,
                            "\nhint: mend the module and save it: the stream goes on with the same records"
                        )
                    }
                }
            }
        }
    }
}

fn hint(f: &mut fmt::Formatter<'_>, fault: &Fault) -> fmt::Result {
    match fault.advice() {
        Some(hint) => write!(f, "\nhint: {hint}"),
        None => Ok(()),
    }
}

/// ` since partition 0 offset 1042, partition 1 offset 7`; with the topics, if there are several.
struct Since<'a>(&'a Offsets);

/// So many partitions are named.
const NAMED: usize = 8;

impl fmt::Display for Since<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topics: Vec<&str> = self.0.keys().map(|partition| &*partition.topic).collect();
        topics.dedup();
        for (at, (partition, offset)) in self.0.iter().take(NAMED).enumerate() {
            f.write_str(if at == 0 { " since " } else { ", " })?;
            match topics.len() {
                1 => write!(f, "partition {} offset {offset}", partition.partition)?,
                _ => write!(f, "{partition} offset {offset}")?,
            }
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
#[path = "event_test.rs"]
mod tests;
