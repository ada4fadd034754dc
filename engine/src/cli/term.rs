//! What is said on stderr and printed on stdout, and how: colour only where somebody looks and `NO_COLOR` is not set.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{IsTerminal, Write};

use crate::error::{Fault, Result};
use crate::text::{for_terminal, for_terminal_coloured, json_for_terminal};

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

/// Whether somebody looks at stdout: then what is printed there must not steer a terminal.
pub(super) fn prints_on_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes to stderr. That nobody can read it is no reason to stop. What steers a terminal is escaped, whoever reads: a log that
/// is written now is looked at in a terminal later.
pub(super) fn say(text: &str) {
    let _ = write!(std::io::stderr().lock(), "{}", for_terminal(text));
}

/// The same for a text that is coloured.
pub(super) fn say_coloured(text: &str) {
    let _ = write!(std::io::stderr().lock(), "{}", for_terminal_coloured(text));
}

/// Writes a line to stderr.
pub(super) fn say_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", for_terminal(text));
}

/// Writes data to stdout: to a file or a pipe byte for byte, to a terminal without what steers it.
pub(super) fn print(text: &str) -> Result<()> {
    let text = match prints_on_terminal() {
        true => for_terminal(text),
        false => Cow::Borrowed(text),
    };
    put(&text)
}

/// The same for a text that is coloured.
pub(super) fn print_coloured(text: &str) -> Result<()> {
    let text = match prints_on_terminal() {
        true => for_terminal_coloured(text),
        false => Cow::Borrowed(text),
    };
    put(&text)
}

fn put(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Fault::machine("can't write to stdout").because(error))
}

/// Writes a line of JSON to stdout. What steers a terminal is escaped as JSON has it: the values stay what they are.
pub(super) fn print_json(json: &str) -> Result<()> {
    print(&format!("{}\n", json_for_terminal(json)))
}

/// Writes a line of JSON to stderr.
pub(super) fn say_json(json: &str) {
    say_line(&json_for_terminal(json));
}

/// `1 file`, `2 files`.
pub(super) fn count<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}
