//! The processor's time: what other processes do meanwhile does not count.

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

/// Whether the system tells the processor's time.
pub(super) fn tells_cpu() -> bool {
    cpu(Of::Thread).is_some()
}

/// Nanoseconds. (Linux's `/proc` tells them too, but as of the scheduler's last look, some milliseconds ago.)
#[cfg(unix)]
fn cpu(of: Of) -> Option<u64> {
    let clock = match of {
        Of::Thread => libc::CLOCK_THREAD_CPUTIME_ID,
        Of::Process => libc::CLOCK_PROCESS_CPUTIME_ID,
    };
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes a `timespec` to where one is, and keeps nothing.
    #[expect(unsafe_code, reason = "the standard library has no clock of the processor's time")]
    let outcome = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if outcome != 0 {
        return None;
    }
    let (seconds, nanos) = (u64::try_from(time.tv_sec).ok()?, u64::try_from(time.tv_nsec).ok()?);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

#[cfg(not(unix))]
fn cpu(_: Of) -> Option<u64> {
    None
}
