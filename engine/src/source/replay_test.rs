use std::io::Write as _;

use super::*;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn only_batch(text: &str) -> Records {
    let file = file(text);
    let mut batches: Vec<Records> = Replay::open(file.path())
        .unwrap()
        .batches("t", true)
        .collect::<Result<_>>()
        .unwrap();
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

#[test]
fn records_are_read_with_all_they_say() {
    let records = only_batch(concat!(
        r#"{"topic": "o", "partition": 2, "offset": 7, "timestamp": 1768730903143, "key": "k", "value": "{\"a\": 1}"}"#,
        "\n\n",
        r#"{"partition": 2, "timestamp": -20000, "key": null, "value": {"b64": "U3Bhcms="}}"#,
        "\n",
        r#"{"topic": "o", "partition": 2, "value": null, "headers": [{"key": "h", "value": "v"}]}"#,
    ));
    assert_eq!(records.place(0), "topic `o` partition 2 offset 7");
    assert_eq!(records.values().value(0), br#"{"a": 1}"#);
    assert_eq!(records.place(1), "topic `t` partition 2 offset 0");
    assert_eq!(records.values().value(1), b"Spark");
    assert_eq!(records.timestamps().value(1), -20_000_000);
    assert!(arrow::array::Array::is_null(records.keys(), 1));
    assert_eq!(records.place(2), "topic `o` partition 2 offset 8");
    assert!(arrow::array::Array::is_null(records.values(), 2));
    assert_eq!(records.headers().unwrap().value_length(2), 1);
}

#[test]
fn plain_lines_are_values_as_they_stand() {
    let records = only_batch("{\"value\": 3, \"key\": \"x\"}\nnot json \n{\"partition\": 1, \"value\": \"x\"}\n");
    let values: Vec<&[u8]> = records.values().iter().flatten().collect();
    assert_eq!(
        values,
        [
            &b"{\"value\": 3, \"key\": \"x\"}"[..],
            b"not json ",
            b"{\"partition\": 1, \"value\": \"x\"}"
        ]
    );
    assert_eq!(records.offsets().values(), &[0, 1, 2]);
    assert!(arrow::array::Array::is_null(records.timestamps(), 0));
}

#[test]
fn a_line_that_breaks_the_form_is_named() {
    let file = file("{\"partition\": 1, \"value\": \"x\"}\n{\"partition\": 1}\n");
    let fault = Replay::open(file.path()).unwrap().nth(1).unwrap().unwrap_err();
    let text = fault.to_string();
    assert!(
        text.starts_with("this line is no record, but the first one is: `"),
        "{text}"
    );
    assert!(text.ends_with(":2`"), "{text}");

    let file = self::file("{\"partition\": \"one\", \"value\": \"x\"}\n");
    let fault = Replay::open(file.path()).unwrap().next().unwrap().unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("a record's `partition` is an integer, not `\"one\"`"),
        "{fault}"
    );
}

#[test]
fn the_golden_records_are_read_in_full() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden/records");
    for (name, count) in [("dirty", 110), ("orders-2000", 2000), ("metrics", 120)] {
        let replay = Replay::open(folder.join(format!("{name}.jsonl"))).unwrap();
        let rows: usize = replay.batches("t", false).map(|batch| batch.unwrap().len()).sum();
        assert_eq!(rows, count, "{name}");
    }
}

#[test]
fn base64_is_read_with_and_without_padding() {
    assert_eq!(base64("AAEC/w==").unwrap(), [0, 1, 2, 255]);
    assert_eq!(base64("AAEC/w").unwrap(), [0, 1, 2, 255]);
    assert!(base64("").unwrap().is_empty());
    assert_eq!(base64("a b"), None);
}

/// What is no record is told; what is one becomes one, in its place.
#[test]
fn fuzzed_files_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let words = "{\"value\": ¦\"key\": ¦\"topic\": \"t\"¦\"partition\": ¦\"offset\": ¦\"timestamp\": ¦\"headers\": [{\"key\": \"h\", \"value\": null}]\
                 ¦{\"b64\": \"AAE=\"}¦null¦, ¦}¦\n¦\r\n";
    let target = wasmill_fuzz::Target::new("replay").words(words.split('¦'));
    target.longest(1024).run(|bytes| {
        std::fs::write(&path, bytes).unwrap();
        let read: Result<Vec<Records>> = Replay::open(&path).unwrap().batches("t", true).collect();
        let records = match read {
            Ok(records) => records,
            Err(fault) => {
                assert_eq!(fault.kind(), crate::error::Kind::Usage, "{fault}");
                return wasmill_fuzz::shape(&fault.to_string());
            }
        };
        let lines = std::str::from_utf8(bytes)
            .unwrap()
            .split('\n')
            .filter(|line| !line.trim().is_empty());
        let rows: usize = records.iter().map(|records| records.table().num_rows()).sum();
        assert_eq!(rows, lines.count());
        for column in records.iter().flat_map(|records| records.table().columns()) {
            column.to_data().validate_full().unwrap();
        }
        format!("{rows} records")
    });
}
