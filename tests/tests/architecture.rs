//! Holds what the design says of the source itself: which way imports run, how long a file is, what no file names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

#[path = "architecture/source.rs"]
mod source;

/// What everything may import. These import nothing but each other.
const FOUNDATION: [&str; 11] = [
    // Of ours it knows nothing: it is DataFusion's accumulators and where their states are kept.
    "aggregate",
    "announce",
    "batch",
    "clock",
    "error",
    "event_time",
    "kafka",
    "number",
    "storage",
    "text",
    "time",
];

/// The stages of a record's way, and what stands beside it. They know the foundation and themselves, not each other.
const STAGES: [&str; 9] = [
    "broker",
    "checkpoint",
    "guest",
    "lab",
    "monitor",
    "sink",
    "source",
    "sql",
    "window",
];

/// What `importer` does wrong when it imports `imported`, both being modules at the engine's root.
fn objection(importer: &str, imported: &str) -> Option<String> {
    let is_foundation = |module: &str| FOUNDATION.contains(&module);
    let is_stage = |module: &str| STAGES.contains(&module);
    for module in [importer, imported] {
        if !(is_foundation(module) || is_stage(module) || ["pipeline", "cli"].contains(&module)) {
            return Some(format!(
                "`{module}` is new: give it a place in tests/tests/architecture.rs and in ARCHITECTURE.md"
            ));
        }
    }
    if importer == imported || is_foundation(imported) {
        return None;
    }
    match importer {
        "cli" => None,
        "pipeline" if is_stage(imported) => None,
        "pipeline" => Some("`pipeline` is driven by `cli`, not the other way round: hand in what it needs".into()),
        _ if is_foundation(importer) => Some(format!(
            "everything imports `{importer}`, so it can import nothing: move what it needs into it, or the code that needs `{imported}` to where that is known"
        )),
        _ if is_stage(imported) => Some(format!(
            "stages don't import each other: have `pipeline` hand `{imported}`'s part in, or move what both need to `batch`"
        )),
        _ => Some(format!(
            "a stage does not know `{imported}`, which puts the stages together: have it hand in what is needed"
        )),
    }
}

#[test]
fn imports_run_one_way() {
    let engine = root().join("engine/src");
    let mut report = String::new();
    for file in files_below(&engine)
        .iter()
        .filter(|file| is_rust(file) && !is_test(file))
    {
        let inside = file.strip_prefix(&engine).unwrap();
        let module = source::module_path(inside);
        // `lib.rs` and `main.rs` are the root itself: a table of contents, and a call of `cli`.
        let Some(importer) = module.first() else { continue };
        let text = std::fs::read_to_string(file).unwrap();
        for import in source::imports(&text, &module) {
            if let Some(objection) = objection(importer, &import.module) {
                let _ = writeln!(report, "{}:{}: {objection}", shown(file), import.line);
            }
        }
    }
    assert!(report.is_empty(), "imports that the design forbids:\n{report}");
}

#[test]
fn a_file_is_read_in_one_go() {
    const LONGEST: usize = 500;
    let mut report = String::new();
    for file in files_below(&root()).iter().filter(|file| is_rust(file)) {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().count();
        if lines > LONGEST && !text.lines().any(|line| line.starts_with("//! Long because")) {
            let _ = writeln!(report, "{}: {lines} lines", shown(file));
        }
    }
    assert!(
        report.is_empty(),
        "longer than {LONGEST} lines; move an operator to a file of its own, or say at the top why not (`//! Long because ...`):\n{report}"
    );
}

#[test]
fn no_file_names_a_path_of_some_machine() {
    // Put together here, so that this file is not the first to be found.
    let forbidden = ["work", "root"].map(|folder| format!("/{folder}/"));
    let mut report = String::new();
    for file in files_below(&root()) {
        let bytes = std::fs::read(&file).unwrap();
        for (at, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            if forbidden.iter().any(|path| names_path(line, path)) {
                let _ = writeln!(report, "{}:{}: {}", shown(&file), at + 1, line.trim());
            }
        }
    }
    assert!(
        report.is_empty(),
        "paths that exist on one machine only; say it relative to the repository:\n{report}"
    );
}

/// Whether the line has this path from the file system's root on, not as the rest of a longer one.
fn names_path(line: &str, path: &str) -> bool {
    let is_inside_a_path = |letter: char| letter.is_alphanumeric() || "_-./}>*".contains(letter);
    line.match_indices(path)
        .any(|(at, _)| !line[..at].ends_with(is_inside_a_path))
}

#[test]
fn a_path_is_one_from_its_root_on() {
    let path = format!("/{}/", "work");
    for line in ["see /W/x", "`/W/x`", "a=/W/x", "/W/x"] {
        assert!(names_path(&line.replace("/W/", &path), &path), "{line}");
    }
    for line in ["https://example.org/W/x", "../W/x", "{folder}/W/x", "frame/W/x"] {
        assert!(!names_path(&line.replace("/W/", &path), &path), "{line}");
    }
}

#[test]
fn the_rules_are_the_designs() {
    let allowed = [
        ("sql", "batch"),
        ("error", "batch"),
        ("pipeline", "sink"),
        ("cli", "lab"),
        ("cli", "pipeline"),
        ("guest", "guest"),
    ];
    for (importer, imported) in allowed {
        assert_eq!(objection(importer, imported), None, "{importer} -> {imported}");
    }
    let forbidden = [
        ("sql", "guest"),
        ("batch", "sql"),
        ("pipeline", "cli"),
        ("sink", "pipeline"),
        ("lab", "broker"),
        ("sql", "util"),
    ];
    for (importer, imported) in forbidden {
        assert!(objection(importer, imported).is_some(), "{importer} -> {imported}");
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

fn is_rust(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rs")
}

/// Tests may import what they like.
fn is_test(file: &Path) -> bool {
    file.file_stem()
        .is_some_and(|stem| stem.to_string_lossy().ends_with("_test"))
}

/// Every file below a folder, but for what is built and what Git keeps.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_file() && entry.file_name() != ".git" {
                files.push(entry.path());
            } else if kind.is_dir()
                && ![".git", "target", "__pycache__"]
                    .iter()
                    .any(|name| entry.file_name() == *name)
            {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    files
}
