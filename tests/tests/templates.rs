//! What `wasmill new` makes, used as its author would: outside of any checkout, built, tested, checked, run.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

use std::fs;
use std::path::Path;

use wasmill_tests::command::Command;
use wasmill_tests::module::module;

const TEMPLATES: [&str; 5] = ["orders", "logs", "metrics", "aggregate", "blank"];

/// Without the network, as on a train: what the SDK depends on was fetched for the lab's modules.
fn offline(command: Command) -> Command {
    command.env("CARGO_NET_OFFLINE", "true")
}

fn wasmill(folder: &Path, arguments: &[&str]) -> Command {
    offline(Command::wasmill(arguments).within(folder)).env("XDG_RUNTIME_DIR", folder)
}

/// One target folder for all crates, so that their dependencies are compiled once.
fn desk() -> tempfile::TempDir {
    module("commandes");
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join(".cargo")).unwrap();
    let config = format!("[build]\ntarget-dir = {:?}\n", desk.path().join("target"));
    fs::write(desk.path().join(".cargo/config.toml"), config).unwrap();
    desk
}

#[test]
fn every_template_builds_and_does_what_its_case_says() {
    let desk = desk();
    for template in TEMPLATES {
        let name = format!("my-{template}");
        let made = wasmill(desk.path(), &["new", &name, "--from", template]).succeed();
        assert_eq!(made.stdout, "");
        assert!(
            made.stderr.ends_with(&format!("\nnext: wasmill dev {name}\n")),
            "{}",
            made.stderr
        );

        let folder = desk.path().join(&name);
        let built = wasmill(&folder, &["build"]).succeed();
        assert!(!built.stderr.contains("warning"), "{template}: {}", built.stderr);
        let checked = wasmill(&folder, &["check", "pipeline.toml"]).succeed();
        assert!(checked.stderr.contains("is in order"), "{template}: {}", checked.stderr);
        check_cases(&folder);
        check_samples(&folder);
    }
    test_natively(&desk.path().join("my-orders"));
}

/// Runs the crate's pipeline once on these records instead of the topic's, and gives the lines of its JSON sinks.
fn run_on(folder: &Path, records: &str) -> Vec<serde_json::Value> {
    let pipeline = fs::read_to_string(folder.join("pipeline.toml")).unwrap();
    let lines = pipeline.lines().filter(|line| !line.starts_with("starting_offsets"));
    let on_file: String = lines
        .map(|line| match line.starts_with("subscribe") {
            true => format!("replay = {records:?}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    fs::write(folder.join("on-file.toml"), on_file).unwrap();
    let arguments = ["run", "on-file.toml", "--once", "--output", "json"];
    let output = wasmill(folder, &arguments).succeed();
    output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn check_cases(folder: &Path) {
    for case in fs::read_dir(folder.join("cases")).unwrap() {
        let case = case.unwrap().path();
        let rows = run_on(folder, case.join("records.jsonl").to_str().unwrap());
        for file in fs::read_dir(&case).unwrap() {
            let file = file.unwrap().path();
            let table = file.file_stem().unwrap().to_str().unwrap();
            // Dead letters are no sink's rows here; `wasmill test` compares them.
            if table == "records" || table.ends_with("_errors") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let expected: Vec<serde_json::Value> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let there = rows.iter().filter(|row| row["table"] == table);
            let there: Vec<_> = there.map(|row| row["row"].clone()).collect();
            assert!(!expected.is_empty(), "{}: no rows", file.display());
            assert_eq!(there, expected, "{}", file.display());
        }
    }
}

/// Each sink has something to show of the samples.
fn check_samples(folder: &Path) {
    let rows = run_on(folder, "samples.jsonl");
    let pipeline = fs::read_to_string(folder.join("pipeline.toml")).unwrap();
    for table in pipeline.lines().filter_map(|line| line.strip_prefix("[table.")) {
        let table = table.trim_end_matches(']');
        assert!(rows.iter().any(|row| row["table"] == table), "no rows of `{table}`");
    }
}

fn test_natively(folder: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tested = offline(Command::other(cargo, ["test"]).within(folder))
        .env_remove("CARGO_TARGET_DIR")
        .succeed();
    assert!(tested.stdout.contains("test result: ok. 2 passed"), "{}", tested.stdout);
    assert!(!tested.stderr.contains("warning"), "{}", tested.stderr);
}
