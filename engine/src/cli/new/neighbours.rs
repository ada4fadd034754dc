//! Workspaces above a crate that take it for one of theirs: cargo then refuses to build them, as the crate is a workspace itself.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The manifests of the workspaces above whose `members` name this folder by a pattern. A name without one would have been
/// written for the crate, by somebody who knows.
pub(super) fn workspaces_that_claim(folder: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors().skip(1);
    above
        .map(|ancestor| (ancestor, ancestor.join("Cargo.toml")))
        .filter(|(ancestor, manifest)| {
            let inside = folder.strip_prefix(ancestor).unwrap_or(folder);
            fs::read_to_string(manifest).is_ok_and(|text| claims(&text, inside))
        })
        .map(|(_, manifest)| manifest)
        .collect()
}

fn claims(manifest: &str, folder: &Path) -> bool {
    let Some(Value::Table(workspace)) = manifest
        .parse::<Table>()
        .ok()
        .and_then(|mut all| all.remove("workspace"))
    else {
        return false;
    };
    let named = |key: &str| {
        let names = workspace.get(key).and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str)
    };
    let is_member = named("members").any(|pattern| pattern.contains(['*', '?', '[']) && matches(pattern, folder));
    is_member && !named("exclude").any(|excluded| folder.starts_with(excluded.trim_start_matches("./")))
}

/// Whether a pattern of cargo's names the folder, part by part.
fn matches(pattern: &str, folder: &Path) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let text: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    let mut expression = String::from("^");
    for letter in pattern.split_inclusive(['*', '?']) {
        let (plain, wild) = letter.split_at(letter.trim_end_matches(['*', '?']).len());
        expression += &regex::escape(plain);
        expression += match wild {
            "*" => "[^/]*",
            "?" => "[^/]",
            _ => "",
        };
    }
    // `**` is any number of folders.
    let expression = expression.replace("[^/]*[^/]*", ".*") + "$";
    regex::Regex::new(&expression).is_ok_and(|pattern| pattern.is_match(&text.join("/")))
}

#[cfg(test)]
#[path = "neighbours_test.rs"]
mod tests;
