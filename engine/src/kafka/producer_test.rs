use super::*;
use crate::source::cluster_test::*;

fn large(size: usize) -> Vec<u8> {
    vec![b'x'; size]
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_records_are_counted() {
    let cluster = Cluster::new();
    let topic = cluster.topic("counted", 1).await;
    let mut producer = cluster.producer().await;
    assert_eq!(producer.flush().await.unwrap(), 0);
    for _ in 0..1000 {
        producer
            .send(
                &topic,
                ProduceRecord {
                    value: Some(b"x"),
                    ..ProduceRecord::default()
                },
            )
            .await
            .unwrap();
    }
    assert_eq!(producer.flush().await.unwrap(), 1000);
    assert_eq!(cluster.admin().topic(&topic).await.unwrap().records(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_is_not_there_is_refused() {
    let cluster = Cluster::new();
    let topic = cluster.topic("narrow", 2).await;
    let mut producer = cluster.producer().await;
    let fault = producer
        .send(
            &topic,
            ProduceRecord {
                partition: Some(2),
                ..ProduceRecord::default()
            },
        )
        .await
        .unwrap_err();
    assert_eq!(fault.to_string(), format!("topic `{topic}` has no partition 2"));
    assert_eq!(fault.advice(), Some("it has 2, numbered from 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_that_was_not_delivered_is_named() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic_with("small", 1, &[("max.message.bytes", "1000")]).await;
    let mut producer = cluster.producer().await;
    producer
        .send(
            &topic,
            ProduceRecord {
                value: Some(b"fits"),
                ..ProduceRecord::default()
            },
        )
        .await
        .unwrap();
    producer.flush().await.unwrap();
    let value = large(5000);
    producer
        .send(
            &topic,
            ProduceRecord {
                value: Some(&value),
                ..ProduceRecord::default()
            },
        )
        .await
        .unwrap();
    let fault = producer.flush().await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!("record 2 was not delivered: topic `{topic}` partition 0: message size too large")
    );
    assert_eq!(
        fault.advice(),
        Some("the topic's `max.message.bytes` is smaller than this record")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_broker_does_not_swallow_what_it_can_not_keep() {
    let cluster = Cluster::embedded();
    let topic = cluster.topic("tight", 1).await;
    let mut producer = cluster.producer().await;
    let value = large(6 << 20);
    let fault = producer
        .send(
            &topic,
            ProduceRecord {
                value: Some(&value),
                ..ProduceRecord::default()
            },
        )
        .await
        .unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("record 1 is too large for the embedded broker: 6291456 bytes"),
        "{fault}"
    );
}
