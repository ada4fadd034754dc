//! What is said on stderr and printed on stdout, and how: colour only where somebody looks and `NO_COLOR` is not set.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use crate::error::{Fault, Result};

/// Whether stderr may be coloured.
pub(super) fn colour() -> bool {
    is_colour_wanted() && std::io::stderr().is_terminal()
}

/// Whether stdout may be coloured.
pub(super) fn colour_of_stdout() -> bool {
    is_colour_wanted() && std::io::stdout().is_terminal()
}

fn is_colour_wanted() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether somebody looks at stderr, so that a line may be written over.
pub(super) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes to stderr. That nobody can read it is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}

/// Writes a line to stderr.
pub(super) fn say_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes data to stdout.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Fault::machine("can't write to stdout").because(error))
}

/// `1 file`, `2 files`.
pub(super) fn count<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}
