//! Mistakes in a pipeline file: collected, so that all are told at once, each with its line and column.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::tree::{Origin, Span};
use crate::error::Fault;
use crate::text::{for_terminal, for_terminal_coloured};

/// Bytes of a message that are shown: it may quote a query, or what a module says.
const LONGEST: usize = 8 << 10;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    message: String,
    span: Option<Span>,
    hint: Option<String>,
}

impl Mistake {
    /// A mistake, said in lowercase and without a full stop.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: cut(message.into()),
            span: None,
            hint: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub(super) fn at(self, span: Span) -> Self {
        self.maybe_at(Some(span))
    }

    /// Where it is, if that is known.
    #[must_use]
    pub(super) fn maybe_at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// What to do about it.
    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        self.maybe_hint(Some(cut(hint.into())))
    }

    /// What to do about it, if that is known.
    #[must_use]
    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// The mistakes so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds one.
    pub(super) fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// Adds one that may have been found before, by another part that shares what is wrong.
    pub(super) fn push_once(&mut self, mistake: Mistake) {
        if !self.0.contains(&mistake) {
            self.0.push(mistake);
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A pipeline that can't run: its texts and all its mistakes.
#[derive(Debug)]
pub struct Invalid {
    path: String,
    text: String,
    overrides: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl Invalid {
    pub(super) fn new(path: String, text: String, overrides: Vec<String>, mistakes: Mistakes) -> Self {
        let mut mistakes = mistakes.0;
        // In the order of the file; what has no place comes last.
        mistakes.sort_by_key(|mistake| mistake.span.map_or((1, None), |span| (0, Some(span))));
        Self {
            path,
            text,
            overrides,
            mistakes,
        }
    }

    /// The first of them as a fault, with its line, and how many more there are.
    pub fn as_fault(&self) -> Fault {
        let Some(first) = self.mistakes.first() else {
            return Fault::internal("the pipeline is refused without a reason");
        };
        let more = match self.mistakes.len() {
            0 | 1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        let fault = Fault::guest(format!("{}{more}", first.message));
        let fault = match first.span {
            Some(span) => {
                let (path, text) = self.source(span.origin);
                let before = &text[..clamp(text, span).0];
                let line = before.matches('\n').count() + 1;
                fault.at(format!("`{path}:{line}`"))
            }
            None => fault,
        };
        match &first.hint {
            Some(hint) => fault.hint(hint.clone()),
            None => fault,
        }
    }

    /// How many mistakes.
    pub fn len(&self) -> usize {
        self.mistakes.len()
    }

    /// Never: an invalid pipeline has a mistake.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// All mistakes as a user reads them, with the lines they stand in.
    pub fn report(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut report = String::new();
        for mistake in &self.mistakes {
            let mut groups: Vec<Group<'_>> = Vec::with_capacity(2);
            let title = Level::ERROR.primary_title(mistake.message.as_str());
            groups.push(match mistake.span {
                Some(span) => {
                    let (path, text) = self.source(span.origin);
                    let (start, end) = clamp(text, span);
                    let annotation = AnnotationKind::Primary.span(start..end);
                    title.element(Snippet::source(text).path(path).annotation(annotation))
                }
                None => Group::with_title(title),
            });
            if let Some(hint) = &mistake.hint {
                groups.push(Group::with_title(
                    Level::HELP.with_name("hint").secondary_title(hint.as_str()),
                ));
            }
            // The renderer replaces most of what steers a terminal in the texts it is given, but not all.
            report.push_str(&for_terminal_coloured(&renderer.render(&groups)));
            report.push_str("\n\n");
        }
        let count = match self.mistakes.len() {
            1 => "1 mistake".to_owned(),
            n => format!("{n} mistakes"),
        };
        report.push_str(&format!("{count} in `{}`\n", for_terminal(&self.path)));
        report
    }

    fn source(&self, origin: Origin) -> (&str, &str) {
        match origin {
            Origin::File => (&self.path, &self.text),
            Origin::Override(index) => ("--set", self.overrides.get(index).map_or("", String::as_str)),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report(false))
    }
}

impl std::error::Error for Invalid {}

/// A text of bounded length, which says that it was cut.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push_str("...");
    }
    text
}

/// A span inside the text, of at least one character where the text has one, on character boundaries.
fn clamp(text: &str, span: Span) -> (usize, usize) {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    let end = floor(span.end).max(start);
    (start, end)
}

#[cfg(test)]
#[path = "mistake_fuzz_test.rs"]
mod fuzz;
