//! The processor's time: what other processes do meanwhile does not count.

use std::fs;
use std::time::Instant;

/// Whose time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// This thread's.
    Thread,
    /// That of all threads of this process.
    Process,
}

/// Runs from its start on: by the processor's time, or by the wall's where the system does not tell.
pub(super) struct Clock {
    of: Of,
    wall: Instant,
    cpu: Option<u64>,
}

impl Clock {
    pub(super) fn start(of: Of) -> Self {
        Self {
            of,
            wall: Instant::now(),
            cpu: cpu(of),
        }
    }

    /// Since the start.
    pub(super) fn nanoseconds(&self) -> f64 {
        match (self.cpu, cpu(self.of)) {
            (Some(start), Some(end)) => end.saturating_sub(start) as f64,
            _ => self.wall.elapsed().as_nanos() as f64,
        }
    }
}

/// Whether the system tells the processor's time: Linux does, in `/proc`.
pub(super) fn tells_cpu() -> bool {
    cpu(Of::Thread).is_some()
}

fn cpu(of: Of) -> Option<u64> {
    match of {
        Of::Thread => of_task(fs::read_to_string("/proc/thread-self/schedstat").ok()?),
        Of::Process => {
            let tasks = fs::read_dir("/proc/self/task").ok()?;
            let times = tasks.filter_map(|task| {
                // One that ends meanwhile has no file any more.
                let file = task.ok()?.path().join("schedstat");
                of_task(fs::read_to_string(file).ok()?)
            });
            // The list is never empty: this thread is in it.
            times.reduce(|one, other| one.saturating_add(other))
        }
    }
}

/// The first of three numbers: nanoseconds on a processor.
fn of_task(schedstat: String) -> Option<u64> {
    schedstat.split(' ').next()?.parse().ok()
}
