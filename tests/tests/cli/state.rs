//! What running pipelines tell of themselves.

use std::path::PathBuf;

use serde_json::Value;
use wasmill_tests::command::{Output, Running};

use super::support::{Desk, transcript};

const PIPELINE: &str = r#"
[source.raw]
subscribe = "orders"

[table.text]
sql = "SELECT CAST(value AS STRING) AS value FROM raw"

[sink.screen]
from = "text"
console = {}
"#;

/// A stream that waits for a broker which is not there: it runs, and never ends a batch.
fn waiting(desk: &Desk, pipeline: &str, more: &[&str]) -> Running {
    let arguments = [&["run", pipeline, "--kafka", "127.0.0.1:1"], more].concat();
    let running = desk.wasmill(&arguments).start();
    running.wait_for_stderr("the notice", |stderr| stderr.contains("no answer").then_some(()));
    running
}

/// What was printed, without what differs from run to run.
fn said(output: &Output, processes: &[(&Running, &str)]) -> String {
    let replaced: Vec<(String, &str)> = processes
        .iter()
        .map(|(run, name)| (run.id().to_string(), *name))
        .collect();
    let replaced: Vec<(&str, &str)> = replaced.iter().map(|(id, name)| (id.as_str(), *name)).collect();
    let text = transcript(output, &replaced);
    let lines = text
        .split_inclusive('\n')
        .map(|line| match line.split_once(", since ") {
            Some((before, _)) => format!("{before}, since TIME\n"),
            None => line.to_owned(),
        });
    lines.collect()
}

/// The files of runs that are there.
fn run_files(desk: &Desk) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(desk.path().join("wasmill")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn nothing_is_running() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    insta::assert_snapshot!(said(&desk.wasmill(&["state"]).fail(), &[]), @"
    status 1
    -- stderr
    error: no pipeline is running

    hint: `wasmill run PIPELINE.toml` starts one; a batch, and a run with `--no-monitor`, can't be asked
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["state", "p.toml"]).fail(), &[]), @"
    status 1
    -- stderr
    error: `p.toml` is not running

    hint: `wasmill run PIPELINE.toml` starts one; a batch, and a run with `--no-monitor`, can't be asked
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["state", "--pid", "12"]).fail(), &[]), @"
    status 1
    -- stderr
    error: no pipeline is running in process 12

    hint: `wasmill run PIPELINE.toml` starts one; a batch, and a run with `--no-monitor`, can't be asked
    ");
}

#[test]
fn nothing_that_runs_has_modules() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    let state = said(&desk.wasmill(&["state", "p.toml"]).fail(), &[]);
    for arguments in [
        ["modules", "p.toml"].as_slice(),
        &["logs", "p.toml", "-f"],
        &["rollback", "x", "p.toml"],
    ] {
        assert_eq!(said(&desk.wasmill(arguments).fail(), &[]), state, "{arguments:?}");
    }
    let run = waiting(&desk, "p.toml", &[]);
    insta::assert_snapshot!(said(&desk.wasmill(&["modules"]).succeed(), &[(&run, "PROCESS")]), @"
    status 0
    -- stdout
    pipeline `p`, process PROCESS, since TIME
    it has no modules
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["logs"]).succeed(), &[]), @"status 0");
    insta::assert_snapshot!(said(&desk.wasmill(&["logs", "--module", "x"]).fail(), &[]), @"
    status 1
    -- stderr
    error: the pipeline has no module `x`

    hint: it has none at all
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["rollback", "x"]).fail(), &[]), @"
    status 1
    -- stderr
    error: the pipeline has no module `x`

    hint: it has none at all
    ");
}

#[test]
fn a_run_is_found_by_its_file_or_its_name() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    let run = waiting(&desk, "p.toml", &[]);
    let all = desk.wasmill(&["state"]).succeed();
    insta::assert_snapshot!(said(&all, &[(&run, "PROCESS")]), @"
    status 0
    -- stdout
    pipeline `p`, process PROCESS, since TIME
    no batch has ended yet
    +------+-------+-------+
    |source|records|waiting|
    +------+-------+-------+
    |raw   |0      |0      |
    +------+-------+-------+
    ");
    let id = run.id().to_string();
    for arguments in [
        ["p.toml"].as_slice(),
        &["./p.toml"],
        &["p"],
        &["--pid", &id],
        &["p", "--pid", &id],
    ] {
        let arguments: Vec<&str> = ["state"].iter().chain(arguments).copied().collect();
        assert_eq!(desk.wasmill(&arguments).succeed().stdout, all.stdout, "{arguments:?}");
    }
    let json = desk.wasmill(&["state", "--output", "json"]).succeed();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["pipeline"], &json["processId"]), (&"p".into(), &run.id().into()));
    assert_eq!(json["sources"][0]["name"], "raw");
    let other = desk.wasmill(&["state", "other"]).fail();
    insta::assert_snapshot!(said(&other, &[(&run, "PROCESS")]), @"
    status 1
    -- stderr
    error: `other` is not running

    hint: what is running is `p` (process PROCESS)
    ");

    run.interrupt();
    run.finish();
    assert!(run_files(&desk).is_empty(), "{:?}", run_files(&desk));
    desk.wasmill(&["state"]).fail();
}

