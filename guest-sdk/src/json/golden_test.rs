//! The texts that a real Spark has read, and what it made of them.

use std::path::Path;

use serde_json::Value as Expected;

use super::{Outcome, json};
use crate::cell::Cell;
use crate::column::Column;
use crate::testing::{Value, row_at};
use crate::{Date, Row, Timestamp};

/// The row that Spark's `from_json` gives in PERMISSIVE mode.
fn from_json<T: Row>(text: &str) -> Value {
    let mut columns = <T as Cell>::Column::default();
    // A neighbour before, so that an append has to get its row's number right.
    columns.push_null();
    let outcome = json::<T>(text).spark().append(&mut columns);
    assert_eq!(columns.len(), 1 + usize::from(outcome.is_ok()), "{text}");
    if outcome.is_err() {
        columns.push_null();
    }
    match outcome {
        Ok(Outcome::Null) => Value::Null,
        _ => row_at::<T>(columns, 1),
    }
}

/// A value in the form of the golden files.
fn plain(value: &Value) -> Expected {
    match value {
        Value::Null => Expected::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) if value.is_nan() => "NaN".into(),
        Value::Float(value) if value.is_infinite() => if *value > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::Timestamp(value) => value.micros().into(),
        Value::Date(value) => value.days().into(),
        Value::List(elements) => elements.iter().map(plain).collect(),
        Value::Struct(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
    }
}

fn cases(file: &str) -> Vec<(String, String, Expected)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden/json");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let case = |line: &str| {
        let case: Expected = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        (text("type"), text("text"), case["row"].clone())
    };
    text.lines().map(case).collect()
}

/// A struct with the one field `v` of the type in question, and the field behind it.
macro_rules! typed {
    ($name:ident, $type:ty) => {
        #[derive(Row)]
        struct $name {
            v: $type,
            after: i32,
        }
    };
}

#[derive(Row)]
struct Nested {
    a: i32,
    b: String,
}

typed!(Boolean, bool);
typed!(Int, i32);
typed!(BigInt, i64);
typed!(Double, f64);
typed!(Text, String);
typed!(Time, Timestamp);
typed!(Day, Date);
typed!(Ints, Vec<i32>);
typed!(Texts, Vec<String>);
typed!(Doubles, Vec<f64>);
typed!(Structs, Nested);
typed!(ListOfStructs, Vec<Nested>);

#[test]
fn tokens_are_read_as_spark_reads_them() {
    let cases = cases("tokens.jsonl");
    assert!(cases.len() > 1000);
    let mut wrong = Vec::new();
    for (of, text, expected) in cases {
        let row = match of.as_str() {
            "BOOLEAN" => from_json::<Boolean>(&text),
            "INT" => from_json::<Int>(&text),
            "BIGINT" => from_json::<BigInt>(&text),
            "DOUBLE" => from_json::<Double>(&text),
            "STRING" => from_json::<Text>(&text),
            "TIMESTAMP" => from_json::<Time>(&text),
            "DATE" => from_json::<Day>(&text),
            "ARRAY<INT>" => from_json::<Ints>(&text),
            "ARRAY<STRING>" => from_json::<Texts>(&text),
            "ARRAY<DOUBLE>" => from_json::<Doubles>(&text),
            "STRUCT<a: INT, b: STRING>" => from_json::<Structs>(&text),
            "ARRAY<STRUCT<a: INT, b: STRING>>" => from_json::<ListOfStructs>(&text),
            _ => panic!("no struct for {of}"),
        };
        // As text, so that 0.0 and -0.0 differ.
        let (expected, read) = (expected.to_string(), plain(&row).to_string());
        if read != expected {
            wrong.push(format!("{of} {text}\n    expected {expected}\n    read     {read}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn documents_are_read_as_spark_reads_them() {
    #[derive(Row)]
    struct Document {
        v: i32,
        last: String,
    }
    let cases = cases("documents.jsonl");
    assert!(cases.len() > 30);
    for (of, text, expected) in cases {
        assert_eq!(of, "v INT, last STRING");
        assert_eq!(plain(&from_json::<Document>(&text)), expected, "{text}");
    }
}

#[test]
fn tells_text_that_is_no_json_from_json_that_is_no_object() {
    #[derive(Row)]
    struct Document {
        v: i32,
    }
    let outcome = |text: &str| {
        let mut columns = <Document as Cell>::Column::default();
        json::<Document>(text).spark().append(&mut columns)
    };
    for text in [
        "{}",
        "[]",
        "[{\"v\":1}]",
        "42",
        " null",
        "\"x\"",
        "{\"v\":\"x\"}",
        "-Infinity",
        "42 x",
        "{}x",
    ] {
        assert_eq!(outcome(text).unwrap(), Outcome::Row, "{text}");
    }
    for text in ["", " ", "\r\n\t"] {
        assert_eq!(outcome(text).unwrap(), Outcome::Null, "{text}");
    }
    for text in [
        "{",
        "}",
        "x",
        "42x",
        "nullx",
        "[",
        "[}",
        "{]",
        "\u{feff}{}",
        "'",
        "\\",
        ",",
        "--1",
        "1e",
        "/",
    ] {
        assert!(outcome(text).is_err(), "{text}");
    }
}
