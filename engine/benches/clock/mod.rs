//! The processor's time, for what runs on one thread.

use std::time::Instant;

/// The processor's time of this thread, or the wall's where the system does not tell.
pub(crate) struct Clock {
    wall: Instant,
    cpu: Option<f64>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: Self::cpu(),
        }
    }

    fn cpu() -> Option<f64> {
        std::fs::read_to_string("/proc/thread-self/schedstat")
            .ok()?
            .split(' ')
            .next()?
            .parse()
            .ok()
    }

    /// Since the start.
    pub(crate) fn nanoseconds(&self) -> f64 {
        match (self.cpu, Self::cpu()) {
            (Some(start), Some(end)) => end - start,
            _ => self.wall.elapsed().as_nanos() as f64,
        }
    }
}

/// The middle one.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
