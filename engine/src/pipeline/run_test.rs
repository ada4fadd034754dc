use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::super::testing::{Heard, pipeline, records_file, resources};
use super::*;

/// Runs a pipeline over a file's records into Parquet, and gives what was heard of it.
async fn run_over(lines: &[&str], trigger: &str, mode: Mode) -> (Summary, Arc<Heard>) {
    let folder = tempfile::tempdir().unwrap();
    let records = records_file(folder.path(), lines);
    let text = format!(
        "name = \"essai\"\ntrigger = \"{trigger}\"\n[source.raw]\nreplay = \"{}\"\n\
         [table.two]\nsql = \"SELECT offset FROM raw WHERE offset < 2\"\n\
         [sink.all]\nfrom = \"raw\"\nparquet = \"all\"\n[sink.two]\nfrom = \"two\"\nparquet = \"two\"\n",
        records.display()
    );
    let heard = Arc::new(Heard::default());
    let plan = pipeline(folder.path(), &text, &[])
        .plan(mode, &resources(heard.clone()))
        .await;
    let (_keep, stop) = watch::channel(false);
    let options = RunOptions::new(stop, heard.clone());
    let summary = run(plan.unwrap(), options).await.unwrap();
    (summary, heard)
}

#[tokio::test]
async fn a_file_is_one_batch_and_then_the_end() {
    for (trigger, mode) in [
        ("once", Mode::Batch),
        ("available-now", Mode::Stream),
        ("as-soon-as-possible", Mode::Stream),
        ("50 milliseconds", Mode::Stream),
    ] {
        let (summary, heard) = run_over(&["{}", "{}", "{}"], trigger, mode).await;
        assert_eq!((summary.batches, summary.records), (1, 3), "{trigger}");
        // It has no modules to name.
        let batches = heard.batches.lock().unwrap();
        assert_eq!(batches[0]["observedMetrics"], serde_json::json!({}));
        drop(batches);
        let rows: Vec<(&str, u64)> = summary
            .sinks
            .iter()
            .map(|(name, wrote)| (name.as_str(), wrote.rows))
            .collect();
        assert_eq!(rows, [("all", 3), ("two", 2)], "{trigger}");
        assert_eq!(heard.batches.lock().unwrap().len(), 1, "{trigger}");
    }
}

#[tokio::test]
async fn nothing_to_read_says_so() {
    let (summary, heard) = run_over(&[], "once", Mode::Batch).await;
    assert_eq!((summary.batches, summary.records), (1, 0));
    assert_eq!(
        *heard.notices.lock().unwrap(),
        ["0 records; the file of source `raw` is empty"]
    );
    let (summary, _) = run_over(&[], "available-now", Mode::Stream).await;
    // As Spark, which begins with a batch of nothing.
    assert_eq!((summary.batches, summary.records), (1, 0));
}

/// The names in an object and in the objects within, as `sources[].metrics.minOffsetsBehindLatest`.
fn names(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                names(value, &path, into);
                into.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, &format!("{path}[]"), into)),
        _ => {}
    }
}

fn names_of(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    names(value, "", &mut found);
    found
}

/// Spark's example has a watermark and state, which this pipeline has not; and each engine has phases of its own.
fn is_common(name: &str) -> bool {
    let of_state = [".eventTime.", ".stateOperators["];
    !of_state.iter().any(|part| name.starts_with(part))
        && !name.starts_with(".durationMs.")
        && !name.starts_with(".sink.metrics.")
}

#[tokio::test]
async fn progress_has_spark_s_names_and_nesting() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden/stream/progress-example.json");
    let example: Value = serde_json::from_str(&std::fs::read_to_string(example).unwrap()).unwrap();
    let (_, heard) = run_over(&["{}", "{}", "{}"], "available-now", Mode::Stream).await;
    let ours = heard.batches.lock().unwrap()[0].clone();

    let common = |value: &Value| {
        names_of(value)
            .into_iter()
            .filter(|name| is_common(name))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(common(&ours), common(&example[0]));
    let order = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(order(&ours), order(&example[0]));
    assert_eq!(order(&ours["sources"][0]), order(&example[0]["sources"][0]));
    for phase in ["triggerExecution", "latestOffset", "addBatch"] {
        assert!(ours["durationMs"][phase].is_u64(), "{phase} in {ours}");
    }

    assert_eq!(ours["name"], "essai");
    assert_eq!(ours["batchId"], 0);
    assert_eq!(ours["numInputRows"], 3);
    assert_eq!(ours["sources"][0]["startOffset"], Value::Null);
    assert_eq!(ours["sources"][0]["endOffset"], r#"{"raw":{"0":3}}"#);
    assert_eq!(ours["sources"][0]["metrics"]["maxOffsetsBehindLatest"], "0");
    assert_eq!(ours["sink"]["numOutputRows"], 5);
    assert_eq!(ours["sink"]["metrics"]["two"], "2");
    assert!(chrono::DateTime::parse_from_rfc3339(ours["timestamp"].as_str().unwrap()).is_ok());
}
