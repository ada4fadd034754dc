//! The lab's own module, built as a user builds it, on the lab's records: its rows are what Spark's `from_json` gave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use serde_json::{Map, Value, json};

use super::testing::engine;
use super::{BuildOutput, Built, Limits, Module, OnError, Processed, Transform, build};
use crate::batch::{RecordRef, Records, RecordsBuilder};

/// The orders' module. The first run of the suite waits for its compilation.
static COMMANDES: LazyLock<Built> = LazyLock::new(|| {
    let mut said = Vec::new();
    let keep = |output: BuildOutput<'_>| said.push(format!("{output:?}"));
    build(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms/commandes"),
        keep,
    )
    .unwrap_or_else(|fault| panic!("{}\n{}", fault.report(), said.join("\n")))
});

fn fixture(name: &str) -> Vec<Value> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/golden")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn golden_records(name: &str) -> Records {
    let mut builder = RecordsBuilder::new(false);
    for line in fixture(&format!("records/{name}.jsonl")) {
        let bytes = |field: &str| line[field].as_str().map(str::as_bytes);
        let record = RecordRef {
            key: bytes("key"),
            value: bytes("value"),
            topic: line["topic"].as_str().unwrap(),
            partition: line["partition"].as_i64().unwrap() as i32,
            offset: line["offset"].as_i64().unwrap(),
            timestamp_ms: line["timestamp"].as_i64(),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    builder.finish().unwrap()
}

fn commandes(on_error: OnError) -> Transform {
    let module = Module::load(&engine().0, &COMMANDES.component, Limits::default()).unwrap();
    Transform::new("commandes", module, on_error, false)
}

/// A cell in the form of the golden files.
fn cell(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => match array.as_primitive::<Float64Type>().value(row) {
            f64::INFINITY => json!("Infinity"),
            f64::NEG_INFINITY => json!("-Infinity"),
            nan if nan.is_nan() => json!("NaN"),
            number => json!(number),
        },
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            (0..list.len()).map(|element| cell(&list, element)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let object: Map<_, _> = fields
                .iter()
                .zip(columns)
                .map(|(field, column)| (field.name().clone(), cell(column, row)))
                .collect();
            Value::Object(object)
        }
        other => panic!("no {other} in these tables"),
    }
}

/// The module's own columns of each row, by partition and offset.
fn rows(processed: &Processed) -> BTreeMap<(i32, i64), Value> {
    let mut rows = BTreeMap::new();
    for batch in &processed.rows {
        let partitions = batch
            .column_by_name("kafka_partition")
            .unwrap()
            .as_primitive::<Int32Type>();
        let offsets = batch
            .column_by_name("kafka_offset")
            .unwrap()
            .as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let own = batch.schema_ref().fields().iter().zip(batch.columns()).take(6);
            let own: Map<_, _> = own
                .map(|(field, column)| (field.name().clone(), cell(column, row)))
                .collect();
            let before = rows.insert((partitions.value(row), offsets.value(row)), Value::Object(own));
            assert_eq!(before, None);
        }
    }
    rows
}

fn spark_rows(name: &str) -> BTreeMap<(i32, i64), Value> {
    let rows = fixture(&format!("batch/{name}.rows.jsonl")).into_iter().map(|row| {
        let place = (
            row["partition"].as_i64().unwrap() as i32,
            row["offset"].as_i64().unwrap(),
        );
        let own = ["order_id", "customer_id", "timestamp", "items", "total", "status"];
        (
            place,
            Value::Object(own.iter().map(|name| ((*name).to_owned(), row[name].clone())).collect()),
        )
    });
    rows.collect()
}

#[test]
fn orders_are_what_spark_read() {
    let processed = commandes(OnError::Fail).process(&golden_records("orders")).unwrap();
    assert_eq!(rows(&processed), spark_rows("orders-commandes"));
}

#[test]
fn dirty_orders_are_what_spark_read() {
    let processed = commandes(OnError::Null).process(&golden_records("dirty")).unwrap();
    let (ours, sparks) = (rows(&processed), spark_rows("dirty-commandes"));
    for (place, row) in &sparks {
        assert_eq!(ours.get(place), Some(row), "{place:?}");
    }
    assert_eq!(ours.len(), sparks.len());
}

#[test]
fn no_record_is_lost_or_told_twice() {
    let records = golden_records("dirty");
    let processed = commandes(OnError::DeadLetter).process(&records).unwrap();
    let dead = &processed.dead_letters;
    let partitions = dead.column(1).as_primitive::<Int32Type>().values().iter().copied();
    let dead: Vec<_> = partitions
        .zip(dead.column(2).as_primitive::<Int64Type>().values().iter().copied())
        .collect();
    let rows = rows(&processed);
    assert!(!dead.is_empty() && dead.iter().all(|place| !rows.contains_key(place)));
    assert_eq!(rows.len() + dead.len(), records.len());
    assert_eq!(processed.errors.count, dead.len());
}

#[test]
fn thousands_of_orders_pass_within_the_default_limits() {
    let processed = commandes(OnError::Fail)
        .process(&golden_records("orders-2000"))
        .unwrap();
    assert_eq!(rows(&processed).len(), 2000);
    // A limit that the lab's own records come near is none of the data's business.
    let allowed = Limits::default().fuel_per_record * 2000;
    assert!(processed.fuel < allowed / 4, "{} of {allowed}", processed.fuel);
}
