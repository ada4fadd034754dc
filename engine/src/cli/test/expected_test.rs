use arrow::datatypes::{Field, Fields};
use serde_json::json;

use super::*;
use crate::batch::timestamp_type;

fn read_text(text: &str, schema: &Schema) -> Result<Rows> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.jsonl");
    std::fs::write(&file, text).unwrap();
    read(&file, schema)
}

fn times() -> Schema {
    let time = || Field::new("t", timestamp_type(), true);
    let window = Fields::from(vec![Field::new("start", timestamp_type(), true)]);
    Schema::new(vec![
        time(),
        Field::new("window", DataType::Struct(window), true),
        Field::new("all", DataType::List(std::sync::Arc::new(time())), true),
        Field::new("text", DataType::Utf8, true),
    ])
}

#[test]
fn a_time_may_be_written_in_many_ways() {
    let text = r#"
{"t": "2026-01-18T10:00:00Z", "text": "2026-01-18T10:00:00Z"}
{"t": "2026-01-18 10:00:00", "window": {"start": "2026-01-18T12:00:00+02:00"}}

{"t": "2026-01-18 10:00", "all": ["2026-01-18T10:00:00.000", null, "noon"]}
{"t": null}
"#;
    let rows = read_text(text, &times()).unwrap();
    let printed = json!("2026-01-18T10:00:00.000000Z");
    assert_eq!(rows.columns, ["t", "text", "window", "all"]);
    assert_eq!(rows.rows.len(), 4);
    assert!(rows.rows[..3].iter().all(|row| row[0] == printed));
    assert_eq!(rows.rows[0][1], json!("2026-01-18T10:00:00Z"));
    assert_eq!(rows.rows[1][2], json!({"start": printed}));
    assert_eq!(rows.rows[2][3], json!([printed, null, "noon"]));
    assert_eq!(rows.rows[3], [json!(null), json!(null), json!(null), json!(null)]);
}

#[test]
fn a_line_that_is_no_row() {
    for line in ["[1]", "{\"a\": 1", "7"] {
        let fault = read_text(&format!("{{\"a\": 1}}\n{line}\n"), &times()).unwrap_err();
        let text = fault.report();
        assert!(
            text.starts_with("error: a line is no row: `") && text.contains("rows.jsonl:2`: "),
            "{text}"
        );
    }
    assert!(read(Path::new("nowhere.jsonl"), &times()).is_err());
    assert_eq!(read_text("\n", &times()).unwrap(), Rows::default());
}
