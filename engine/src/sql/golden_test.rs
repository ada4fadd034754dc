//! The notebook's queries, and Spark's answers to them.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde_json::Value;

use super::rows_test::{alike, batch, golden, golden_rows, golden_schema, golden_table, rows, types};
use super::{Mode, Planner};

const ITEMS: &str = "SELECT order_id, customer_id, timestamp, item.* FROM \
    (SELECT order_id, customer_id, timestamp, explode(items) AS item FROM commandes)";
const CELL_7: &str = "SELECT order_id, customer_id, total, status, partition FROM commandes";
const RAW_TEXT: &str =
    "SELECT CAST(key AS STRING), CAST(value AS STRING), topic, partition, offset, timestamp FROM raw";
const NIVEAUX: &str = "SELECT level, count(*) AS count FROM logs GROUP BY level";
const MODULES: &str = "SELECT module, count(*) AS nb_logs, avg(duration_ms) AS duree_moyenne_ms FROM logs \
    GROUP BY module ORDER BY nb_logs DESC, module";
const SERVEURS: &str = "SELECT host, round(avg(metrics.cpu_percent), 2) AS avg_cpu, \
    round(avg(metrics.memory_percent), 2) AS avg_mem, count(*) AS nb_mesures FROM metrics GROUP BY host ORDER BY avg_cpu DESC, host";
const METRICS_FENETRES: &str = "SELECT window, host, round(avg(metrics.cpu_percent), 2) AS avg_cpu, \
    round(max(metrics.memory_percent), 2) AS max_mem, count(*) AS nb_mesures FROM metrics \
    GROUP BY window(event_time, '30 seconds'), host ORDER BY window.start, host";

/// Runs `sql` on the golden tables, and compares rows (in order if `ordered`), types and nullability.
async fn check(case: &str, sql: &str, tables: &[(&str, &str)], ordered: bool) {
    let loaded: Vec<(String, SchemaRef, RecordBatch)> = tables
        .iter()
        .map(|(name, file)| {
            let (schema, batch) = golden_table(&format!("batch/{file}"));
            (name.to_string(), schema, batch)
        })
        .collect();
    let schemas: Vec<(String, SchemaRef)> = loaded
        .iter()
        .map(|(name, schema, _)| (name.clone(), schema.clone()))
        .collect();
    let query = Planner::new()
        .plan(case, sql, &schemas, Mode::Batch)
        .await
        .unwrap_or_else(|problem| panic!("{case}: {problem}"));
    let input = |name: &String| vec![loaded.iter().find(|(table, _, _)| table == name).unwrap().2.clone()];
    // Plans are run again and again: each time the same answer.
    for _ in 0..3 {
        let got = rows(&query.run(query.inputs().iter().map(input).collect()).await.unwrap());
        compare(case, &got, golden_rows(&format!("batch/{case}")), ordered);
    }
    let wanted = golden_schema(&format!("batch/{case}"));
    assert_eq!(types(&query.schema()), types(&wanted), "{case}");
}

fn compare(case: &str, got: &[Value], mut wanted: Vec<Value>, ordered: bool) {
    assert_eq!(got.len(), wanted.len(), "{case}: rows");
    for (i, row) in got.iter().enumerate() {
        let at = if ordered {
            Some(0)
        } else {
            wanted.iter().position(|other| alike(row, other))
        };
        let found = at.filter(|at| alike(row, &wanted[*at]));
        assert!(found.is_some(), "{case}: row {i}: {row} is not {}", wanted[0]);
        wanted.remove(found.unwrap());
    }
}

/// The SQL behind the colon of a case's `about`.
fn sql_of(case: &str) -> String {
    let index = include_str!("../../../tests/fixtures/golden/batch/index.json");
    let cases: Vec<Value> = serde_json::from_str(index).unwrap();
    let about = cases.iter().find(|other| other["name"] == case).unwrap()["about"]
        .as_str()
        .unwrap()
        .to_owned();
    about[about.find("SELECT").unwrap()..].to_owned()
}

#[tokio::test]
async fn every_query_of_the_index() {
    for set in ["orders", "dirty"] {
        let commandes = format!("{set}-commandes");
        let items = format!("{set}-items");
        let tables = [("commandes", commandes.as_str()), ("items", items.as_str())];
        for query in [
            "produits",
            "clients",
            "statuts",
            "fenetres",
            "glissantes",
            "sessions",
            "jointure",
            "total",
        ] {
            let case = format!("{set}-{query}");
            check(&case, &sql_of(&case), &tables, true).await;
        }
    }
}

/// The orders of a records file, parsed as plain JSON: none of these is broken.
fn orders(file: &str) -> (SchemaRef, RecordBatch) {
    let schema = golden_schema("batch/orders-commandes");
    let parsed = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        let mut row: Value = serde_json::from_str(record["value"].as_str().unwrap()).unwrap();
        let time = chrono::DateTime::from_timestamp_millis(record["timestamp"].as_i64().unwrap()).unwrap();
        row["customer_key"] = record["key"].clone();
        row["partition"] = record["partition"].clone();
        row["offset"] = record["offset"].clone();
        row["kafka_timestamp"] = time.to_rfc3339().into();
        row
    };
    let rows: Vec<Value> = golden(file).lines().map(parsed).collect();
    let batch = batch(&schema, &rows);
    (schema, batch)
}

#[tokio::test]
async fn two_thousand_orders() {
    let (schema, commandes) = orders("records/orders-2000.jsonl");
    let above = [("commandes".to_owned(), schema.clone())];
    let items = Planner::new().plan("items", ITEMS, &above, Mode::Stream).await.unwrap();
    let exploded = items.run(vec![vec![commandes.clone()]]).await.unwrap();
    let above = [("commandes".to_owned(), schema), ("items".to_owned(), items.schema())];
    for name in [
        "produits",
        "clients",
        "statuts",
        "fenetres",
        "glissantes",
        "sessions",
        "jointure",
        "total",
    ] {
        let case = format!("orders-2000-{name}");
        let query = Planner::new()
            .plan(&case, &sql_of(&case), &above, Mode::Batch)
            .await
            .unwrap();
        let input = |table: &String| {
            if table == "items" {
                exploded.clone()
            } else {
                vec![commandes.clone()]
            }
        };
        let got = rows(&query.run(query.inputs().iter().map(input).collect()).await.unwrap());
        compare(&case, &got, golden_rows(&format!("batch/{case}")), true);
        assert_eq!(
            types(&query.schema()),
            types(&golden_schema(&format!("batch/{case}"))),
            "{case}"
        );
    }
}

#[tokio::test]
async fn cells_4_7_and_8() {
    for set in ["orders", "dirty"] {
        let (raw, commandes) = (format!("{set}-raw"), format!("{set}-commandes"));
        check(&format!("{set}-raw-text"), RAW_TEXT, &[("raw", &raw)], true).await;
        check(
            &format!("{set}-commandes-cell7"),
            CELL_7,
            &[("commandes", &commandes)],
            true,
        )
        .await;
        check(&format!("{set}-items"), ITEMS, &[("commandes", &commandes)], true).await;
    }
}

#[tokio::test]
async fn logs_and_metrics() {
    check("logs-niveaux", NIVEAUX, &[("logs", "logs")], false).await;
    check("logs-modules", MODULES, &[("logs", "logs")], true).await;
    check("metrics-serveurs", SERVEURS, &[("metrics", "metrics")], true).await;
    check("metrics-fenetres", METRICS_FENETRES, &[("metrics", "metrics")], true).await;
}
