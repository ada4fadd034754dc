use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};
use serde_json::Value;

use super::*;
use crate::sink::fixture_test::{golden, load, parse_schema, read};

fn options(case: &Value) -> ShowOptions {
    let mut options = ShowOptions::default();
    if let Some(rows) = case["n"].as_u64() {
        options.num_rows = rows as usize;
    }
    options.truncate = match &case["truncate"] {
        Value::Bool(false) => Truncate::Never,
        Value::Number(limit) => Truncate::At(limit.as_u64().unwrap() as usize),
        _ => Truncate::default(),
    };
    options.vertical = case["vertical"].as_bool().unwrap_or(false);
    options
}

fn shown(name: &str, options: &ShowOptions) -> String {
    let batch = load(name);
    show(batch.schema_ref(), std::slice::from_ref(&batch), options).unwrap() + "\n"
}

#[test]
fn every_golden_show() {
    let cases: Vec<Value> = serde_json::from_str(&read("show/index.json")).unwrap();
    for case in &cases {
        let file = case["file"].as_str().unwrap();
        let name = file.split('.').next().unwrap();
        assert_eq!(
            shown(&format!("show/{name}"), &options(case)),
            read(&format!("show/{file}")),
            "{file}"
        );
    }
    assert!(cases.len() >= 30);
}

#[test]
fn every_golden_batch() {
    let cases: Vec<Value> = serde_json::from_str(&read("batch/index.json")).unwrap();
    let mut compared = 0;
    for case in &cases {
        let name = format!("batch/{}", case["name"].as_str().unwrap());
        let file = format!("{name}.show.txt");
        if golden(&file).exists() {
            assert_eq!(shown(&name, &options(&case["show"])), read(&file), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 30);
}

#[test]
fn every_golden_schema() {
    let mut compared = 0;
    for folder in ["show", "batch"] {
        for entry in std::fs::read_dir(golden(folder)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if file.ends_with(".schema.txt") {
                let text = read(&format!("{folder}/{file}"));
                assert_eq!(schema_tree(&parse_schema(&text)) + "\n", text, "{file}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40);
}

#[test]
fn rows_may_come_in_several_batches() {
    let batch = load("show/long");
    let pieces: Vec<_> = (0..25).map(|row| batch.slice(row, 1)).collect();
    let options = ShowOptions {
        num_rows: 24,
        ..ShowOptions::default()
    };
    let text = show(batch.schema_ref(), &pieces, &options).unwrap();
    assert_eq!(text + "\n", read("show/long.24.true.txt"));
}

#[test]
fn one_row_is_singular() {
    let batch = load("show/long");
    let options = ShowOptions {
        num_rows: 1,
        ..ShowOptions::default()
    };
    assert!(
        show(batch.schema_ref(), std::slice::from_ref(&batch), &options)
            .unwrap()
            .ends_with("only showing top 1 row")
    );
}

#[test]
fn a_terminal_is_steered_by_no_name_and_no_cell() {
    let hostile = "a\u{1b}[31m\u{9b}2J\u{202e}b\nc";
    let column: ArrayRef = Arc::new(StringArray::from(vec![hostile]));
    let nested = StructArray::from(vec![(
        Arc::new(Field::new("x", DataType::Utf8, true)),
        Arc::clone(&column),
    )]);
    let columns = [("n\u{1b}c", column), ("nested", Arc::new(nested) as ArrayRef)];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    let options = ShowOptions {
        truncate: Truncate::Never,
        ..ShowOptions::default()
    };
    let shown = show_on_terminal(&rows.schema(), std::slice::from_ref(&rows), &options).unwrap();
    insta::assert_snapshot!(shown, @r"
    +-------------------------------+---------------------------------+
    |n\u{1b}c                       |nested                           |
    +-------------------------------+---------------------------------+
    |a\u{1b}[31m\u{9b}2J\u{202e}b\nc|{a\u{1b}[31m\u{9b}2J\u{202e}b\nc}|
    +-------------------------------+---------------------------------+
    ");
    // Cut to less than the escape it was cut in: still a harmless text.
    let cut = ShowOptions {
        truncate: Truncate::At(4),
        ..options
    };
    let shown = show_on_terminal(&rows.schema(), std::slice::from_ref(&rows), &cut).unwrap();
    assert!(!shown.chars().any(|c| c != '\n' && crate::text::steers(c)), "{shown:?}");
    // Elsewhere it is as Spark has it.
    let raw = show(&rows.schema(), &[rows], &options).unwrap();
    assert!(raw.contains("a\u{1b}[31m\u{9b}2J\u{202e}b\\nc"));
}
