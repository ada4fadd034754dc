//! Data on stdout, everything else on stderr; no colour for a file; a reader that goes away.

use wasmill_tests::command::Command;

use super::support::Desk;

const PIPELINE: &str = r#"
[source.raw]
replay = "r.jsonl"

[table.all]
sql = "SELECT offset FROM raw"

[table.half]
sql = "SELECT offset FROM raw WHERE offset % 2 = 0"

[sink.all]
from = "all"
console = { num_rows = 10000, truncate = false }

[sink.half]
from = "half"
console = {}
"#;

fn desk(records: usize) -> Desk {
    Desk::with(&[("p.toml", PIPELINE), ("r.jsonl", &"{\"a\": 1}\n".repeat(records))])
}

#[test]
fn only_rows_are_on_stdout() {
    let desk = desk(3);
    let tables = desk
        .wasmill(&["run", "--once", "p.toml", "--progress", "lines"])
        .succeed();
    let is_table = |line: &str| line.is_empty() || line.starts_with(['+', '|']);
    assert!(tables.stdout.lines().all(is_table), "{tables}");
    assert!(
        tables.stderr.contains("sink `half`") && tables.stderr.contains("batch 0: 3 records"),
        "{tables}"
    );
    let json = desk
        .wasmill(&["run", "--once", "p.toml", "--output", "json", "--progress", "json"])
        .succeed();
    assert_eq!(json.stdout.lines().count(), 5);
    assert_eq!(
        json.stdout.lines().next(),
        Some(r#"{"batch":0,"table":"all","row":{"offset":0}}"#)
    );
    let progress: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(progress["numInputRows"], 3);
    let quiet = desk
        .wasmill(&["run", "--once", "p.toml", "--output", "json", "--progress", "none"])
        .succeed();
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (json.stdout, ""));
}

#[test]
fn there_is_no_colour_where_nobody_looks() {
    let desk = desk(1);
    for arguments in [
        &["run", "p.toml", "--set", "x=1"][..],
        &["rnu"],
        &["check", "nowhere.toml"],
    ] {
        for no_colour in ["", "1"] {
            let output = desk.wasmill(arguments).env("NO_COLOR", no_colour).fail();
            assert!(
                !output.stderr.contains('\u{1b}') && !output.stdout.contains('\u{1b}'),
                "{output}"
            );
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let desk = desk(5000);
    for arguments in [
        "run --once p.toml",
        "run --once p.toml --output json",
        "check p.toml --schema",
    ] {
        // `head` reads a line and leaves; the command's own status is what counts.
        let script = format!("{{ \"$WASMILL\" {arguments} --progress none 2>err; echo $? >status; }} | head -n 1");
        let script = if arguments.starts_with("check") {
            script.replace(" --progress none", "")
        } else {
            script
        };
        let output = Command::other("sh", ["-c", &script])
            .within(desk.path())
            .env("WASMILL", wasmill_tests::command::binary())
            .succeed();
        assert_eq!(output.stdout.lines().count(), 1, "{output}");
        let read = |name: &str| std::fs::read_to_string(desk.path().join(name)).unwrap();
        assert_eq!(read("status").trim(), "0", "{arguments}: {}", read("err"));
        assert!(!read("err").contains("error"), "{arguments}: {}", read("err"));
    }
}

#[test]
fn files_are_written_to_their_end_though_nobody_reads_the_tables() {
    let desk = desk(5000);
    let with_file = format!("{PIPELINE}\n[sink.file]\nfrom = \"all\"\nparquet = \"out\"\n");
    std::fs::write(desk.path().join("p.toml"), with_file).unwrap();
    for (round, format) in (1..).zip(["", " --output json"]) {
        let script =
            format!("{{ \"$WASMILL\" run --once p.toml{format} --progress none; echo $? >status; }} | head -n 1");
        Command::other("sh", ["-c", &script])
            .within(desk.path())
            .env("WASMILL", wasmill_tests::command::binary())
            .succeed();
        let status = std::fs::read_to_string(desk.path().join("status")).unwrap();
        assert_eq!(status.trim(), "0");
        let rows = wasmill_tests::parquet::rows(&desk.path().join("out"));
        assert_eq!(rows.len(), round * 5000, "a run appends every row");
    }
}
