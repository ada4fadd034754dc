//! The demo on the golden records: it has to show what Spark showed in the notebook.
//!
//! `WASMILL_TEST_BINARY` names the binary to be run, so that the one that is released can be put to this test too.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

use std::path::Path;

use wasmill_tests::broker::Kafka;
use wasmill_tests::command::{Command, Output};
use wasmill_tests::folder::Folder;
use wasmill_tests::golden::{path, rows, text};
use wasmill_tests::rows::Comparison;
use wasmill_tests::text::compare_table;

#[path = "demo/streams.rs"]
mod streams;

/// The tables of the notebook, as `show` printed them, and their columns of sums.
const TABLES: [(&str, &[&str]); 6] = [
    ("orders-commandes-cell7", &[]),
    ("orders-items", &[]),
    ("orders-produits", &["ca_total"]),
    ("logs", &[]),
    ("logs-modules", &["duree_moyenne_ms"]),
    ("metrics-serveurs", &[]),
];

fn demo(arguments: &[&str]) -> Command {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let command = match std::env::var_os("WASMILL_TEST_BINARY") {
        Some(binary) => Command::other(binary, ["demo"]).env_remove("WASMILL_KAFKA"),
        None => Command::wasmill(["demo"]),
    };
    let command = command.within(&checkout).env("COLUMNS", "100");
    arguments
        .iter()
        .fold(command, |command, argument| command.arg(argument))
}

/// Runs the demo on the golden records, its Parquet going to the folder.
fn golden_demo(folder: &Folder, more: &[&str]) -> Output {
    let records = path("records").display().to_string();
    let place = folder.url("kafka");
    // Long enough for a busy machine to begin each of the streams.
    let mut arguments = vec!["--from", &records, "--seconds", "4", "--output", &place];
    arguments.extend(more);
    demo(&arguments).succeed()
}

fn assert_shows_the_notebook(output: &Output, folder: &Folder) {
    for part in ["orders-raw.schema.txt", "orders-raw-text.show.txt"] {
        let expected = text(&format!("batch/{part}"));
        assert!(
            output.stdout.contains(expected.trim_end()),
            "{part} is missing\n{output}"
        );
    }
    let count = rows("records/orders.jsonl").len();
    assert!(output.stdout.contains(&format!("Messages lus: {count}\n")), "{output}");
    for (name, sums) in TABLES {
        let expected = text(&format!("batch/{name}.show.txt"));
        let expected = expected.trim_end();
        let lines = expected.lines().count();
        let printed: Vec<&str> = output.stdout.lines().collect();
        // The table stands somewhere in the output, with as many lines.
        let is_there = printed
            .windows(lines)
            .any(|lines| compare_table(expected, &lines.join("\n"), sums).is_ok());
        assert!(is_there, "the table `{name}` is missing:\n{expected}\n{output}");
    }
    // Its rows have no order in Spark either.
    assert!(output.stdout.contains("|level"), "no table of levels\n{output}");
    for name in ["commandes", "items"] {
        let expected = rows(&format!("batch/orders-parquet-{name}.rows.jsonl"));
        for (reader, actual) in folder.read(&format!("kafka/{name}")) {
            if let Err(report) = Comparison::default().compare(&expected, &actual) {
                panic!("Parquet `{name}`, read by {reader}: {report}");
            }
        }
    }
    streams::assert_show_windows(output);
    assert!(output.stderr.contains("What to type next"), "{output}");
}

#[test]
fn the_demo_shows_what_spark_showed() {
    let folder = Folder::local();
    // Also where real servers run, the demo without arguments needs none.
    let output = golden_demo(&folder, &[]);
    assert_shows_the_notebook(&output, &folder);
}

/// The demo's topics have fixed names, so this can only be shown where nobody has made them before: on servers started for
/// the run.
#[test]
fn the_demo_on_real_servers() {
    let kafka = Kafka::start();
    let folder = Folder::new();
    if !kafka.is_real() || !folder.is_real() {
        return;
    }
    let topics = kafka.wasmill(["topics"]).succeed().stdout;
    let taken = ["commandes-json", "logs-application", "metrics"]
        .into_iter()
        .any(|name| topics.lines().any(|line| line.split_whitespace().next() == Some(name)));
    if taken {
        let output = demo(&[
            "--kafka",
            kafka.address(),
            "--seconds",
            "0",
            "--output",
            &folder.url("kafka"),
        ])
        .succeed();
        assert!(output.stderr.contains("is there already"), "{output}");
        return;
    }
    let output = golden_demo(&folder, &["--kafka", kafka.address()]);
    assert_shows_the_notebook(&output, &folder);
}

#[test]
fn made_up_records_and_no_live_stream() {
    let folder = Folder::local();
    let place = folder.url("kafka");
    let output = demo(&["--records", "20", "--seconds", "0", "--seed", "7", "--output", &place]).succeed();
    assert!(output.stdout.starts_with("Messages lus: 20\n"), "{output}");
    assert!(!output.stdout.contains("Batch: "), "{output}");
    assert!(!output.stderr.contains("the live stream"), "{output}");
    for (reader, orders) in folder.read("kafka/commandes") {
        assert_eq!(orders.len(), 20, "{reader}");
    }
    // Data on stdout, everything else on stderr.
    for said in ["topic `commandes-json`", "sales by product", "What to type next"] {
        assert!(
            output.stderr.contains(said) && !output.stdout.contains(said),
            "{said}\n{output}"
        );
    }
}
