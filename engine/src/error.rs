//! What can go wrong, said so that the right person can act: who, where, may it be retried, what to do.

use std::error::Error;
use std::fmt;

use crate::text::for_terminal;

/// Bytes of a cause that are shown: some libraries put all they have into theirs.
const LONGEST_CAUSE: usize = 4 << 10;

/// Who has to act on a [`Fault`], and whether waiting could help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line or the pipeline file is wrong: whoever wrote it mends it. Never retried.
    Usage,
    /// A guest module broke the contract or its limits: its author mends it. Never retried as it is.
    Guest,
    /// Records can't be what the pipeline says they are, or are gone. Never retried.
    Data,
    /// A broker or a store did not answer, or answered that it is busy. Retried with backoff.
    Unavailable,
    /// A broker or a store refused: credentials, rights, a bucket or topic that is not there. Never retried.
    Refused,
    /// This machine: disk, memory, a tool that is missing. Never retried by itself.
    Machine,
    /// A defect of wasmill's own. Worth a bug report.
    Internal,
}

/// An error as a user reads it: what failed, where, why, and what to do about it.
///
/// Displayed on one line (`what: where: cause`), lowercase, code in backticks; the hint is kept apart, so that a
/// caller can set it off from the message. [`Fault::report`] gives the whole. Whatever it quotes, nothing in its texts steers a
/// terminal, and a cause of more than 4 KiB is cut.
#[derive(Debug)]
pub struct Fault {
    kind: Kind,
    what: String,
    place: Option<String>,
    hint: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What a fallible part of wasmill returns.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A fault of this kind; `what` names what failed, in lowercase and without a full stop.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            place: None,
            hint: None,
            cause: None,
        }
    }

    /// Whoever wrote the command or the pipeline has to act.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// The author of a guest module has to act.
    pub fn guest(what: impl Into<String>) -> Self {
        Self::new(Kind::Guest, what)
    }

    /// The records are not what they should be.
    pub fn data(what: impl Into<String>) -> Self {
        Self::new(Kind::Data, what)
    }

    /// A server did not answer; trying again may help.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, what)
    }

    /// A server refused.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what)
    }

    /// This machine lacks something.
    pub fn machine(what: impl Into<String>) -> Self {
        Self::new(Kind::Machine, what)
    }

    /// A defect of wasmill's own.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(Kind::Internal, what)
    }

    /// Says where: ``topic `orders` partition 0 offset 42``, `pipeline.toml:12:3`, ``module `commandes@3fa9c1` ``. A place that was said
    /// by whoever noticed the fault first is not said again.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        let place = place.into();
        self.place = Some(match self.place {
            Some(inner) if inner == place || inner.starts_with(&format!("{place}: ")) => inner,
            Some(inner) => format!("{place}: {inner}"),
            None => place,
        });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Keeps the error that led to this one.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Who has to act.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the same call may succeed later, with nothing changed.
    pub fn may_retry(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// What to do, if anything can be said.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The whole text for a terminal: the message, then an empty line and `hint: ...` where there is a hint.
    pub fn report(&self) -> String {
        match &self.hint {
            Some(hint) => format!("error: {self}\n\nhint: {}\n", for_terminal(hint)),
            None => format!("error: {self}\n"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&for_terminal(&self.what))?;
        if let Some(place) = &self.place {
            write!(f, ": {}", for_terminal(place))?;
        }
        let mut cause = self.cause.as_deref().map(|cause| cause as &dyn Error);
        let mut said = String::new();
        while let Some(error) = cause {
            let text = error.to_string();
            // Libraries often repeat their source in their own text; once is enough.
            if !said.contains(&text) {
                let shown = &text[..text.floor_char_boundary(LONGEST_CAUSE)];
                let cut = if shown.len() < text.len() { "..." } else { "" };
                write!(f, ": {}{cut}", for_terminal(shown))?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &dyn Error)
    }
}

#[cfg(test)]
#[path = "error_test.rs"]
mod tests;
