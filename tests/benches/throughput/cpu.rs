//! Processor time, user and system, as Linux counts it: in steps of 10 ms.

use std::time::Duration;

use crate::Result;

const STEP: Duration = Duration::from_millis(10);

/// What this process has used, all its threads together, those that have ended too.
pub(crate) fn own() -> Result<Duration> {
    used(0)
}

/// What the processes have used that this one started, and that it has waited for.
pub(crate) fn of_children() -> Result<Duration> {
    used(2)
}

/// Two neighbouring fields of `/proc/self/stat`, `skipped` behind `utime`.
fn used(skipped: usize) -> Result<Duration> {
    /// `utime`, counted behind the command's name: that may have blanks, and ends with the last bracket.
    const USER: usize = 11;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat
        .rsplit_once(')')
        .ok_or("`/proc/self/stat` is not as Linux has it")?;
    let steps = fields
        .split_whitespace()
        .skip(USER + skipped)
        .take(2)
        .map(str::parse::<u32>);
    Ok(STEP * steps.sum::<std::result::Result<u32, _>>()?)
}
