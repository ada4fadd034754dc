//! A folder to work in, and texts without what differs from run to run.

use std::path::Path;

use tempfile::TempDir;
use wasmill_tests::command::{Command, Output};

/// A folder with files, in which commands run.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let desk = Self::new();
        for (name, text) in files {
            desk.write(name, text.as_bytes());
        }
        desk
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// `wasmill` in this folder, without a broker.
    pub(crate) fn wasmill(&self, arguments: &[&str]) -> Command {
        Command::wasmill(arguments)
            .within(self.path())
            .env("XDG_RUNTIME_DIR", self.path())
            .env("COLUMNS", "100")
    }
}

/// The exit status and all that was printed, with these words replaced, and digests and byte counts made the same.
pub(crate) fn transcript(output: &Output, replaced: &[(&str, &str)]) -> String {
    let mut text = format!("status {}\n", output.code.unwrap_or(-1));
    if !output.stdout.is_empty() {
        text += &format!("-- stdout\n{}", output.stdout);
    }
    if !output.stderr.is_empty() {
        text += "-- stderr\n";
        text.extend(without_hiccups(&output.stderr));
    }
    for (word, instead) in replaced {
        text = text.replace(word, instead);
    }
    without_digests(&text)
}

/// A busy server may be slow to answer at first: that it was away and is back is nothing a test asked for.
fn without_hiccups(stderr: &str) -> impl Iterator<Item = &str> {
    let came_back = stderr.contains("` is back\n");
    let is_hiccup = |line: &str| line.starts_with("no answer from the broker at `") || line.ends_with("` is back\n");
    stderr
        .split_inclusive('\n')
        .filter(move |line| !(came_back && is_hiccup(line)))
}

/// Digests change with every change of the SDK: `commandes@3fa9c1` and 64 digits alone.
fn without_digests(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let length = from
            .find(|letter: char| !letter.is_ascii_hexdigit())
            .unwrap_or(from.len());
        let (digits, behind) = from.split_at(length);
        plain += before;
        let is_digest = digits.len() == 64 || (digits.len() == 6 && before.ends_with('@'));
        plain += if is_digest { "DIGEST" } else { digits };
        rest = behind;
    }
    plain + rest
}

#[test]
fn digests_are_told_from_words() {
    let digest = "0123456789abcdef".repeat(4);
    assert_eq!(without_digests("a@3fa9c1: decade"), "a@DIGEST: decade");
    assert_eq!(without_digests(&format!("is {digest}.")), "is DIGEST.");
}
