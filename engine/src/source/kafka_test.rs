use std::time::Duration;

use arrow::array::{Array as _, AsArray as _};

use super::super::cluster_test::*;
use super::super::{ProduceRecord, Replay, ReplayRecord};
use super::*;

pub(super) const NEVER: Duration = Duration::from_secs(30);

fn golden(name: &str) -> Vec<ReplayRecord> {
    let path = format!(
        "{}/../tests/fixtures/golden/records/{name}.jsonl",
        env!("CARGO_MANIFEST_DIR")
    );
    Replay::open(path).unwrap().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn golden_records_come_out_as_they_went_in() {
    let cluster = Cluster::new();
    for name in ["dirty", "orders-2000", "logs"] {
        let sent = golden(name);
        let topic = cluster.topic(name, 3).await;
        cluster.produce_all(&topic, &sent).await;
        let mut source = cluster.source(&topic, Mode::Batch).await;
        let batches = read_all(&mut source).await.unwrap();

        let mut expected = sent.clone();
        expected.sort_by_key(|record| (record.partition, record.offset));
        assert_eq!(count(&batches), expected.len(), "{name}");
        let mut expected = expected.iter();
        for batch in &batches {
            for row in 0..batch.len() {
                let record = expected.next().unwrap();
                assert_eq!(batch.topics().value(row), topic);
                assert_eq!(Some(batch.partitions().value(row)), record.partition);
                assert_eq!(
                    Some(batch.offsets().value(row)),
                    record.offset,
                    "{name}: {}",
                    batch.place(row)
                );
                assert_eq!(batch.timestamps().value(row), record.timestamp_ms.unwrap() * 1000);
                let key = batch.keys().is_valid(row).then(|| batch.keys().value(row).to_vec());
                let value = batch.values().is_valid(row).then(|| batch.values().value(row).to_vec());
                assert_eq!(
                    (&key, &value),
                    (&record.key, &record.value),
                    "{name}: {}",
                    batch.place(row)
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_where_javas_tools_put_them() {
    // `toPositive(murmur2(key)) % 3`, as Kafka's Java producer has it.
    let keys = [
        ("CUST-001", 2),
        ("CUST-004", 1),
        ("CUST-017", 0),
        ("api", 0),
        ("payment", 2),
        ("kafka", 1),
        ("21", 0),
    ];
    let cluster = Cluster::new();
    let topic = cluster.topic("keys", 3).await;
    let records = keys.map(|(key, _)| ReplayRecord {
        key: Some(key.into()),
        ..ReplayRecord::default()
    });
    cluster.produce_all(&topic, &records).await;
    let mut source = cluster.source(&topic, Mode::Batch).await;
    for batch in read_all(&mut source).await.unwrap() {
        for row in 0..batch.len() {
            let (_, partition) = keys
                .iter()
                .find(|(key, _)| key.as_bytes() == batch.keys().value(row))
                .unwrap();
            assert_eq!(
                batch.partitions().value(row),
                *partition,
                "{}",
                String::from_utf8_lossy(batch.keys().value(row))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_tombstones_and_empty_values_are_kept_apart() {
    let cluster = Cluster::new();
    let topic = cluster.topic("headers", 1).await;
    let header = |key: &str, value: Option<&str>| (key.to_owned(), value.map(|value| value.as_bytes().to_vec()));
    cluster
        .produce_all(
            &topic,
            &[
                ReplayRecord {
                    value: Some(b"x".to_vec()),
                    headers: vec![header("a", Some("1")), header("a", None), header("b", Some(""))],
                    ..ReplayRecord::default()
                },
                ReplayRecord {
                    key: Some(b"k".to_vec()),
                    ..ReplayRecord::default()
                },
                ReplayRecord {
                    key: Some(Vec::new()),
                    value: Some(Vec::new()),
                    ..ReplayRecord::default()
                },
            ],
        )
        .await;
    let mut options = cluster.options(&topic);
    options.include_headers = true;
    let mut source = cluster.connect(options, Mode::Batch).await.unwrap();
    let batches = read_all(&mut source).await.unwrap();
    let batch = &batches[0];
    let headers = batch.headers().unwrap();
    let first = headers.value(0);
    let (keys, values) = (
        first.as_struct().column(0).as_string::<i32>(),
        first.as_struct().column(1).as_binary::<i32>(),
    );
    assert_eq!(keys.iter().flatten().collect::<Vec<_>>(), ["a", "a", "b"]);
    assert_eq!(
        values.iter().collect::<Vec<_>>(),
        [Some(&b"1"[..]), None, Some(&b""[..])]
    );
    assert!(headers.is_null(1), "a record without headers has null");
    assert!(batch.values().is_null(1), "a tombstone");
    assert!(
        batch.keys().is_valid(2) && batch.values().is_valid(2),
        "empty is not null"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_facts_that_can_be_repeated() {
    let cluster = Cluster::new();
    let topic = cluster.topic("ranges", 2).await;
    let texts: Vec<String> = (0..20).map(|n| format!("v{n}")).collect();
    let records: Vec<(i32, &str)> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| ((n % 2) as i32, text.as_str()))
        .collect();
    cluster.produce(&topic, &records).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;

    let first = ranges(&topic, &[(0, 0, 3), (1, 2, 2)]);
    let batches = read(&mut source, &first).await.unwrap();
    assert_eq!(
        values(&batches),
        [(0, vec!["v0".to_owned(), "v2".to_owned(), "v4".to_owned()])].into()
    );
    // The next, the same again, one before, and one further on.
    for (from, until) in [(3, 5), (3, 5), (0, 2), (8, 10)] {
        let batches = read(&mut source, &ranges(&topic, &[(0, from, until), (1, from, until)]))
            .await
            .unwrap();
        let expected = |partition: i64| {
            (from..until)
                .map(|offset| format!("v{}", offset * 2 + partition))
                .collect()
        };
        assert_eq!(
            values(&batches),
            [(0, expected(0)), (1, expected(1))].into(),
            "{from} to {until}"
        );
    }
    // A reader that is dropped in the middle costs nothing but its records.
    drop(source.read(&ranges(&topic, &[(0, 0, 10)])));
    assert_eq!(
        count(
            &read(&mut source, &ranges(&topic, &[(0, 0, 10), (1, 0, 10)]))
                .await
                .unwrap()
        ),
        20
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_reads_what_comes_soon_after_it_came() {
    let cluster = Cluster::new();
    let topic = cluster.topic("live", 3).await;
    cluster.produce(&topic, &[(0, "old")]).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let mut position = source.start().await.unwrap();
    assert_eq!(
        position,
        positions(&topic, &[(0, 1), (1, 0), (2, 0)]),
        "a stream starts at the latest offsets"
    );

    let mut producer = cluster.producer().await;
    let mut seen = Vec::new();
    for round in 0..20 {
        let (partition, value) = (round % 3, format!("new{round}"));
        let record = ProduceRecord {
            value: Some(value.as_bytes()),
            partition: Some(partition),
            ..ProduceRecord::default()
        };
        producer.send(&topic, record).await.unwrap();
        let batches = next_batch(&mut source, &mut position).await;
        seen.push(values(&batches));
        assert_eq!(seen[round as usize], [(partition, vec![value])].into());
    }
}

pub(super) async fn next_batch(source: &mut KafkaSource, position: &mut Offsets) -> Vec<Records> {
    let waited = tokio::time::timeout(NEVER, async {
        loop {
            source.wait(position).await.unwrap();
            let latest = source.latest().await.unwrap();
            let ranges = source.plan(position, &latest, Pace::Trigger).unwrap();
            if ranges.values().any(|range| !range.is_empty()) {
                *position = KafkaSource::until(&ranges);
                return read(source, &ranges).await.unwrap();
            }
        }
    });
    waited.await.expect("a batch")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_shared_and_everything_comes_once() {
    let cluster = Cluster::new();
    let topic = cluster.topic("rate", 3).await;
    let records: Vec<(i32, &str)> = (0..120).map(|n| (if n < 100 { 0 } else { 1 }, "x")).collect();
    cluster.produce(&topic, &records).await;
    let mut options = cluster.options(&topic);
    options.starting = Some(Positions::Earliest);
    options.max_offsets_per_trigger = Some(12);
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    let (mut position, end) = (source.start().await.unwrap(), source.latest().await.unwrap());
    let mut sizes = Vec::new();
    while position != end {
        let ranges = source.plan(&position, &end, Pace::Drain).unwrap();
        sizes.push(count(&read(&mut source, &ranges).await.unwrap()));
        position = KafkaSource::until(&ranges);
    }
    assert_eq!(sizes, [12; 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_records_are_held_back_but_not_when_draining() {
    let cluster = Cluster::new();
    let topic = cluster.topic("held", 1).await;
    let mut options = cluster.options(&topic);
    options.starting = Some(Positions::Earliest);
    options.min_offsets_per_trigger = Some(5);
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    cluster.produce(&topic, &[(0, "a")]).await;
    let position = source.start().await.unwrap();
    let latest = source.latest().await.unwrap();
    let first = source.plan(&position, &latest, Pace::Trigger).unwrap();
    assert_eq!(first, ranges(&topic, &[(0, 0, 1)]), "the first batch waits for nothing");
    cluster.produce(&topic, &[(0, "b")]).await;
    let position = KafkaSource::until(&first);
    let latest = source.latest().await.unwrap();
    assert_eq!(
        source.plan(&position, &latest, Pace::Trigger).unwrap(),
        ranges(&topic, &[(0, 1, 1)])
    );
    assert_eq!(
        source.plan(&position, &latest, Pace::Drain).unwrap(),
        ranges(&topic, &[(0, 1, 2)])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_found_as_the_options_say() {
    let cluster = Cluster::new();
    let topic = cluster.topic("where", 2).await;
    cluster.produce(&topic, &[(0, "a"), (0, "b"), (1, "c")]).await;
    let given = |offsets: &[(i32, i64)]| Some(Positions::Offsets(positions(&topic, offsets)));

    let mut options = cluster.options(&topic);
    options.starting = given(&[(0, 1), (1, -2)]);
    options.ending = given(&[(0, -1), (1, 1)]);
    let mut source = cluster.connect(options.clone(), Mode::Batch).await.unwrap();
    assert_eq!(source.start().await.unwrap(), positions(&topic, &[(0, 1), (1, 0)]));
    assert_eq!(source.end().await.unwrap(), positions(&topic, &[(0, 2), (1, 1)]));
    assert_eq!(
        values(&read_all(&mut source).await.unwrap()),
        [(0, vec!["b".to_owned()]), (1, vec!["c".to_owned()])].into()
    );

    options.starting = given(&[(0, 1)]);
    options.ending = given(&[(0, 1), (1, 1), (7, 1)]);
    let mut source = cluster.connect(options, Mode::Batch).await.unwrap();
    assert_eq!(
        source.start().await.unwrap_err().to_string(),
        format!("`starting_offsets` leaves partitions out: source `raw`: topic `{topic}` partition 1")
    );
    assert_eq!(
        source.end().await.unwrap_err().to_string(),
        format!("`ending_offsets` names partitions that are not there: source `raw`: topic `{topic}` partition 7")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_and_assignments_choose_partitions() {
    let cluster = Cluster::new();
    let (a, b) = (cluster.topic("pick-a", 2).await, cluster.topic("pick-b", 1).await);
    cluster.topic("other-pick-a", 1).await;
    let mut options = cluster.options("");
    let suffix = a.trim_start_matches("pick-a").split('-').nth(1).unwrap();
    options.subscription = Subscription::Pattern(format!("pick-.*{suffix}.*"));
    let mut source = cluster.connect(options.clone(), Mode::Batch).await.unwrap();
    let found: Vec<TopicPartition> = source
        .start()
        .await
        .unwrap()
        .into_keys()
        .filter(|one| *one.topic == *a || *one.topic == *b)
        .collect();
    assert_eq!(found, [at(&a, 0), at(&a, 1), at(&b, 0)]);
    assert!(
        source
            .start()
            .await
            .unwrap()
            .keys()
            .all(|one| one.topic.starts_with("pick-")),
        "the whole name must match"
    );

    options.subscription = Subscription::Partitions([at(&a, 1)].into());
    let mut source = cluster.connect(options.clone(), Mode::Batch).await.unwrap();
    assert_eq!(source.start().await.unwrap(), positions(&a, &[(1, 0)]));
    assert_eq!(source.description(), format!("KafkaV2[Assign[{a}-1]]"));
    options.subscription = Subscription::Partitions([at(&a, 5)].into());
    let fault = cluster.connect(options, Mode::Batch).await.err().unwrap();
    assert_eq!(
        fault.to_string(),
        format!("there is no topic `{a}` partition 5: source `raw`")
    );
    assert_eq!(
        cluster.source(&b, Mode::Batch).await.description(),
        format!("KafkaV2[Subscribe[{b}]]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_ten_megabytes_pass() {
    let cluster = match real_only() {
        Some(cluster) => cluster,
        // The embedded broker keeps a large record only as long as it is alone.
        None => Cluster::embedded(),
    };
    let topic = cluster
        .topic_with("large", 2, &[("max.message.bytes", "20000000")])
        .await;
    let large = "y".repeat(if cluster.broker.is_some() { 4 << 20 } else { 10 << 20 });
    cluster.produce(&topic, &[(0, large.as_str()), (1, "small")]).await;
    let mut source = cluster.source(&topic, Mode::Batch).await;
    let batches = read_all(&mut source).await.unwrap();
    assert_eq!(count(&batches), 2);
    assert_eq!(batches[0].values().value(0).len(), large.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_come_in_batches_of_columns() {
    let cluster = Cluster::new();
    let topic = cluster.topic("many", 2).await;
    let records: Vec<(i32, &str)> = (0..40_000).map(|n| (n % 2, "0123456789")).collect();
    cluster.produce(&topic, &records).await;
    let mut source = cluster.source(&topic, Mode::Batch).await;
    let batches = read_all(&mut source).await.unwrap();
    assert_eq!(count(&batches), 40_000);
    assert!(batches.iter().all(|batch| batch.len() <= 8192));
    assert_eq!(batches.len(), 5);
    let order: Vec<(i32, i64)> = batches
        .iter()
        .flat_map(|batch| {
            batch
                .partitions()
                .values()
                .iter()
                .copied()
                .zip(batch.offsets().values().iter().copied())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(order.is_sorted());
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_appear_later_are_read_from_their_first_record() {
    let cluster = Cluster::new();
    let first = cluster.topic("later-a", 1).await;
    cluster.produce(&first, &[(0, "before")]).await;
    let mut options = cluster.options("");
    // This test's own topics, on a broker that others use too.
    let own = format!("later-[ab]-{}-.*", std::process::id());
    options.subscription = Subscription::Pattern(own);
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    let mut position = source.start().await.unwrap();
    assert_eq!(position, positions(&first, &[(0, 1)]));

    let second = cluster.topic("later-b", 2).await;
    cluster.produce(&second, &[(1, "new")]).await;
    let batches = next_batch(&mut source, &mut position).await;
    assert_eq!(values(&batches), [(1, vec!["new".to_owned()])].into());
    assert!(
        cluster
            .said()
            .iter()
            .any(|notice| matches!(notice, Notice::NewPartitions { .. })),
        "{:?}",
        cluster.said()
    );
    cluster.produce(&second, &[(0, "more")]).await;
    assert_eq!(count(&next_batch(&mut source, &mut position).await), 1);
}