#[test]
fn several_runs_are_listed() {
    let desk = Desk::with(&[("p.toml", PIPELINE), ("q.toml", PIPELINE)]);
    let mut first = waiting(&desk, "p.toml", &[]);
    // Beside the first only without its checkpoint.
    let second = waiting(&desk, "p.toml", &["--set", "checkpoint=false"]);
    let third = waiting(&desk, "q.toml", &[]);

    let listed = desk.wasmill(&["state"]).succeed();
    let header = listed.stdout.lines().nth(1).unwrap();
    let columns: Vec<&str> = header.split('|').map(str::trim).collect();
    assert_eq!(columns, ["", "pipeline", "process", "since", "file", ""]);
    assert_eq!(listed.stdout.lines().count(), 7, "{listed}");
    assert!(listed.stderr.contains("name one"), "{listed}");
    let json = desk.wasmill(&["state", "--output", "json"]).succeed();
    let json: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    let mut names: Vec<&str> = json.iter().map(|run| run["pipeline"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["p", "p", "q"]);

    // One to be asked has to be named.
    for arguments in [["modules"].as_slice(), &["logs"], &["rollback", "x"]] {
        let refused = desk.wasmill(arguments).fail();
        assert!(
            refused.stderr.starts_with("error: 3 pipelines are running\n"),
            "{refused}"
        );
        assert!(
            refused.stderr.contains(&format!("`q` (process {})", third.id())),
            "{refused}"
        );
    }
    let several = desk.wasmill(&["state", "p.toml"]).fail();
    let ids = [&first, &second].map(Running::id);
    let hint = format!(
        "choose one: `--pid {}` or `--pid {}`",
        ids[0].min(ids[1]),
        ids[0].max(ids[1])
    );
    assert!(
        several.stderr.contains("`p.toml` is running in 2 processes"),
        "{several}"
    );
    assert!(several.stderr.contains(&hint), "{several}");
    desk.wasmill(&["state", "p.toml", "--pid", &second.id().to_string()])
        .succeed();
    desk.wasmill(&["state", "q"]).succeed();

    // The file of one that is killed stays, until somebody looks.
    first.kill();
    assert_eq!(run_files(&desk).len(), 3);
    desk.wasmill(&["state", "p.toml"]).succeed();
    assert_eq!(run_files(&desk).len(), 2);
    drop((second, third));
}

#[cfg(unix)]
#[test]
fn the_file_of_a_run_is_its_user_s() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    let _run = waiting(&desk, "p.toml", &[]);
    let files = run_files(&desk);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_run_that_does_not_listen_is_not_found() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    let _run = waiting(&desk, "p.toml", &["--no-monitor"]);
    desk.wasmill(&["state"]).fail();
}

#[test]
fn a_run_that_can_t_be_announced_goes_on() {
    let desk = Desk::with(&[("p.toml", PIPELINE), ("wasmill", "a file where the folder should be")]);
    let run = waiting(&desk, "p.toml", &[]);
    run.interrupt();
    let output = run.finish();
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stderr.contains("this run can't be announced"), "{output}");
    assert!(
        output.stderr.contains("`wasmill state` does not find this run"),
        "{output}"
    );
}

#[test]
fn why_is_for_streams() {
    let pipeline = format!(
        "trigger = \"once\"\n{}",
        PIPELINE.replace("subscribe = \"orders\"", "replay = \"r.jsonl\"")
    );
    let desk = Desk::with(&[("p.toml", &pipeline), ("r.jsonl", "{\"value\": \"a\"}\n")]);
    insta::assert_snapshot!(said(&desk.wasmill(&["run", "p.toml", "--why"]).output(), &[]), @r#"
    status 0
    -- stdout
    +--------------+
    |         value|
    +--------------+
    |{"value": "a"}|
    +--------------+

    -- stderr
    `--why` is for streams: this is a batch, whose rows come when all is read
    "#);
}
