//! What only a real Kafka does: whatever dies when, each row is there once, and the marker says up to which checkpoint. Without
//! `WASMILL_TEST_KAFKA` these tests have nothing to run on and pass.

use super::tests::{silent, write};
use super::*;
use crate::error::Kind;
use crate::sink::kafka::{is_expired, is_fenced};
use crate::source::Mode;
use crate::source::cluster_test::{Cluster, positions, read_all, real_only, values};

/// The values that a reader of what is committed sees.
async fn visible(cluster: &Cluster, topic: &str) -> Vec<String> {
    let mut options = cluster.options(topic);
    options.client.set("isolation.level", "read_committed");
    let mut source = cluster.connect(options, Mode::Batch).await.unwrap();
    let records = read_all(&mut source).await.unwrap();
    values(&records).remove(&0).unwrap_or_default()
}

async fn open(cluster: &Cluster, id: &str) -> Transactions {
    let opened = Transactions::open(&cluster.settings, id, &silent()).await.unwrap();
    assert!(opened.is_transactional());
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_run_that_died_before_its_commit_are_never_there() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("before", 1).await;
    let first = open(&cluster, &topic).await;
    assert_eq!(first.marker(), None);
    write(&first, &topic, &["a"]).await.unwrap();
    first.commit(1, &Offsets::new()).await.unwrap();
    write(&first, &topic, &["b", "c"]).await.unwrap();
    first.flush().await.unwrap();
    // Here the manifest of checkpoint 2 is written, and then it dies.
    drop(first);
    assert_eq!(visible(&cluster, &topic).await, ["a"]);

    let second = open(&cluster, &topic).await;
    assert_eq!(second.marker(), Some(1));
    write(&second, &topic, &["b", "c"]).await.unwrap();
    second.commit(3, &Offsets::new()).await.unwrap();
    assert_eq!(visible(&cluster, &topic).await, ["a", "b", "c"]);
    drop(second);
    assert_eq!(open(&cluster, &topic).await.marker(), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_run_that_died_after_its_commit_are_there() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("after", 1).await;
    let first = open(&cluster, &topic).await;
    write(&first, &topic, &["a", "b"]).await.unwrap();
    first.commit(41, &Offsets::new()).await.unwrap();
    drop(first);
    let second = open(&cluster, &topic).await;
    assert_eq!(second.marker(), Some(41));
    assert_eq!(visible(&cluster, &topic).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_dies_in_its_commit_leaves_all_or_nothing() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("amid", 1).await;
    let mut expected = Vec::new();
    for round in 1..=12 {
        let run = open(&cluster, &topic).await;
        let value = format!("row {round}");
        write(&run, &topic, &[&value]).await.unwrap();
        run.flush().await.unwrap();
        let patience = Duration::from_millis(round * 2);
        let committed = tokio::time::timeout(patience, run.commit(round, &Offsets::new())).await;
        drop(run);

        let marker = open(&cluster, &topic).await.marker();
        if marker == Some(round) {
            expected.push(value);
        } else {
            assert!(committed.is_err(), "what was committed is there");
        }
        assert_eq!(
            visible(&cluster, &topic).await,
            expected,
            "round {round}, marker {marker:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_last_writes() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("zombie", 1).await;
    let zombie = open(&cluster, &topic).await;
    write(&zombie, &topic, &["a"]).await.unwrap();
    zombie.commit(1, &Offsets::new()).await.unwrap();
    write(&zombie, &topic, &["zombie"]).await.unwrap();
    zombie.flush().await.unwrap();

    let next = open(&cluster, &topic).await;
    write(&next, &topic, &["b"]).await.unwrap();
    let fault = zombie.commit(2, &Offsets::new()).await.unwrap_err();
    assert!(is_fenced(&fault) && !is_expired(&fault), "{fault:?}");
    assert_eq!(fault.kind(), Kind::Refused);
    let said = fault.to_string();
    let what = "another run of this pipeline has taken over its kafka transactions: ";
    assert!(said.starts_with(what), "{said}");
    let fault = zombie.flush().await.and(write(&zombie, &topic, &["again"]).await);
    assert!(is_fenced(&fault.unwrap_err()));
    zombie.abort().await;

    next.commit(2, &Offsets::new()).await.unwrap();
    assert_eq!(visible(&cluster, &topic).await, ["a", "b"]);
    drop(next);
    assert_eq!(open(&cluster, &topic).await.marker(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zombie_in_the_middle_of_writing_is_told_too() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("zombie", 1).await;
    let zombie = open(&cluster, &topic).await;
    write(&zombie, &topic, &["a"]).await.unwrap();
    zombie.flush().await.unwrap();
    let next = open(&cluster, &topic).await;
    let written = write(&zombie, &topic, &["b"]).await;
    let fault = written.and(zombie.flush().await).unwrap_err();
    assert!(is_fenced(&fault), "{fault:?}");
    assert_eq!(visible(&cluster, &topic).await, Vec::<String>::new());
    drop(next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_may_be_asked_for_again() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("again", 1).await;
    let run = open(&cluster, &topic).await;
    write(&run, &topic, &["a"]).await.unwrap();
    run.commit(1, &Offsets::new()).await.unwrap();
    run.commit(1, &Offsets::new()).await.unwrap();
    for number in 2..20 {
        write(&run, &topic, &["b"]).await.unwrap();
        let patience = Duration::from_millis(number);
        drop(tokio::time::timeout(patience, run.commit(number, &Offsets::new())).await);
        run.commit(number, &Offsets::new()).await.unwrap();
    }
    drop(run);
    assert_eq!(open(&cluster, &topic).await.marker(), Some(19));
    assert_eq!(visible(&cluster, &topic).await.len(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_aborted_is_not_there_and_the_next_transaction_is() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("aborted", 1).await;
    let run = open(&cluster, &topic).await;
    run.abort().await;
    write(&run, &topic, &["a"]).await.unwrap();
    run.flush().await.unwrap();
    run.abort().await;
    write(&run, &topic, &["b"]).await.unwrap();
    run.commit(1, &Offsets::new()).await.unwrap();
    assert_eq!(visible(&cluster, &topic).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_marker_moves_without_a_row() {
    let Some(cluster) = real_only() else { return };
    let (read, written) = (cluster.topic("read", 2).await, cluster.topic("written", 1).await);
    let run = open(&cluster, &written).await;
    // Nothing is read here, no row was written, no topic is known.
    run.commit(1, &Offsets::new()).await.unwrap();
    let run = open(&cluster, &written).await;
    assert_eq!(run.marker(), Some(1));
    // The sources' positions, where these brokers have the topics.
    let mut offsets = positions(&read, &[(0, 5), (1, 7), (9, 1)]);
    offsets.extend(positions("on-another-broker", &[(0, 3)]));
    run.commit(2, &offsets).await.unwrap();
    let run = open(&cluster, &written).await;
    assert_eq!(run.marker(), Some(2));
    let health = Arc::clone(run.inner.lock().await.producer.health());
    let group = Group::new(&format!("wasmill.{written}"), &cluster.settings, &health).unwrap();
    let committed = group.committed(None).await.unwrap();
    let found: Offsets = committed
        .iter()
        .filter(|one| one.metadata == "2")
        .map(|one| (one.partition.clone(), one.offset))
        .collect();
    assert_eq!(found, positions(&read, &[(0, 5), (1, 7)]));
    // A source that is gone leaves an older number behind.
    run.expect(&written).await.unwrap();
    run.commit(3, &Offsets::new()).await.unwrap();
    assert_eq!(open(&cluster, &written).await.marker(), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_lasts_too_long_is_given_up_and_that_is_said() {
    let Some(cluster) = real_only() else { return };
    let topic = cluster.topic("long", 1).await;
    let mut settings = cluster.settings.clone();
    settings.set("transaction.timeout.ms", "1000");
    let run = Transactions::open(&settings, &topic, &silent()).await.unwrap();
    write(&run, &topic, &["a"]).await.unwrap();
    run.flush().await.unwrap();
    // Brokers look for such transactions every ten seconds.
    tokio::time::sleep(Duration::from_secs(13)).await;
    let fault = run.commit(1, &Offsets::new()).await.unwrap_err();
    assert!(is_expired(&fault) && !is_fenced(&fault), "{fault:?}");
    let said = fault.to_string();
    assert!(
        said.starts_with("the broker gave up a kafka transaction that lasted 1"),
        "{said}"
    );
    assert!(said.contains(" s, with 1 s allowed: "), "{said}");
    assert_eq!(visible(&cluster, &topic).await, Vec::<String>::new());
    assert_eq!(open(&cluster, &topic).await.marker(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_than_the_broker_allows_is_refused_at_the_start() {
    let Some(cluster) = real_only() else { return };
    let mut settings = cluster.settings.clone();
    settings.set("transaction.timeout.ms", "3600000");
    let fault = Transactions::open(&settings, "too-long", &silent())
        .await
        .err()
        .unwrap();
    let said = fault.to_string();
    assert!(
        said.starts_with("the kafka transactions of this pipeline can't be opened: "),
        "{said}"
    );
    assert!(
        fault
            .advice()
            .unwrap()
            .contains("`transaction.timeout.ms` under `[kafka]`"),
        "{fault:?}"
    );
}
