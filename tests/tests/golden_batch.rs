//! The notebook's cells as batches: what Spark answered to each, asked of `wasmill run --once`.
//!
//! A set of records is one topic, a pipeline file has a table for each cell. Three things are compared with Spark: the
//! rows (`--output json`), the types (`check --schema`), and what `show` printed (the console sink).

#[path = "golden_batch/tables.rs"]
mod tables;

use std::collections::HashMap;
use std::sync::Once;

use wasmill_tests::broker::Kafka;
use wasmill_tests::command::Command;
use wasmill_tests::folder::Folder;
use wasmill_tests::golden::{BatchCase, Records, pipeline, rows, text};
use wasmill_tests::rows::{Comparison, Row, parse_lines};
use wasmill_tests::text::compare_table;

use tables::{frames, header, pipeline_of, schemas, sums_of, table_of};

/// A topic that holds a set of records, and the pipeline that reads it.
struct Lab {
    kafka: Kafka,
    topic: String,
    records: Records,
}

impl Lab {
    fn of(set: &'static str) -> Self {
        build_modules();
        let kafka = Kafka::start();
        let records = Records::of(set);
        let topic = kafka.topic_of(&records);
        Self { kafka, topic, records }
    }

    /// `wasmill run --once` of a pipeline file on this topic.
    fn run(&self, pipeline_name: &str) -> Command {
        let command = self.kafka.wasmill(["run", "--once"]).arg(pipeline(pipeline_name));
        command.set("source.raw.subscribe", &self.topic)
    }

    /// A text with the topic's name as the golden files have it.
    fn with_golden_names(&self, text: &str) -> String {
        text.replace(&self.topic, &self.records.topic)
    }
}

/// The guests' modules, built once for all tests of this file: they share a target folder.
fn build_modules() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        for name in ["commandes", "logs", "metrics"] {
            Command::wasmill(["build"])
                .arg(pipeline("../../transforms").join(name))
                .succeed();
        }
    });
}

/// Compares each case of a set, and tells of all that fail at once.
fn for_each_case(set: &str, compare: impl Fn(&BatchCase) -> Result<(), String>) {
    let cases: Vec<BatchCase> = BatchCase::all()
        .into_iter()
        .filter(|case| case.records == set)
        .collect();
    assert!(!cases.is_empty(), "no case reads `{set}`");
    let fails = |case: &BatchCase| {
        compare(case)
            .err()
            .map(|report| format!("== {} ({})\n{report}\n", case.name, case.about))
    };
    let failed: Vec<String> = cases.iter().filter_map(fails).collect();
    assert!(
        failed.is_empty(),
        "{} of {} cases differ from Spark\n{}",
        failed.len(),
        cases.len(),
        failed.concat()
    );
}

/// The rows of each table.
fn compare_rows(set: &'static str) {
    let lab = Lab::of(set);
    let output = lab.run(pipeline_of(set)).arg("--output").arg("json").succeed();
    let mut by_table: HashMap<String, Vec<Row>> = HashMap::new();
    for mut line in parse_lines("standard output", &lab.with_golden_names(&output.stdout)) {
        let (Some(table), Some(row)) = (line.remove("table"), line.remove("row")) else {
            panic!("a line should have `table` and `row`: {line:?}");
        };
        let (Some(table), Some(row)) = (table.as_str(), row.as_object()) else {
            panic!("`table` should be a text and `row` an object: {table} {row}");
        };
        by_table.entry(table.to_owned()).or_default().push(row.clone());
    }
    for_each_case(set, |case| {
        let actual = by_table.get(table_of(case)).map_or(&[][..], Vec::as_slice);
        let comparison = Comparison {
            ordered: case.ordered,
            sums: sums_of(case),
        };
        comparison.compare(&case.rows(), actual)
    });
}

/// What `show` printed, wherever the order of the rows is defined.
fn compare_shown(set: &'static str) {
    let lab = Lab::of(set);
    let printed = lab.with_golden_names(&lab.run(pipeline_of(set)).succeed().stdout);
    let frames = frames(&printed);
    for_each_case(set, |case| {
        let Some(expected) = case.show_text() else {
            return Ok(());
        };
        // No two tables of a pipeline have the same columns, so these name the frame whatever the order of the sinks is.
        let Some(frame) = frames.iter().find(|frame| header(frame) == header(&expected)) else {
            return Err(format!(
                "no printed table has the columns {:?}; printed was\n{printed}",
                header(&expected)
            ));
        };
        compare_table(expected.trim_end(), frame.trim_end(), sums_of(case))
    });
}

