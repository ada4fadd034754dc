//! On a real store: those with `WASMILL_TEST_S3` (its address; it has the bucket `bronze`) pass without a word where that
//! is not set.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use futures::TryStreamExt;

use super::*;
use crate::clock::ManualClock;
use crate::sink::{Finished, Run, Sink, SinkContext};
use crate::storage::{Stores, aws_variables, connect};

type Variables = Vec<(String, String)>;

fn variables(endpoint: &str, secret: &str) -> Variables {
    let pairs = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "minioadmin"),
        ("AWS_SECRET_ACCESS_KEY", secret),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The variables of the store to test with, if there is one.
fn real_store() -> Option<Variables> {
    match std::env::var("WASMILL_TEST_S3") {
        Ok(endpoint) => {
            let mut given = variables(&endpoint, "minioadmin123");
            given.extend(
                aws_variables()
                    .into_iter()
                    .filter(|(name, _)| !name.starts_with("AWS_ENDPOINT")),
            );
            Some(given)
        }
        Err(_) => {
            eprintln!("WASMILL_TEST_S3 is not set");
            None
        }
    }
}

fn context(aws_variables: Variables) -> SinkContext {
    SinkContext {
        print: crate::sink::standard_output(),
        terminal: false,
        run: Run::Batch,
        clock: Arc::new(ManualClock::new(0)),
        notify: Arc::new(|_| {}),
        commits: false,
        mark: None,
        stores: Stores::of_variables(aws_variables),
        kafka: None,
    }
}

fn numbers(from: i64, until: i64) -> RecordBatch {
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values(from..until));
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

async fn write(options: &ParquetOptions, variables: &Variables, rows: &RecordBatch) -> Finished {
    let mut sink = ParquetSink::open(options, rows.schema(), &context(variables.clone()))
        .await
        .unwrap();
    sink.write(0, rows).await.unwrap();
    sink.finish().await.unwrap()
}

async fn refused(url: &str, variables: Variables) -> String {
    let opened = ParquetSink::open(
        &ParquetOptions::new(url),
        numbers(0, 1).schema(),
        &context(variables.clone()),
    )
    .await;
    let report = opened.err().unwrap().report();
    report.replace(&variables[0].1, "ENDPOINT")
}

#[tokio::test]
async fn overwrite_and_append() {
    let Some(variables) = real_store() else { return };
    let (store, _) = connect("bronze", &variables).unwrap();
    let store = Arc::new(store);
    let prefix = format!("sink-test/{}", uuid::Uuid::new_v4());
    let mut options = ParquetOptions::new(format!("s3://bronze/{prefix}"));
    // Numbers that don't repeat: more than one part of an upload.
    let large = numbers(0, 3_000_000);
    options.compression = Compression::None;
    let finished = write(&options, &variables, &large).await;
    assert!(finished.bytes > 16 << 20, "{finished:?}");
    options.mode = SaveMode::Overwrite;
    write(&options, &variables, &numbers(0, 10)).await;
    options.mode = SaveMode::Append;
    write(&options, &variables, &numbers(10, 20)).await;

    let objects: Vec<_> = store.list(Some(&prefix.as_str().into())).try_collect().await.unwrap();
    let files: Vec<_> = objects
        .iter()
        .filter(|object| object.location.as_ref().ends_with(".parquet"))
        .collect();
    assert_eq!((objects.len(), files.len()), (3, 2));
    let mut rows = 0;
    for file in files {
        let bytes = store.get(&file.location).await.unwrap().bytes().await.unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .unwrap()
            .build()
            .unwrap();
        rows += reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>();
    }
    assert_eq!(rows, 20);
    for object in objects {
        store.delete(&object.location).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_refuses_says_why() {
    let Some(variables) = real_store() else { return };
    insta::assert_snapshot!(refused("s3://no-such-bucket/items", variables.clone()).await, @r#"
    error: there is no bucket `no-such-bucket`: `s3://no-such-bucket/items`: The specified bucket does not exist

    hint: create it there, or correct the address; asked was ENDPOINT (AWS_ENDPOINT_URL)
    "#);
    // The last of a name counts.
    let mut wrong = variables;
    wrong.push(("AWS_SECRET_ACCESS_KEY".to_owned(), "wrong".to_owned()));
    insta::assert_snapshot!(refused("s3://bronze/items", wrong).await, @r#"
    error: the store refused the credentials (`SignatureDoesNotMatch`): `s3://bronze/items`: The request signature we calculated does not match the signature you provided. Check your key and signing method.

    hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN
    "#);
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens() {
    let report = refused("s3://bronze/items", variables("http://127.0.0.1:1", "secret")).await;
    // The number is the system's.
    let report = report.split(" (os error").next().unwrap().to_owned() + report.split(')').nth(1).unwrap_or("");
    insta::assert_snapshot!(report, @r#"
    error: no answer from ENDPOINT: `s3://bronze/items`: Connection refused

    hint: is the store running, and is AWS_ENDPOINT_URL its address?
    "#);
}
