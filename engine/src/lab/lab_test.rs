use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

const AT_US: i64 = 1_768_730_903_143_000;

fn golden(name: &str) -> Vec<(String, Value, String)> {
    let path = format!(
        "{}/../tests/fixtures/golden/records/{name}.jsonl",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let value = record["value"].as_str().unwrap().to_owned();
            (
                record["key"].as_str().unwrap().to_owned(),
                serde_json::from_str(&value).unwrap(),
                value,
            )
        })
        .collect()
}

fn made(kind: Kind, count: i64) -> Vec<LabRecord> {
    Generator::new(kind, 7)
        .at_times((0..count).map(|n| AT_US + n * 350_001))
        .collect()
}

/// The names of a record's fields in their order, with the types of their values.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", shape(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items
                .iter()
                .map(shape)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<String>()
        ),
        Value::Number(number) if number.is_f64() => "float".to_owned(),
        Value::Number(_) => "int".to_owned(),
        Value::String(_) => "text".to_owned(),
        other => other.to_string(),
    }
}

#[test]
fn records_have_the_shape_of_the_labs() {
    for (kind, name) in [
        (Kind::Orders, "orders-2000"),
        (Kind::Logs, "logs"),
        (Kind::Metrics, "metrics"),
    ] {
        let theirs: BTreeSet<String> = golden(name).iter().map(|(_, value, _)| shape(value)).collect();
        let ours: BTreeSet<String> = made(kind, 500)
            .iter()
            .map(|record| shape(&serde_json::from_str(&record.value).unwrap()))
            .collect();
        assert_eq!(ours, theirs, "{kind}");
    }
}

#[test]
fn the_spelling_is_pythons() {
    // A golden record's own text must come out of its values by our way of writing them.
    for (_, value, text) in golden("orders-2000") {
        for item in value["items"].as_array().unwrap() {
            let subtotal = text::round2(item["quantity"].as_f64().unwrap() * item["unit_price"].as_f64().unwrap());
            let written = format!(
                "\"unit_price\": {}, \"subtotal\": {}}}",
                item["unit_price"],
                text::float(subtotal)
            );
            assert!(text.contains(&written), "{written} is not in {text}");
        }
        let total: f64 = value["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["subtotal"].as_f64().unwrap())
            .sum();
        let written = format!("], \"total\": {}, \"status\": ", text::float(text::round2(total)));
        assert!(text.contains(&written), "{written} is not in {text}");
    }
    assert_eq!(text::time(AT_US), "2026-01-18T10:08:23.143000");
    assert_eq!(text::time(AT_US - 143_000), "2026-01-18T10:08:23.000000");
    assert_eq!(text::float(30.0), "30.0");
}

#[test]
fn a_record_of_each_kind() {
    let lines: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| made(*kind, 1).remove(0))
        .map(|record| format!("{} {}", record.key, record.value))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
CUST-001 {"order_id": 45084, "customer_id": "CUST-001", "timestamp": "2026-01-18T10:08:23.143000", "items": [{"product_id": 5, "product_name": "Casque", "quantity": 1, "unit_price": 149.99, "subtotal": 149.99}, {"product_id": 1, "product_name": "Laptop", "quantity": 1, "unit_price": 999.99, "subtotal": 999.99}, {"product_id": 4, "product_name": "Ecran", "quantity": 2, "unit_price": 349.99, "subtotal": 699.98}, {"product_id": 6, "product_name": "Webcam", "quantity": 1, "unit_price": 89.99, "subtotal": 89.99}], "total": 1939.95, "status": "shipped"}
auth {"timestamp": "2026-01-18T10:08:23.143000", "level": "INFO", "module": "auth", "message": "Session expired", "request_id": "req-62463", "user_id": "user-46", "duration_ms": 125}
server-02 {"timestamp": "2026-01-18T10:08:23.143000", "host": "server-02", "metrics": {"cpu_percent": 6.51, "memory_percent": 87.56, "disk_percent": 59.15, "response_time_ms": 136.28}}
    "#);
}

#[test]
fn orders_are_as_the_lab_says() {
    let mut by_size = BTreeMap::new();
    let mut customers = BTreeSet::new();
    for record in made(Kind::Orders, 2000) {
        let order: Value = serde_json::from_str(&record.value).unwrap();
        assert_eq!(order["customer_id"], record.key);
        let items = order["items"].as_array().unwrap();
        let products: BTreeSet<i64> = items.iter().map(|item| item["product_id"].as_i64().unwrap()).collect();
        assert_eq!(products.len(), items.len(), "the items are different");
        assert!(products.iter().all(|id| (1..=8).contains(id)));
        assert!(
            items
                .iter()
                .all(|item| (1..=3).contains(&item["quantity"].as_i64().unwrap()))
        );
        *by_size.entry(items.len()).or_insert(0) += 1;
        customers.insert(record.key);
    }
    assert_eq!(by_size.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(by_size.values().all(|count| *count > 400));
    assert_eq!(customers.len(), 20);
}

#[test]
fn a_seed_is_a_record_for_ever() {
    assert_eq!(made(Kind::Logs, 50), made(Kind::Logs, 50));
    let other: Vec<LabRecord> = logs(8).at_times([AT_US]).collect();
    assert_ne!(made(Kind::Logs, 1), other);
    assert!(
        "order"
            .parse::<Kind>()
            .unwrap_err()
            .advice()
            .unwrap()
            .contains("`orders`")
    );
    assert_eq!("metrics".parse::<Kind>().unwrap(), Kind::Metrics);
}
