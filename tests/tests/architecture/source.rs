//! Reads a Rust file just far enough to know which modules of its crate it names.

use std::path::Path;

/// A module at the crate's root that a file names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) module: String,
}

/// The module a file is, by its path from the crate's `src`: `sql/select.rs` is `sql`, `select`; `lib.rs` is the root.
pub(crate) fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let is_folders_own =
        path.last().is_some_and(|name| name == "mod") || ["lib", "main"].iter().any(|name| path == [*name]);
    if is_folders_own {
        path.pop();
    }
    path
}

/// What a file names by `crate::...`, and by as many `super::` as lead from it to the root; in `use` and elsewhere.
///
/// Names that begin with a capital are what the root re-exports, not modules. Modules inside the file are taken for the
/// file itself, and those for tests left out.
pub(crate) fn imports(text: &str, module: &[String]) -> Vec<Import> {
    let code = without_tests(&without_comments_and_texts(text));
    let to_root = format!("{}super::", "super::".repeat(module.len().saturating_sub(1)));
    let mut imports = Vec::new();
    for path in ["crate::", &to_root] {
        for (at, _) in code.match_indices(path) {
            if code[..at].ends_with(|letter: char| letter.is_alphanumeric() || "_$:".contains(letter)) {
                continue;
            }
            let line = 1 + code[..at].matches('\n').count();
            let names = first_names(&code[at + path.len()..]);
            imports.extend(
                names
                    .into_iter()
                    .filter(|name| is_module(name))
                    .map(|module| Import { line, module }),
            );
        }
    }
    imports
}

fn is_module(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_lowercase()) && !["super", "self"].contains(&name)
}

/// The first name of a path, or of each path in a group: `batch` and `error` of `{batch::Rows, error::{Fault, Result}}`.
fn first_names(code: &str) -> Vec<String> {
    let name = |code: &str| {
        code.trim_start()
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect()
    };
    let Some(group) = code.trim_start().strip_prefix('{') else {
        return vec![name(code)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

/// The code alone: comments, texts and characters become blanks; lines stay lines.
fn without_comments_and_texts(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = literal_length(rest).unwrap_or(0);
        if length == 0 {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            code.extend(
                rest[..length]
                    .chars()
                    .map(|letter| if letter == '\n' { '\n' } else { ' ' }),
            );
            rest = &rest[length..];
        }
    }
    code
}

/// How long the comment, text or character is that the code begins with, if it does.
fn literal_length(code: &str) -> Option<usize> {
    let until = |start: usize, end: &str| Some(code[start..].find(end).map_or(code.len(), |at| start + at + end.len()));
    if code.starts_with("//") {
        return Some(code.find('\n').unwrap_or(code.len()));
    }
    if code.starts_with("/*") {
        return until(2, "*/");
    }
    if let Some(raw) = code.strip_prefix('r') {
        let fence = raw.len() - raw.trim_start_matches('#').len();
        if raw[fence..].starts_with('"') {
            return until(fence + 2, &format!("\"{}", "#".repeat(fence)));
        }
    }
    if let Some(text) = code.strip_prefix('"') {
        let mut escaped = false;
        let end = text.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        return Some(end.map_or(code.len(), |at| at + 2));
    }
    // A character; `'a` alone is a lifetime.
    let character = code.strip_prefix('\'')?;
    if let Some(escape) = character.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return escape[first..].find('\'').map(|at| 2 + first + at + 1);
    }
    let width = character.chars().next()?.len_utf8();
    character[width..].starts_with('\'').then_some(width + 2)
}

/// Leaves out what `#[cfg(test)]` stands before, to its closing brace or semicolon.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let mut depth = 0;
        let end = rest[at..].find(|letter| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth == 0 && (letter == '}' || letter == ';')
        });
        let end = end.map_or(rest.len(), |end| at + end + 1);
        kept.extend(rest[at..end].chars().filter(|letter| *letter == '\n'));
        rest = &rest[end..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<(usize, String)> {
        imports(text, &module_path(Path::new(file)))
            .into_iter()
            .map(|import| (import.line, import.module))
            .collect()
    }

    #[test]
    fn uses_groups_and_paths_in_the_code_are_found() {
        let text = "use crate::error::{Fault, Result};\nuse crate::{batch::Rows, sql};\nfn f() -> crate::guest::Module {}\nuse crate::Fault;\n";
        let expected = [(1, "error"), (2, "batch"), (2, "sql"), (3, "guest")];
        assert_eq!(
            found("sql/select.rs", text),
            expected.map(|(line, name)| (line, name.to_owned()))
        );
    }

    #[test]
    fn super_counts_where_it_leads_to_the_root() {
        assert_eq!(
            found("sql/mod.rs", "use super::guest::Module;"),
            [(1, "guest".to_owned())]
        );
        assert_eq!(
            found("sql/select.rs", "use super::plan::Plan;\nuse super::super::sink;"),
            [(2, "sink".to_owned())]
        );
        assert_eq!(found("batch.rs", "use super::error::Fault;"), [(1, "error".to_owned())]);
    }

    #[test]
    fn comments_texts_and_tests_are_not_code() {
        let text = "//! [`crate::cli`]\n/* crate::cli */ let a = \"crate::cli \\\" crate::cli\";\nlet b = r#\"crate::cli\"#;\nlet c: &'a str = f('\"', '\\'', \"x\");\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\nuse crate::batch;\n";
        assert_eq!(found("sql/select.rs", text), [(9, "batch".to_owned())]);
    }

    #[test]
    fn a_sibling_test_file_is_declared_not_imported() {
        assert_eq!(
            found(
                "error.rs",
                "#[cfg(test)]\n#[path = \"error_test.rs\"]\nmod tests;\nuse crate::batch;"
            ),
            [(4, "batch".to_owned())]
        );
    }
}
