use super::cluster_test::*;
use super::*;
use futures::StreamExt as _;
use std::time::Instant;

fn rss() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore]
async fn latency() {
    let cluster = Cluster::new();
    let topic = cluster.topic("latency", 3).await;
    let mut settings = cluster.settings.clone();
    settings.set("linger.ms", "0");
    let mut producer = Producer::connect(&settings, cluster.notify()).await.unwrap();
    let t = Instant::now();
    let mut source = cluster.source(&topic, Mode::Stream).await;
    println!("connect {:?}", t.elapsed());
    let mut position = source.start().await.unwrap();
    println!("start {:?}", t.elapsed());
    let (mut all, mut acks) = (Vec::new(), Vec::new());
    for round in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let t = Instant::now();
        producer
            .send(
                &topic,
                ProduceRecord {
                    value: Some(b"x"),
                    partition: Some(round % 3),
                    ..Default::default()
                },
            )
            .await
            .unwrap();
        let flush = async {
            producer.flush().await.unwrap();
            t.elapsed()
        };
        let reading = async {
            loop {
                source.wait(&position).await.unwrap();
                let latest = source.latest().await.unwrap();
                let ranges = source.plan(&position, &latest, Pace::Trigger).unwrap();
                if ranges.values().any(|range| !range.is_empty()) {
                    let got: Vec<_> = source.read(&ranges).collect().await;
                    assert_eq!(got.len(), 1);
                    position = KafkaSource::until(&ranges);
                    return t.elapsed();
                }
            }
        };
        let (a, r) = tokio::join!(flush, reading);
        all.push(r);
        acks.push(a);
    }
    all.sort();
    acks.sort();
    println!(
        "produce to batch: p50 {:?} p90 {:?} p99 {:?}; ack p50 {:?}",
        all[100], all[180], all[198], acks[100]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore]
async fn throughput() {
    let cluster = Cluster::new();
    let topic = cluster.topic("through", 3).await;
    let mut producer = cluster.producer().await;
    let values: Vec<String> = crate::lab::orders(1).at_times(0..10_000).map(|r| r.value).collect();
    let n = if cluster.broker.is_some() { 20_000 } else { 600_000 };
    let t = Instant::now();
    for i in 0..n {
        producer
            .send(
                &topic,
                ProduceRecord {
                    value: Some(values[i % values.len()].as_bytes()),
                    partition: Some((i % 3) as i32),
                    ..Default::default()
                },
            )
            .await
            .unwrap();
    }
    producer.flush().await.unwrap();
    println!("produced {n} in {:?}; {}", t.elapsed(), rss());
    drop(producer);
    for _ in 0..2 {
        let mut source = cluster.source(&topic, Mode::Batch).await;
        let (from, until) = (source.start().await.unwrap(), source.end().await.unwrap());
        let ranges = source.plan(&from, &until, Pace::Drain).unwrap();
        let t = Instant::now();
        let mut stream = std::pin::pin!(source.read(&ranges));
        let mut rows = 0;
        let mut first = None;
        while let Some(batch) = stream.next().await {
            rows += batch.unwrap().len();
            first.get_or_insert(t.elapsed());
        }
        println!("read {rows} in {:?}, first {first:?}; {}", t.elapsed(), rss());
    }
}
