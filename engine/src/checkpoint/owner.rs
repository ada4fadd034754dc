//! Who runs a pipeline.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::storage::Mark;
use crate::time::put_shown;

/// A run of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What tells it from all other runs.
    pub id: String,
    /// One more than that of the run whose checkpoint it took over.
    pub epoch: u64,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub process: u32,
    /// Since when, in milliseconds since the epoch.
    pub since_ms: i64,
    /// The start of the machine and the space of process numbers, where these can be told.
    pub space: Option<String>,
    /// When the process started, in the machine's own count.
    pub process_start: Option<u64>,
}

impl Owner {
    /// This process.
    pub(super) fn this(epoch: u64, now_ms: i64) -> Self {
        let process = std::process::id();
        Self {
            id: Uuid::new_v4().to_string(),
            epoch,
            host: host(),
            process,
            since_ms: now_ms,
            space: space(),
            process_start: process_start(process),
        }
    }

    /// By which the files that it wrote are known.
    pub(crate) fn mark(&self) -> Mark {
        Mark::of(&self.id)
    }

    /// Whether the process is there, where that can be known: only on its machine.
    pub(super) fn runs(&self) -> Option<bool> {
        let is_here = self.space.is_some() && self.space == space();
        let started = self.process_start.filter(|_| is_here)?;
        Some(process_start(self.process) == Some(started))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut since = String::new();
        put_shown(&mut since, self.since_ms.div_euclid(1000).saturating_mul(1_000_000));
        write!(f, "process {} on `{}`, since {since} UTC", self.process, self.host)
    }
}

fn read(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

fn host() -> String {
    let named = read("/proc/sys/kernel/hostname").or_else(|| std::env::var("HOSTNAME").ok());
    named.unwrap_or_else(|| "unknown".to_owned())
}

/// Process numbers mean the same within one start of a machine and one space of them (a container has its own).
fn space() -> Option<String> {
    let boot = read("/proc/sys/kernel/random/boot_id")?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{boot} {}", processes.display()))
}

/// When a process started that still runs: the 22nd field of `/proc/PID/stat`.
fn process_start(process: u32) -> Option<u64> {
    let stat = read(&format!("/proc/{process}/stat"))?;
    // The name, the second field, may hold blanks and parentheses.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace();
    // One that has ended and that nobody has asked for yet is still listed.
    let state = fields.next().filter(|state| !matches!(*state, "Z" | "X"));
    state.and(fields.nth(18))?.parse().ok()
}

#[cfg(test)]
#[path = "owner_test.rs"]
mod tests;
