//! The demo's streams: the golden records are there when they begin, so what is printed of them is known; what arrives while
//! they run is of today, in windows of its own.

use serde_json::Value;
use wasmill_tests::command::Output;
use wasmill_tests::golden::rows;

/// The minute in which all golden orders lie.
const MINUTE: &str = "{2026-01-18 10:08:00, 2026-01-18 10:09:00}";

/// A table of a stream's batch, its cells as they are printed.
#[derive(Debug)]
struct Table {
    batch: u64,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The tables below a heading `Batch: N`.
fn tables(stdout: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut heading = None;
    for line in stdout.lines() {
        if let Some(batch) = line.strip_prefix("Batch: ") {
            heading = batch.parse().ok();
        }
        let Some(cells) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            // The batch part's tables have no heading, and a table ends with an empty line.
            if line.is_empty() {
                heading = None;
            }
            continue;
        };
        let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
        match heading.take() {
            Some(batch) => tables.push(Table {
                batch,
                columns: cells,
                rows: Vec::new(),
            }),
            None => {
                if let Some(table) = tables.last_mut().filter(|table| table.columns.len() == cells.len()) {
                    table.rows.push(cells);
                }
            }
        }
    }
    tables
}

/// Those with these columns: at least one.
fn with_columns<'t>(tables: &'t [Table], columns: &[&str], output: &Output) -> Vec<&'t Table> {
    let found: Vec<&Table> = tables.iter().filter(|table| table.columns == columns).collect();
    assert!(!found.is_empty(), "no stream with the columns {columns:?}\n{output}");
    found
}

/// The plain stream, the windows of the orders, the exercise: each has been there, with Spark's rows.
pub(crate) fn assert_show_windows(output: &Output) {
    let tables = tables(&output.stdout);
    let orders = ["order_id", "customer_id", "total", "status", "kafka_time"];
    with_columns(&tables, &orders, output);
    assert_counts_orders(&tables, output);
    assert_does_the_exercise(&tables, output);
    for title in ["the live stream", "orders by customer and minute", "the exercise"] {
        assert!(
            output.stderr.contains(title) && !output.stdout.contains(title),
            "{title}\n{output}"
        );
    }
}

/// Complete mode: all windows in every batch, the newest first.
fn assert_counts_orders(tables: &[Table], output: &Output) {
    let columns = ["window", "customer_id", "nb_commandes", "total_commandes"];
    let known = rows("batch/orders-clients.rows.jsonl");
    for table in with_columns(tables, &columns, output) {
        let windows: Vec<&String> = table.rows.iter().map(|row| &row[0]).collect();
        assert!(windows.is_sorted_by(|one, next| one >= next), "{table:?}");
        assert!(
            !windows.is_empty(),
            "the orders from before the stream are missing\n{output}"
        );
        // Of the golden minute's customers those are known that have several orders.
        for row in table.rows.iter().filter(|row| row[0] == MINUTE) {
            if let Some(known) = known.iter().find(|known| known["customer_id"] == *row[1]) {
                assert_eq!(row[2], known["n"].to_string(), "{row:?}");
                let (total, sum) = (row[3].parse::<f64>().unwrap(), known["s"].as_f64().unwrap());
                assert!((total - sum).abs() <= sum * 1e-9, "{row:?} instead of {sum}");
            }
        }
    }
}

/// Update mode: the golden windows once, in the first batch; beside it the servers, over all that was read.
fn assert_does_the_exercise(tables: &[Table], output: &Output) {
    let exercise = with_columns(tables, &["window", "host", "avg_cpu", "max_mem", "nb_mesures"], output);
    let known = rows("batch/metrics-fenetres.rows.jsonl");
    for row in &known {
        let cells = [
            format!("{{{}, {}}}", time(&row["window"]["start"]), time(&row["window"]["end"])),
            row["host"].as_str().unwrap().to_owned(),
            row["avg_cpu"].to_string(),
            row["max_mem"].to_string(),
            row["nb_mesures"].to_string(),
        ];
        let batches: Vec<u64> = exercise
            .iter()
            .flat_map(|table| table.rows.iter().filter(|row| **row == cells).map(|_| table.batch))
            .collect();
        assert_eq!(batches, [0], "{cells:?}\n{output}");
    }
    let golden = exercise.iter().flat_map(|table| &table.rows);
    let golden = golden.filter(|row| row[0].starts_with("{2026-01-18 ")).count();
    assert_eq!(golden, known.len(), "{output}");

    let servers = with_columns(tables, &["host", "avg_cpu", "avg_mem", "nb_mesures"], output);
    let mut before = rows("records/metrics.jsonl").len() as u64;
    for table in servers {
        let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().unwrap();
        assert_eq!(table.rows.len(), 5, "{table:?}");
        assert!(
            table.rows.is_sorted_by(|one, next| number(one, 1) >= number(next, 1)),
            "{table:?}"
        );
        let read = table.rows.iter().map(|row| row[3].parse::<u64>().unwrap()).sum();
        assert!(before <= read, "{before} measurements, then {read}\n{output}");
        before = read;
    }
}

/// `2026-01-18T10:08:00.000000Z` as tables print it.
fn time(golden: &Value) -> String {
    golden
        .as_str()
        .unwrap()
        .replace('T', " ")
        .trim_end_matches(".000000Z")
        .to_owned()
}
