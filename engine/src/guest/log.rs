//! The one import of a module: its log. Lines are kept during a call and handed on when its outcome is known, so that a
//! record's lines come out once, however often a failed batch is tried again in halves.

use std::fmt;
use std::io::Write as _;

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{StoreContextMut, Trap};

use super::contract::{Level, PACKAGE, VERSION};
use super::instance::HostState;
use super::limits::Limits;
use crate::text::{escaped, one_line};

/// How weighty a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something looks wrong.
    Warn,
    /// Something is worth knowing.
    Info,
    /// For whoever looks for a mistake.
    Debug,
    /// The same, in detail.
    Trace,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

/// A line of a module's log, safe to print: `commandes: info: text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// The transform's name in the pipeline.
    pub transform: &'a str,
    /// `None` for the line that tells how many more there were.
    pub level: Option<LogLevel>,
    /// One line, with control characters escaped.
    pub text: &'a str,
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "{}: {level}: {}", self.transform, self.text),
            None => write!(f, "{}: {}", self.transform, self.text),
        }
    }
}

/// Whoever takes the lines: called from the threads that run guests.
pub trait HostLog: Send + Sync {
    /// Takes a line.
    fn line(&self, line: &LogLine<'_>);
}

/// Prints the lines on stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct StderrLog;

impl HostLog for StderrLog {
    fn line(&self, line: &LogLine<'_>) {
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// Nobody hears them.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoLog;

impl HostLog for NoLog {
    fn line(&self, _: &LogLine<'_>) {}
}

/// The lines of a call, or of several: the first are kept, all are counted.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: Vec<(LogLevel, String)>,
    total: usize,
}

impl Lines {
    /// Whether another line would be kept.
    fn has_room(&self, limits: &Limits) -> bool {
        self.kept.len() < limits.log_lines
    }

    /// Counts a line, and keeps its text if there is one.
    fn push(&mut self, level: LogLevel, text: Option<String>) {
        self.kept.extend(text.map(|text| (level, text)));
        self.total += 1;
    }

    /// Adds the lines of a later call.
    pub(super) fn append(&mut self, later: Self, room: usize) {
        let free = room.saturating_sub(self.kept.len());
        self.kept.extend(later.kept.into_iter().take(free));
        self.total += later.total;
    }

    /// Hands the lines on, and says how many more there were.
    pub(super) fn hand_to(&self, log: &dyn HostLog, transform: &str) {
        for (level, text) in &self.kept {
            log.line(&LogLine {
                transform,
                level: Some(*level),
                text,
            });
        }
        let more = self.total - self.kept.len();
        if more > 0 {
            let text = format!("... {more} more lines");
            log.line(&LogLine {
                transform,
                level: None,
                text: &text,
            });
        }
    }
}

/// What a log call costs besides its bytes, in fuel: about what it costs the host in nanoseconds.
const FUEL_PER_LINE: u64 = 200;

/// Gives modules their one import.
pub(super) fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.instance(&format!("{PACKAGE}/log@{VERSION}"))?.func_wrap(
        "log",
        |mut store: StoreContextMut<'_, HostState>, (level, message): (Level, WasmStr)| {
            let state = store.data();
            let message = message.to_str(&store)?;
            let bytes = message.len() as u64;
            let line = state
                .lines
                .has_room(&state.limits)
                .then(|| escaped(&message, state.limits.log_line_bytes));
            // A panic says in its last line of level error what the trap that follows is about: kept in any case.
            let error = matches!(level, Level::Error).then(|| one_line(&message, state.limits.reason_bytes));
            drop(message);

            let state = store.data_mut();
            state.lines.push(level.into(), line);
            if error.is_some() {
                state.last_error = error;
            }
            // The host's work is charged to the module, or a loop of log calls would be nearly free. (Without metering there
            // is no fuel, and asking for it is an error.)
            let Ok(fuel) = store.get_fuel() else { return Ok(()) };
            let left = fuel.checked_sub(FUEL_PER_LINE + bytes).ok_or(Trap::OutOfFuel)?;
            store.set_fuel(left)
        },
    )
}
