//! The last lines of a run's modules and what happened to them, kept for `wasmill logs`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SystemClock};
use crate::guest::LogLine;
use crate::pipeline::ReloadEvent;
use crate::text::one_line;

/// So many lines are kept.
const KEPT: usize = 1000;
/// What a line may have, in bytes; the rest is cut.
const MOST_BYTES: usize = 4096;
/// The same of a name.
const MOST_NAME_BYTES: usize = 256;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogEntry {
    /// From 1, in their order.
    pub number: u64,
    /// When it was heard of, in milliseconds since the epoch.
    pub time_ms: i64,
    /// The module's name in the pipeline.
    pub module: String,
    /// `error`, `warn`, `info`, `debug` or `trace`; none for the line that tells how many more there were.
    pub level: Option<String>,
    /// Who says it.
    pub source: LogSource,
    /// One line, safe to print.
    pub text: String,
}

/// Who says a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum LogSource {
    /// The module.
    Guest,
    /// The run, of a version that came or went.
    Reload,
}

/// The lines after a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogPage<E> {
    /// How many lines of those asked for are not kept any more.
    pub lost: u64,
    /// The others, in their order.
    pub lines: Vec<E>,
}

/// Takes lines from the threads that run guests: under its lock nothing is done but to put one away.
#[derive(Debug, Default)]
pub(super) struct LogBook(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<Arc<LogEntry>>,
    /// How many there were in all.
    count: u64,
}

impl LogBook {
    /// A module logged something.
    pub(super) fn guest(&self, line: &LogLine<'_>) {
        let level = line.level.map(|level| level.to_string());
        self.push(line.transform, level, LogSource::Guest, line.text);
    }

    /// Something happened to a module. That a change was seen, or changed nothing, is not kept.
    pub(super) fn event(&self, event: &ReloadEvent<'_>) {
        let (module, level) = match event {
            ReloadEvent::Changed { .. } | ReloadEvent::Unchanged { .. } => return,
            ReloadEvent::Live { module, .. } => (module, "info"),
            ReloadEvent::Refused { module, .. } | ReloadEvent::Gone { module, .. } => (module, "warn"),
            ReloadEvent::SetAside { guest, .. } => (guest, "error"),
        };
        // A hint stands on a line of its own, and here there is one.
        let text = event.to_string().replace("\nhint: ", "; hint: ");
        self.push(module, Some(level.to_owned()), LogSource::Reload, &text);
    }

    fn push(&self, module: &str, level: Option<String>, source: LogSource, text: &str) {
        let mut entry = LogEntry {
            number: 0,
            time_ms: SystemClock.now_ms(),
            module: one_line(module, MOST_NAME_BYTES),
            level,
            source,
            text: one_line(text, MOST_BYTES),
        };
        let mut lines = self.lines();
        lines.count += 1;
        entry.number = lines.count;
        let oldest = match lines.kept.len() < KEPT {
            true => None,
            false => lines.kept.pop_front(),
        };
        lines.kept.push_back(Arc::new(entry));
        drop(lines);
        drop(oldest);
    }

    /// The lines with a number above this one.
    pub(super) fn after(&self, number: u64) -> LogPage<Arc<LogEntry>> {
        let lines = self.lines();
        let before = lines.count - lines.kept.len() as u64;
        let known = number.saturating_sub(before);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        LogPage {
            lost: before.saturating_sub(number),
            lines: lines.kept.iter().skip(known).map(Arc::clone).collect(),
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "log_book_test.rs"]
mod tests;
