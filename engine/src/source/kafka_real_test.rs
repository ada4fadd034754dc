//! What only a real Kafka does: offsets by time, transactions, compaction, topics that are deleted or grow. Without
//! `WASMILL_TEST_KAFKA` these tests have nothing to run on and pass.

use std::time::Duration;

use super::super::cluster_test::*;
use super::super::{ByTimestampStrategy, ReplayRecord};
use super::tests::{NEVER, next_batch};
use super::*;
use crate::error::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_found_by_time() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("times", 2).await;
    let record = |partition, timestamp_ms| ReplayRecord {
        partition: Some(partition),
        timestamp_ms: Some(timestamp_ms),
        value: Some(b"x".to_vec()),
        ..ReplayRecord::default()
    };
    cluster
        .produce_all(
            &topic,
            &[record(0, 1000), record(0, 2000), record(0, 3000), record(1, 1500)],
        )
        .await;
    let mut options = cluster.options(&topic);
    options.starting = Some(Positions::Timestamp(1200));
    options.ending = Some(Positions::Timestamps(positions(&topic, &[(0, 2500), (1, 9000)])));
    let mut source = cluster.connect(options.clone(), Mode::Batch).await.unwrap();
    assert_eq!(source.start().await.unwrap(), positions(&topic, &[(0, 1), (1, 0)]));
    assert_eq!(
        source.end().await.unwrap(),
        positions(&topic, &[(0, 2), (1, 1)]),
        "no later record: the end"
    );

    options.starting = Some(Positions::Timestamp(2000));
    let mut source = cluster.connect(options.clone(), Mode::Batch).await.unwrap();
    assert_eq!(
        source.start().await.unwrap_err().to_string(),
        format!("no record is as young as `starting_timestamp` says: source `raw`: topic `{topic}` partition 1")
    );
    options.starting_strategy = ByTimestampStrategy::Latest;
    let mut source = cluster.connect(options, Mode::Batch).await.unwrap();
    assert_eq!(source.start().await.unwrap(), positions(&topic, &[(0, 1), (1, 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_are_added_are_read_from_their_first_record() {
    use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("added", 1).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let mut position = source.start().await.unwrap();
    let admin: AdminClient<_> = cluster.settings.client_config().unwrap().create().unwrap();
    admin
        .create_partitions([&NewPartitions::new(&topic, 3)], &AdminOptions::new())
        .await
        .unwrap()[0]
        .as_ref()
        .unwrap();
    while cluster
        .admin()
        .topic(&topic)
        .await
        .map_or(0, |topic| topic.partitions.len())
        < 3
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cluster.produce(&topic, &[(2, "x")]).await;
    assert_eq!(
        values(&next_batch(&mut source, &mut position).await),
        [(2, vec!["x".to_owned()])].into()
    );
    assert_eq!(position, positions(&topic, &[(0, 0), (1, 0), (2, 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_deleted_while_it_is_read_ends_the_run_or_is_said() {
    let Some(cluster) = real_only() else { return };
    for fail in [true, false] {
        let topic = cluster.topic("deleted", 1).await;
        cluster.produce(&topic, &[(0, "a"), (0, "b")]).await;
        let mut options = cluster.options(&topic);
        options.fail_on_data_loss = fail;
        let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
        assert_eq!(
            count(&read(&mut source, &ranges(&topic, &[(0, 0, 1)])).await.unwrap()),
            1
        );
        cluster.admin().delete(&topic).await.unwrap();
        // A record that was fetched already may still come; the ones after it can't.
        let result = read(&mut source, &ranges(&topic, &[(0, 1, 9)])).await;
        if fail {
            let fault = result.unwrap_err();
            assert_eq!(fault.kind(), Kind::Data);
            assert!(
                fault
                    .to_string()
                    .contains("the topic was deleted while it was read; offsets"),
                "{fault}"
            );
            let fault = source
                .plan(&positions(&topic, &[(0, 1)]), &Offsets::new(), Pace::Trigger)
                .err();
            assert!(fault.is_none(), "a batch with an end for some partitions only");
        } else {
            assert!(count(&result.unwrap()) <= 1);
            assert!(
                cluster
                    .said()
                    .iter()
                    .any(|notice| matches!(notice, Notice::DataLoss { .. }))
            );
            tokio::time::sleep(LOOK_AROUND).await;
            assert_eq!(source.latest().await.unwrap(), Offsets::new());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_of_transactions_are_passed() {
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("gaps", 1).await;
    let name = topic.clone();
    let mut config = cluster.settings.client_config().unwrap();
    config.set("transactional.id", &topic);
    tokio::task::spawn_blocking(move || {
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(NEVER).unwrap();
        for (values, commit) in [(["a", "b"], true), (["c", "d"], false), (["e", "f"], true)] {
            producer.begin_transaction().unwrap();
            for value in values {
                producer
                    .send(BaseRecord::<(), str>::to(&name).partition(0).payload(value))
                    .ok()
                    .unwrap();
            }
            if commit {
                producer.commit_transaction(NEVER).unwrap()
            } else {
                producer.flush(NEVER).unwrap();
                producer.abort_transaction(NEVER).unwrap();
            }
        }
    })
    .await
    .unwrap();

    // Offsets: a 0, b 1, marker 2, c 3, d 4, marker 5, e 6, f 7, marker 8.
    let mut source = cluster.source(&topic, Mode::Batch).await;
    assert_eq!(source.end().await.unwrap(), positions(&topic, &[(0, 9)]));
    let text = |batches: Vec<Records>| values(&batches).remove(&0).unwrap_or_default().concat();
    assert_eq!(
        text(read_all(&mut source).await.unwrap()),
        "abcdef",
        "Spark, too, reads what was not committed"
    );
    // Batches that end in a gap, consist of one, or begin in one.
    for (from, until, expected) in [
        (0, 3, "ab"),
        (2, 3, ""),
        (3, 6, "cd"),
        (5, 7, "e"),
        (7, 9, "f"),
        (8, 9, ""),
    ] {
        assert_eq!(
            text(read(&mut source, &ranges(&topic, &[(0, from, until)])).await.unwrap()),
            expected,
            "{from} to {until}"
        );
    }

    let mut options = cluster.options(&topic);
    options.client.set("isolation.level", "read_committed");
    let mut source = cluster.connect(options, Mode::Batch).await.unwrap();
    assert_eq!(text(read_all(&mut source).await.unwrap()), "abef");
    for (from, until, expected) in [(3, 6, ""), (0, 5, "ab"), (4, 9, "ef")] {
        assert_eq!(
            text(read(&mut source, &ranges(&topic, &[(0, from, until)])).await.unwrap()),
            expected,
            "{from} to {until}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_records_are_lost_data() {
    use rdkafka::admin::{AdminClient, AdminOptions};
    use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("shortened", 1).await;
    cluster.produce(&topic, &[(0, "a"), (0, "b"), (0, "c")]).await;
    let admin: AdminClient<_> = cluster.settings.client_config().unwrap().create().unwrap();
    let mut upto = TopicPartitionList::new();
    upto.add_partition_offset(&topic, 0, Offset::Offset(2)).unwrap();
    admin.delete_records(&upto, &AdminOptions::new()).await.unwrap();

    let mut source = cluster.source(&topic, Mode::Stream).await;
    assert_eq!(source.earliest().await.unwrap(), positions(&topic, &[(0, 2)]));
    let fault = read(&mut source, &ranges(&topic, &[(0, 0, 3)])).await.unwrap_err();
    assert!(
        fault.to_string().contains("offset 0 is gone; the first one there is 2"),
        "{fault}"
    );
    let mut options = cluster.options(&topic);
    options.fail_on_data_loss = false;
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    assert_eq!(
        values(&read(&mut source, &ranges(&topic, &[(0, 0, 3)])).await.unwrap()),
        [(0, vec!["c".to_owned()])].into()
    );
    assert_eq!(
        count(&read(&mut source, &ranges(&topic, &[(0, 0, 1)])).await.unwrap()),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_records_leave_gaps_that_are_passed() {
    let Some(cluster) = real_only() else { return };
    let config = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "100"),
        ("min.cleanable.dirty.ratio", "0.0001"),
        ("min.compaction.lag.ms", "0"),
        ("max.compaction.lag.ms", "100"),
    ];
    let topic = cluster.topic_with("compacted", 1, &config).await;
    let record = |key: &str, value: &str| ReplayRecord {
        partition: Some(0),
        key: Some(key.into()),
        value: Some(value.into()),
        ..ReplayRecord::default()
    };
    let mut source = cluster.source(&topic, Mode::Stream).await;
    // The cleaner runs when it likes: a few rounds, each of which rolls a segment.
    let mut offsets = 0;
    let deadline = Instant::now() + NEVER;
    loop {
        cluster
            .produce_all(&topic, &[record("k", "old"), record("k", "new")])
            .await;
        offsets += 2;
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let batches = read(&mut source, &ranges(&topic, &[(0, 0, offsets)])).await.unwrap();
        assert!(count(&batches) > 0);
        if count(&batches) < offsets as usize || Instant::now() > deadline {
            let gone = offsets as usize - count(&batches);
            assert!(gone > 0, "nothing was compacted within the time");
            break;
        }
    }
}
