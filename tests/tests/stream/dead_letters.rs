//! Records that a guest can't read, on a stream, under each policy.

use serde_json::{Value, json};
use wasmill_tests::command::Output;
use wasmill_tests::folder::Folder;

use super::lab::{Lab, guest, order, printed};

/// A record that can't be read stands between two good ones; then come a tombstone, an order of the wrong types, and bytes
/// that are no text.
fn records() -> Vec<Value> {
    vec![
        order(1),
        json!({"timestamp": 2, "value": "not json"}),
        order(2),
        json!({"timestamp": 2, "value": null}),
        json!({"timestamp": 2, "value": "{\"order_id\": \"seven\", \"total\": [], \"status\": \"paid\"}"}),
        json!({"timestamp": 2, "value": {"b64": "//57"}}),
    ]
}

struct Ran {
    output: Output,
    /// Offset and number of each row.
    rows: Vec<(u64, Option<u64>)>,
    /// Offset and value of each dead letter on the screen.
    letters: Vec<(u64, Value)>,
    /// Offsets of the dead letters that were written, by reader.
    written: Vec<(&'static str, Vec<u64>)>,
}

fn run(policy: &str) -> Ran {
    let lab = Lab::new("commandes-json", 1);
    lab.produce(&records());
    let folder = Folder::new();
    let pipeline = lab.pipeline(
        "starting_offsets = \"earliest\"",
        &format!("{}\non_error = \"{policy}\"", guest("commandes")),
        &format!(
            "[table.rows]\nsql = \"SELECT kafka_offset, order_id FROM parsed\"\n\n[sink.rows]\nfrom = \"rows\"\nconsole = {{}}\n\n\
             [sink.letters]\nfrom = \"parsed_errors\"\nconsole = {{}}\n\n\
             [sink.files]\nfrom = \"parsed_errors\"\nparquet = {:?}\nmode = \"append\"\n",
            folder.url("letters")
        ),
    );
    let output = lab.available_now(pipeline).output();
    let mut rows = Vec::new();
    let mut letters = Vec::new();
    for printed in printed(&output.stdout) {
        let row = printed.row;
        match printed.table.as_str() {
            "rows" => rows.push((row["kafka_offset"].as_u64().unwrap(), row["order_id"].as_u64())),
            "parsed_errors" => {
                assert_eq!(row["topic"], lab.topic);
                assert_eq!(row["partition"], 0);
                assert_eq!(row["module"].as_str().map(str::len), Some(64));
                assert!(row["timestamp"].is_string(), "{row:?}");
                assert!(
                    row["reason"].as_str().is_some_and(|reason| reason.contains("expected")),
                    "{row:?}"
                );
                letters.push((row["offset"].as_u64().unwrap(), row["value"].clone()));
            }
            other => panic!("rows of table `{other}`"),
        }
    }
    let written = if letters.is_empty() {
        Vec::new()
    } else {
        let offset = |row: wasmill_tests::rows::Row| row["offset"].as_u64().unwrap();
        let read = folder.read("letters").into_iter();
        read.map(|(reader, rows)| (reader, rows.into_iter().map(offset).collect()))
            .collect()
    };
    Ran {
        output,
        rows,
        letters,
        written,
    }
}

#[test]
fn a_dead_letter_goes_to_any_sink_and_its_neighbours_go_through() {
    let ran = run("dead-letter");
    assert_eq!(ran.output.code, Some(0), "{}", ran.output);
    assert_eq!(ran.rows, [(0, Some(1)), (2, Some(2)), (3, None), (4, None)]);
    let values = [(1, json!({"b64": "bm90IGpzb24="})), (5, json!({"b64": "//57"}))];
    assert_eq!(ran.letters, values);
    assert!(!ran.written.is_empty());
    for (reader, offsets) in &ran.written {
        assert_eq!(offsets, &[1, 5], "{reader}");
    }
    assert!(
        ran.output
            .stderr
            .contains("2 records failed, kept as dead letters; first topic "),
        "{}",
        ran.output
    );
    assert!(ran.output.stderr.contains(" partition 0 offset 1: "), "{}", ran.output);
}

#[test]
fn skipped_records_are_counted() {
    let ran = run("skip");
    assert_eq!(ran.output.code, Some(0), "{}", ran.output);
    assert_eq!(ran.rows, [(0, Some(1)), (2, Some(2)), (3, None), (4, None)]);
    assert_eq!(ran.letters, []);
    assert!(
        ran.output.stderr.contains("2 records failed, skipped; first topic "),
        "{}",
        ran.output
    );
}

#[test]
fn null_keeps_a_row_for_each_record() {
    let ran = run("null");
    assert_eq!(ran.output.code, Some(0), "{}", ran.output);
    assert_eq!(
        ran.rows,
        [(0, Some(1)), (1, None), (2, Some(2)), (3, None), (4, None), (5, None)]
    );
    assert_eq!(ran.letters, []);
    assert!(
        ran.output
            .stderr
            .contains("2 records failed, given as rows of nulls; first topic "),
        "{}",
        ran.output
    );
}

#[test]
fn fail_ends_the_run_with_the_record_s_place() {
    let ran = run("fail");
    assert_eq!(ran.output.code, Some(1), "{}", ran.output);
    assert_eq!((ran.rows, ran.letters), (vec![], vec![]));
    assert!(
        ran.output.stderr.contains("error: a record failed: transform `parsed`"),
        "{}",
        ran.output
    );
    assert!(ran.output.stderr.contains(" partition 0 offset 1: "), "{}", ran.output);
    assert!(
        ran.output.stderr.contains("\n\nhint: `on_error = \"dead-letter\"`"),
        "{}",
        ran.output
    );
}
