//! What a crate may be called: cargo's rules, and the languages' own words.

use std::path::Path;

use crate::error::{Fault, Result};

/// Words of Rust, strict and reserved: a library can't be called so.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
];

/// Cargo keeps things under these names in its target folder.
const CARGOS: [&str; 5] = ["build", "deps", "examples", "incremental", "test"];

/// Libraries that every crate has, or that ours depends on: a crate of the same name hides them.
const LIBRARIES: [&str; 6] = [
    "alloc",
    "core",
    "proc_macro",
    "std",
    "wasmill_sdk",
    "wasmill_sdk_macros",
];

/// Names that Windows takes for devices.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// Cargo's own limit is that of a registry.
const LONGEST: usize = 64;

/// The crate's name: that of its folder. `shown` is how the user wrote it.
pub(super) fn of_folder<'a>(folder: &'a Path, shown: &Path) -> Result<&'a str> {
    let wrong = |what: String| Fault::usage(what).at(format!("`{}`", shown.display()));
    let Some(name) = folder.file_name() else {
        return Err(
            wrong("a crate is called as its folder is, and this one has no name".to_owned())
                .hint("name one: `wasmill new my-transform`"),
        );
    };
    let Some(name) = name.to_str() else {
        return Err(wrong("the folder's name is no text".to_owned()).hint("name another: `wasmill new my-transform`"));
    };
    match objection(name) {
        None => Ok(name),
        Some(objection) => {
            Err(wrong(format!("a crate can't be called `{name}`: {objection}"))
                .hint(format!("`{}` would do", sound(name))))
        }
    }
}

/// Why a crate can't have this name.
fn objection(name: &str) -> Option<String> {
    let as_library = name.replace('-', "_");
    let lower = as_library.to_ascii_lowercase();
    let is_one_of = |names: &[&str]| names.contains(&lower.as_str());
    if let Some(letter) = name.chars().find(|letter| !is_allowed(*letter)) {
        return Some(format!("{} is no letter, digit, `-` or `_`", quoted(letter)));
    }
    if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        return Some("it has to begin with a letter".to_owned());
    }
    if KEYWORDS.contains(&as_library.as_str()) || as_library.chars().all(|letter| letter == '_') {
        return Some("that is a word of Rust".to_owned());
    }
    if is_one_of(&CARGOS) {
        return Some("cargo uses that name itself".to_owned());
    }
    if is_one_of(&LIBRARIES) {
        return Some("there is a library of that name that it needs itself".to_owned());
    }
    let is_port = |port: &str| {
        lower
            .strip_prefix(port)
            .is_some_and(|digit| digit.len() == 1 && digit.parse::<u8>().is_ok())
    };
    if is_one_of(&DEVICES) || is_port("com") || is_port("lpt") {
        return Some("Windows uses that name for a device".to_owned());
    }
    (name.len() > LONGEST).then(|| format!("it is longer than {LONGEST} letters"))
}

fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

fn quoted(letter: char) -> String {
    if letter == ' ' {
        "a blank".to_owned()
    } else {
        format!("`{}`", letter.escape_debug())
    }
}

/// The nearest name that would do.
fn sound(name: &str) -> String {
    let mut letters = String::new();
    for letter in name.chars().map(|letter| if is_allowed(letter) { letter } else { '-' }) {
        if letter != '-' || !letters.ends_with('-') {
            letters.push(letter);
        }
    }
    let letters = letters.trim_matches(|letter| letter == '-' || letter == '_');
    let letters: String = letters.chars().take(LONGEST - "my-".len()).collect();
    match letters.as_str() {
        "" => "my-transform".to_owned(),
        letters if objection(letters).is_none() => letters.to_owned(),
        letters => format!("my-{letters}"),
    }
}

#[cfg(test)]
#[path = "name_test.rs"]
mod tests;