/// The types of each table, as `printSchema` has them.
fn compare_schemas(set: &'static str) {
    build_modules();
    let printed = Command::wasmill(["check", "--once", "--schema"])
        .arg(pipeline(pipeline_of(set)))
        .succeed()
        .stdout;
    let schemas = schemas(&printed);
    for_each_case(set, |case| {
        let Some(actual) = schemas.get(table_of(case)) else {
            return Err(format!(
                "no schema of `{}` was printed, but:\n{printed}",
                table_of(case)
            ));
        };
        compare_table(case.schema_text().trim_end(), actual.trim_end(), &[])
    });
}

/// Three tests for each set of records, in a module of its own.
macro_rules! golden_sets {
    ($($module:ident: $set:literal),+ $(,)?) => {$(
        mod $module {
            #[test]
            fn rows() {
                super::compare_rows($set);
            }

            #[test]
            fn shown() {
                super::compare_shown($set);
            }

            #[test]
            fn schemas() {
                super::compare_schemas($set);
            }
        }
    )+};
}

golden_sets! {
    orders: "orders",
    orders_2000: "orders-2000",
    dirty: "dirty",
    logs: "logs",
    metrics: "metrics",
}

/// Cells 10 and 11, twice: `mode = "overwrite"` leaves the rows once.
fn compare_parquet(set: &'static str) {
    let lab = Lab::of(set);
    let folder = Folder::new();
    for _ in 0..2 {
        let run = lab.run("bronze.toml");
        let run = run.set("sink.commandes.parquet", &folder.url("commandes"));
        run.set("sink.items.parquet", &folder.url("items")).succeed();
    }
    for name in ["commandes", "items"] {
        let expected = rows(&format!("batch/{set}-parquet-{name}.rows.jsonl"));
        for (reader, actual) in folder.read(name) {
            if let Err(report) = Comparison::default().compare(&expected, &actual) {
                panic!("`{name}` of `{set}`, read by {reader}: {report}");
            }
        }
        for file in folder.describe(name).unwrap_or_default() {
            assert_file_is_as_others_write_it(&file);
        }
    }
}

/// Spark and pyarrow compress by snappy, keep statistics of every column, and know a timestamp's zone.
fn assert_file_is_as_others_write_it(file: &Row) {
    for column in file["columns"].as_array().into_iter().flatten() {
        assert_eq!(column["compression"], serde_json::json!(["SNAPPY"]), "{column}");
        assert_eq!(column["statistics"], true, "{column}");
    }
    if let Some(timestamp) = file["schema"].get("kafka_timestamp") {
        assert_eq!(timestamp, "timestamp[us, tz=UTC]");
    }
}

#[test]
fn orders_as_parquet() {
    compare_parquet("orders");
}

#[test]
fn dirty_as_parquet() {
    compare_parquet("dirty");
}

/// Cells 3 and 4: `wasmill show` counts the topic, prints its schema and its first records as text.
#[test]
fn show_is_cells_3_and_4() {
    for set in ["orders", "dirty"] {
        let lab = Lab::of(set);
        let output = lab
            .kafka
            .wasmill(["show", &lab.topic, "-n", "5", "--truncate", "50"])
            .succeed();
        let printed = lab.with_golden_names(&output.stdout);
        let count = lab.records.count.to_string();
        let says_count = |line: &str| {
            line.split(|letter: char| !letter.is_ascii_digit())
                .any(|word| word == count)
        };
        assert!(
            printed.lines().any(says_count),
            "the count, {count}, is missing\n{printed}"
        );
        for part in [
            format!("batch/{set}-raw.schema.txt"),
            format!("batch/{set}-raw-text.show.txt"),
        ] {
            assert!(
                printed.contains(text(&part).trim_end()),
                "{part} is not in what was printed:\n{printed}"
            );
        }
    }
}
