//! What was done, and what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::output::Verdict;

/// What one run did, or several together.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Processes that were killed.
    pub kills: u64,
    /// Of these, those that had not come to a checkpoint yet.
    pub killed_early: u64,
    /// Processes that were started, the first of each run left out.
    pub restarts: u64,
    /// Processes that ended by themselves, since what they need was away.
    pub ended: u64,
    /// What else happened, and how often.
    pub faults: BTreeMap<String, u64>,
    /// Records that were written, closing ones included.
    pub records: u64,
    /// How often the output was read while it was being written.
    pub looks: u64,
    /// Records of which nothing came out, and those that count again.
    pub verdict: Verdict,
    /// From the start of a process to its first checkpoint, of those that came so far.
    pub first_commits: Vec<Duration>,
}

impl Report {
    /// Adds another run's.
    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.killed_early += other.killed_early;
        self.restarts += other.restarts;
        self.ended += other.ended;
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        self.records += other.records;
        self.looks += other.looks;
        self.verdict.lost += other.verdict.lost;
        self.verdict.twice += other.verdict.twice;
        self.first_commits.extend(other.first_commits);
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} kills ({} before the first checkpoint), {} restarts, {} ends of its own while something was away",
            self.kills, self.killed_early, self.restarts, self.ended
        )?;
        if !self.faults.is_empty() {
            let told: Vec<String> = self
                .faults
                .iter()
                .map(|(fault, count)| format!("{fault} {count}"))
                .collect();
            writeln!(f, "besides: {}", told.join(", "))?;
        }
        writeln!(
            f,
            "{} records; the output was read {} times meanwhile",
            self.records, self.looks
        )?;
        if let Some(most) = self.first_commits.iter().max() {
            let mean = self.first_commits.iter().sum::<Duration>().as_secs_f64() / self.first_commits.len() as f64;
            writeln!(
                f,
                "from the start of a process to its first checkpoint: {mean:.2} s on average, {:.2} s at most, of {}",
                most.as_secs_f64(),
                self.first_commits.len()
            )?;
        }
        write!(f, "{} lost, {} twice", self.verdict.lost, self.verdict.twice)
    }
}

#[cfg(test)]
#[path = "report_test.rs"]
mod tests;
