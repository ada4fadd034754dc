use arrow::array::{ArrayRef, Int32Array, StringArray};

use super::*;
use crate::clock::SystemClock;
use crate::error::Kind;
use crate::sink::{Run, SinkSpec};
use crate::source::Mode;
use crate::source::cluster_test::{Cluster, read_all, values};
use crate::storage::Stores;

fn context(transactions: &Arc<Transactions>) -> SinkContext {
    SinkContext {
        run: Run::Stream,
        clock: Arc::new(SystemClock),
        notify: Arc::new(|_| {}),
        print: crate::sink::standard_output(),
        terminal: false,
        stores: Stores::of_variables(Vec::new()),
        commits: false,
        mark: None,
        kafka: Some(Arc::clone(transactions)),
    }
}

async fn without(cluster: &Cluster) -> Arc<Transactions> {
    let notify: crate::storage::Notify = Arc::new(|_| {});
    let opened = Transactions::without(&cluster.settings, Run::Batch, &notify).await;
    Arc::new(opened.unwrap())
}

fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

async fn open(
    options: KafkaSinkOptions,
    rows: &RecordBatch,
    transactions: &Arc<Transactions>,
) -> Result<Box<dyn Sink>> {
    let spec = SinkSpec::Kafka(options);
    spec.open(rows.schema(), &context(transactions)).await
}

fn to(topic: &str) -> KafkaSinkOptions {
    KafkaSinkOptions {
        topic: Some(topic.to_owned()),
        key: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_in_the_topic_when_it_ends() {
    let cluster = Cluster::new();
    let topic = cluster.topic("sink", 2).await;
    let transactions = without(&cluster).await;
    assert!(!transactions.is_transactional());
    let partition: ArrayRef = Arc::new(Int32Array::from(vec![1, 0, 1]));
    let rows = rows(vec![("value", texts(&["a", "b", "c"])), ("partition", partition)]);
    let mut sink = open(to(&topic), &rows, &transactions).await.unwrap();
    sink.write(0, &rows).await.unwrap();
    sink.write(0, &rows.slice(0, 1)).await.unwrap();
    sink.end_batch(0).await.unwrap();
    let mut source = cluster.source(&topic, Mode::Batch).await;
    let seen = values(&read_all(&mut source).await.unwrap());
    assert_eq!(seen[&0], ["b"]);
    assert_eq!(seen[&1], ["a", "c", "a"]);
    sink.write(1, &rows).await.unwrap();
    let finished = sink.finish().await.unwrap();
    assert_eq!((finished.rows, finished.files), (7, 0));
    assert_eq!(cluster.admin().topic(&topic).await.unwrap().records(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_where_kafkas_tools_put_it() {
    let cluster = Cluster::new();
    let topic = cluster.topic("keyed", 8).await;
    let transactions = without(&cluster).await;
    let rows = rows(vec![("customer", texts(&["CUST-001", "CUST-002", "CUST-001"]))]);
    let options = KafkaSinkOptions {
        key: Some("customer".to_owned()),
        ..to(&topic)
    };
    let mut sink = open(options, &rows, &transactions).await.unwrap();
    sink.write(0, &rows).await.unwrap();
    sink.finish().await.unwrap();
    let mut source = cluster.source(&topic, Mode::Batch).await;
    let mut seen = Vec::new();
    for records in read_all(&mut source).await.unwrap() {
        for row in 0..records.len() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            seen.push((
                records.partitions().value(row),
                text(records.keys().value(row)),
                text(records.values().value(row)),
            ));
        }
    }
    seen.sort();
    let record = |partition, key: &str| (partition, key.to_owned(), format!(r#"{{"customer":"{key}"}}"#));
    // By Java's murmur2: 6 and 4 of 8.
    let expected = [record(4, "CUST-002"), record(6, "CUST-001"), record(6, "CUST-001")];
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_name_their_topics() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.topic("one", 1).await, cluster.topic("two", 1).await);
    let transactions = without(&cluster).await;
    let rows = rows(vec![
        ("topic", texts(&[&one, &two, &one])),
        ("value", texts(&["a", "b", "c"])),
    ]);
    let mut sink = open(KafkaSinkOptions::default(), &rows, &transactions).await.unwrap();
    sink.write(0, &rows).await.unwrap();
    sink.end_batch(0).await.unwrap();
    for (topic, expected) in [(one, vec!["a", "c"]), (two, vec!["b"])] {
        let mut source = cluster.source(&topic, Mode::Batch).await;
        assert_eq!(values(&read_all(&mut source).await.unwrap())[&0], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_partitions_that_are_not_there_are_told() {
    let cluster = Cluster::new();
    let topic = cluster.topic("there", 2).await;
    let transactions = without(&cluster).await;
    let missing = format!("{topic}-not");
    let plain = rows(vec![("value", texts(&["a"]))]);
    let fault = open(to(&missing), &plain, &transactions).await.err().unwrap();
    assert_eq!(fault.kind(), Kind::Refused);
    let said = fault.to_string();
    assert!(
        said.starts_with(&format!("there is no topic `{missing}` on `")),
        "{said}"
    );
    assert!(
        fault
            .advice()
            .unwrap()
            .contains(&format!("wasmill topics create {missing}"))
    );

    let named = rows(vec![("value", texts(&["a"])), ("topic", texts(&[&missing]))]);
    let mut sink = open(KafkaSinkOptions::default(), &named, &transactions).await.unwrap();
    let said = sink.write(3, &named).await.unwrap_err().to_string();
    assert!(
        said.starts_with(&format!("there is no topic `{missing}` on `")),
        "{said}"
    );
    assert!(said.ends_with(": batch 3"), "{said}");

    let partition: ArrayRef = Arc::new(Int32Array::from(vec![2]));
    let far = rows(vec![("value", texts(&["a"])), ("partition", partition)]);
    let mut sink = open(to(&topic), &far, &transactions).await.unwrap();
    let fault = sink.write(0, &far).await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!("topic `{topic}` has no partition 2: batch 0")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_client_holds_is_written_in_order() {
    let cluster = Cluster::new();
    let topic = cluster.topic("many", 1).await;
    let transactions = {
        let mut settings = cluster.settings.clone();
        settings.set("queue.buffering.max.messages", "100");
        let notify: crate::storage::Notify = Arc::new(|_| {});
        Arc::new(Transactions::without(&settings, Run::Stream, &notify).await.unwrap())
    };
    let numbers: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let rows = rows(vec![("value", texts(&numbers))]);
    let mut sink = open(to(&topic), &rows, &transactions).await.unwrap();
    sink.write(0, &rows).await.unwrap();
    sink.end_batch(0).await.unwrap();
    let mut source = cluster.source(&topic, Mode::Batch).await;
    assert_eq!(values(&read_all(&mut source).await.unwrap())[&0], numbers);
}
