//! `wasmill bench`: figures, and those of the last run.

use std::path::Path;

use serde_json::Value;
use wasmill_tests::command::{Command, Output};
use wasmill_tests::module::module;

use super::support::Desk;

fn bench(project: &Path, more: &[&str]) -> Output {
    let command = Command::wasmill(["bench", "--records", "200", "--rounds", "2"]).arg(project);
    more.iter()
        .fold(command, |command, argument| command.arg(argument))
        .succeed()
}

#[test]
fn a_crate_against_its_last_run() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms/p95");
    bench(&project, &[]);
    let output = bench(&project, &["--output", "json"]);
    let figures: Value = serde_json::from_str(&output.stdout).unwrap();
    let (now, last) = (&figures["now"], &figures["last"]);
    assert_eq!(
        (now["records"].as_u64(), now["samples"].as_u64()),
        (Some(210), Some(15))
    );
    let guest = &now["guests"][0];
    assert_eq!(
        (&guest["guest"], guest["rows_per_record"].as_f64()),
        (&"logs".into(), Some(1.0))
    );
    assert!(guest["ns_per_record"]["median"].as_f64().unwrap() > 0.0);
    assert!(now["aggregates"][0]["fuel_per_record"].as_f64().unwrap() > 0.0);
    // The same records cost the same fuel.
    assert_eq!(guest["fuel_per_record"], last["guests"][0]["fuel_per_record"]);
    let text = bench(&project, &[]).stdout;
    assert!(
        text.contains("\n  fuel a record ") && text.contains("   as in the last run\n"),
        "{text}"
    );
    let digest = text.lines().find(|line| line.starts_with("guest `logs` (logs@"));
    assert!(digest.is_some(), "{text}");
}

#[test]
fn a_pipeline_without_a_crate_keeps_nothing() {
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"t\"\n[guest.orders]\nfrom = \"raw\"\nmodule = {:?}\n[sink.s]\nfrom = \"orders\"\nconsole = {{}}\n",
        module("commandes")
    );
    let desk = Desk::with(&[("p.toml", &pipeline)]);
    let output = desk.wasmill(&["bench", "p.toml"]).fail();
    assert!(
        output
            .stderr
            .starts_with("error: there are no sample records: `samples.jsonl`\n"),
        "{output}"
    );
    desk.write("samples.jsonl", b"{\"order_id\": 1}\nnot json\n");
    let output = desk
        .wasmill(&["bench", "p.toml", "--records", "10", "--rounds", "1"])
        .succeed();
    assert!(output.stdout.contains("\n  errors a record "), "{output}");
    assert!(
        output.stderr.contains("note: there is no crate beside the pipeline"),
        "{output}"
    );
    desk.write("samples.jsonl", b"");
    let output = desk.wasmill(&["bench", "p.toml"]).fail();
    assert!(
        output
            .stderr
            .contains("error: the files of sample records are empty: `p.toml`"),
        "{output}"
    );
    let output = desk.wasmill(&["bench", "p.toml", "--records", "0"]).fail();
    assert!(output.stderr.contains("expected a whole number above 0"), "{output}");
}
