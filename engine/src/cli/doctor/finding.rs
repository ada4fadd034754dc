//! What was found, and how it is told.

use std::fmt::Write as _;

use serde::Serialize;

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It is.
    Ok,
    /// It is not, and has to be.
    Missing,
    /// It is not, and need not be.
    Optional,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What.
    pub(super) name: &'static str,
    /// Whether it is there.
    pub(super) state: State,
    /// What was found, on one line.
    pub(super) found: String,
    /// A command, or a sentence, that mends it.
    pub(super) mend: Option<String>,
}

impl Finding {
    fn new(name: &'static str, state: State, found: impl Into<String>) -> Self {
        let found = found.into();
        Self {
            name,
            state,
            found: one_line(&found),
            mend: None,
        }
    }

    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found)
    }

    pub(super) fn missing(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Missing, found)
    }

    pub(super) fn optional(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Optional, found)
    }

    /// The same as not needed, if it is not: then there is nothing to mend.
    pub(super) fn needed(mut self, is_needed: bool) -> Self {
        if self.state == State::Missing && !is_needed {
            self.state = State::Optional;
            self.mend = None;
        }
        self
    }

    pub(super) fn mended_by(mut self, command: impl Into<String>) -> Self {
        self.mend = Some(command.into());
        self
    }

    pub(super) fn maybe_mended_by(self, command: Option<&str>) -> Self {
        match command {
            Some(command) => self.mended_by(one_line(command)),
            None => self,
        }
    }
}

/// What other programs and servers say, without line ends and whatever else a terminal would act on.
fn one_line(text: &str) -> String {
    let words = text
        .split(|letter: char| letter.is_control())
        .map(str::trim)
        .filter(|part| !part.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A line a thing, what mends it in a line below.
pub(super) fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let state = match finding.state {
            State::Ok => "ok",
            State::Missing => "missing",
            State::Optional => "optional",
        };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{state:<8}  {:<width$}  {}", finding.name, finding.found);
        if let Some(mend) = &finding.mend {
            let _ = writeln!(text, "{:<8}  {:<width$}  -> {mend}", "", "");
        }
    }
    text
}

/// `{"ok": ..., "findings": [{"name", "state", "found", "mend"}]}`
pub(super) fn json(findings: &[Finding]) -> String {
    let is_ok = findings.iter().all(|finding| finding.state != State::Missing);
    serde_json::json!({ "ok": is_ok, "findings": findings }).to_string()
}

#[cfg(test)]
#[path = "finding_test.rs"]
mod tests;
