//! One process of the pipeline: `wasmill run`, what it printed, and how it ended.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use super::{GLANCE, pause};
use crate::command::Command;

/// A process. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Instance {
    child: Child,
    errors: PathBuf,
    began: Instant,
    /// The number of the next checkpoint when it began; unknown if nobody could tell.
    pub(super) before: Option<u64>,
    /// How long it took to its first one; unknown if there is none yet.
    pub(super) first_commit: Option<Duration>,
}

/// How a process ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// Its exit status; none if a signal ended it.
    pub(super) code: Option<i32>,
    /// All of its standard error.
    pub(super) errors: String,
}

impl Instance {
    /// Starts a command that prints into `NAME.out` and `NAME.err` of this folder.
    pub(super) fn start(command: Command, folder: &Path, name: &str, before: Option<u64>) -> Self {
        let file = |kind: &str| {
            let path = folder.join(format!("{name}.{kind}"));
            let file = File::create(&path);
            let file = file.unwrap_or_else(|error| panic!("{} can't be written: {error}", path.display()));
            (file, path)
        };
        let ((output, _), (errors, errors_path)) = (file("out"), file("err"));
        Self {
            child: command.start_into(output, errors),
            errors: errors_path,
            began: Instant::now(),
            before,
            first_commit: None,
        }
    }

    /// How long ago it was started.
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Its end, if it ended.
    pub(super) fn ended(&mut self) -> Option<End> {
        match self.child.try_wait() {
            Ok(status) => status.map(|status| self.end(status)),
            Err(error) => panic!("a process can't be waited for: {error}"),
        }
    }

    /// Sends it a signal: `KILL`, `INT`, `STOP`, `CONT`.
    pub(super) fn signal(&self, name: &str) {
        // It may have ended by itself: then there is nobody to be told.
        Command::other("kill", [format!("-{name}"), self.child.id().to_string()]).output();
    }

    /// Ends it at once, as a power cut does; unless it ended before.
    pub(super) fn kill(&mut self) -> End {
        let _ = self.child.kill();
        let status = self.child.wait();
        self.end(status.unwrap_or_else(|error| panic!("a process can't be waited for: {error}")))
    }

    /// Waits for its end; none if it does not come in this time.
    pub(super) fn wait(&mut self, patience: Duration) -> Option<End> {
        let until = Instant::now() + patience;
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() > until {
                return ended;
            }
            pause(GLANCE);
        }
    }

    fn end(&self, status: ExitStatus) -> End {
        let errors = std::fs::read(&self.errors).unwrap_or_default();
        End {
            code: status.code(),
            errors: String::from_utf8_lossy(&errors).into_owned(),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

impl End {
    /// Whether it chose to end with an error: neither a signal, nor a panic.
    pub(super) fn is_chosen(&self) -> bool {
        matches!(self.code, Some(code) if code != 0 && code != 101)
    }

    /// The error that it ended with, in one line.
    pub(super) fn error(&self) -> String {
        let lines = self.errors.lines();
        let errors: Vec<&str> = lines.filter(|line| line.starts_with("error: ")).collect();
        errors.last().map_or("nothing was said", |line| line).to_owned()
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 12;
        let text = self.errors.lines().filter(|line| !line.starts_with('{'));
        let lines: Vec<&str> = text.collect();
        writeln!(f, "exit status {:?}; the last lines of standard error:", self.code)?;
        lines[lines.len().saturating_sub(SHOWN)..]
            .iter()
            .try_for_each(|line| writeln!(f, "  {line}"))
    }
}
