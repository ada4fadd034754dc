//! What holds without transactions, on the embedded broker too.

use std::sync::Mutex as StdMutex;

use super::*;
use crate::source::Mode;
use crate::source::cluster_test::{Cluster, positions, read_all, values};

pub(super) fn silent() -> Notify {
    Arc::new(|_| {})
}

/// Puts records without keys into partition 0.
pub(super) async fn write(transactions: &Transactions, topic: &str, values: &[&str]) -> Result<()> {
    let mut writing = transactions.begin().await?;
    for value in values {
        let record = ProduceRecord {
            value: Some(value.as_bytes()),
            partition: Some(0),
            ..ProduceRecord::default()
        };
        writing.send(topic, record).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_broker_has_no_transactions_and_that_is_said_once() {
    let cluster = Cluster::embedded();
    let topic = cluster.topic("plain", 1).await;
    let said = Arc::new(StdMutex::new(Vec::new()));
    let kept = Arc::clone(&said);
    let notify: Notify = Arc::new(move |text: &str| kept.lock().unwrap().push(text.to_owned()));
    let transactions = Transactions::open(&cluster.settings, "plain", &notify).await.unwrap();
    assert!(!transactions.is_transactional());
    assert_eq!(transactions.marker(), None);
    write(&transactions, &topic, &["a", "b"]).await.unwrap();
    transactions.flush().await.unwrap();
    let mut source = cluster.source(&topic, Mode::Batch).await;
    assert_eq!(values(&read_all(&mut source).await.unwrap())[&0], ["a", "b"]);
    write(&transactions, &topic, &["c"]).await.unwrap();
    transactions.commit(7, &positions(&topic, &[(0, 1)])).await.unwrap();
    assert_eq!(cluster.admin().topic(&topic).await.unwrap().records(), 3);
    assert_eq!(transactions.marker(), None);
    transactions.abort().await;
    assert_eq!(
        *said.lock().unwrap(),
        [
            "the embedded broker has no transactions: after a crash, rows since the last checkpoint may be in the topic twice"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_waited_for() {
    let cluster = Cluster::embedded();
    let topic = cluster.topic("away", 1).await;
    let broker = cluster.broker.as_ref().unwrap();
    let transactions = Transactions::without(&cluster.settings, Run::Stream, &silent())
        .await
        .unwrap();
    write(&transactions, &topic, &["a"]).await.unwrap();
    transactions.flush().await.unwrap();
    broker.set_up(false).unwrap();
    write(&transactions, &topic, &["b"]).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(1), transactions.flush()).await;
    assert!(waited.is_err(), "{waited:?}");
    broker.set_up(true).unwrap();
    transactions.flush().await.unwrap();
    assert_eq!(cluster.admin().topic(&topic).await.unwrap().records(), 2);
}
