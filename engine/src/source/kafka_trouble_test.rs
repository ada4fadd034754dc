//! What can go wrong while a topic is read.

use std::time::Duration;

use super::super::ClientSettings;
use super::super::cluster_test::*;
use super::tests::next_batch;
use super::*;
use crate::clock::SystemClock;
use crate::error::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_topic_is_not_made_and_the_hint_names_those_like_it() {
    let cluster = Cluster::new();
    let topic = cluster.topic("commandes-json", 1).await;
    let wrong = topic.replace("json", "jsn");
    let fault = cluster
        .connect(cluster.options(&wrong), Mode::Batch)
        .await
        .err()
        .unwrap();
    assert_eq!(fault.kind(), Kind::Refused);
    assert!(
        fault
            .to_string()
            .starts_with(&format!("there is no topic `{wrong}` on `127.0.0.1:")),
        "{fault}"
    );
    assert!(
        fault.advice().unwrap().starts_with(&format!("did you mean `{topic}`?")),
        "{:?}",
        fault.advice()
    );
    let mut producer = cluster.producer().await;
    let fault = producer.send(&wrong, Default::default()).await.unwrap_err();
    assert!(fault.to_string().starts_with("there is no topic"), "{fault}");
    assert!(cluster.admin().topic(&wrong).await.is_err(), "asking has not made it");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_read_says_why() {
    let cluster = Cluster::new();
    let topic = cluster.topic("empty", 2).await;
    cluster.produce(&topic, &[(1, "x")]).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let from = source.start().await.unwrap();
    assert_eq!(
        source.why_empty(&from).await.unwrap(),
        "0 records; partition 0 was never written to; partition 1 starts at offset 0 and was read to its end at 1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_out_of_range_end_the_run_or_are_said() {
    let cluster = Cluster::new();
    let topic = cluster.topic("gone", 1).await;
    cluster.produce(&topic, &[(0, "a"), (0, "b")]).await;

    // Past the end: the topic was deleted and made again.
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let latest = source.latest().await.unwrap();
    let fault = source
        .plan(&positions(&topic, &[(0, 9)]), &latest, Pace::Trigger)
        .unwrap_err();
    assert_eq!(fault.kind(), Kind::Data);
    assert!(
        fault.to_string().contains("ends at offset 2, but was read up to 9"),
        "{fault}"
    );
    let fault = read(&mut source, &ranges(&topic, &[(0, 5, 9)])).await.unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("offset 5 is not there (any more); the partition ends at 2"),
        "{fault}"
    );
    // A range that ends where there is nothing.
    let fault = read(&mut source, &ranges(&topic, &[(0, 1, 9)])).await.unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("offset 2 is not there (any more); the partition ends at 2"),
        "{fault}"
    );
    // The source is as good as before.
    assert_eq!(
        count(&read(&mut source, &ranges(&topic, &[(0, 0, 2)])).await.unwrap()),
        2
    );

    let mut options = cluster.options(&topic);
    options.fail_on_data_loss = false;
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    let planned = source
        .plan(&positions(&topic, &[(0, 9)]), &latest, Pace::Trigger)
        .unwrap();
    assert_eq!(planned, ranges(&topic, &[(0, 0, 2)]));
    assert_eq!(
        count(&read(&mut source, &ranges(&topic, &[(0, 5, 9)])).await.unwrap()),
        0
    );
    assert_eq!(
        count(&read(&mut source, &ranges(&topic, &[(0, 0, 2)])).await.unwrap()),
        2
    );
    let losses = cluster
        .said()
        .iter()
        .filter(|notice| matches!(notice, Notice::DataLoss { .. }))
        .count();
    assert_eq!(losses, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_thrown_out_meanwhile_are_data_lost() {
    // The embedded broker throws out what is over 5 MB.
    let cluster = Cluster::embedded();
    let topic = cluster.topic("evicted", 1).await;
    let large = "x".repeat(600_000);
    let records: Vec<(i32, &str)> = (0..12).map(|_| (0, large.as_str())).collect();
    cluster.produce(&topic, &records).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let (earliest, latest) = (source.earliest().await.unwrap(), source.latest().await.unwrap());
    let first = earliest[&at(&topic, 0)];
    assert!(first > 0, "some of 7 MB are gone");
    assert_eq!(latest[&at(&topic, 0)], 12);
    let fault = read(&mut source, &ranges(&topic, &[(0, 0, 12)])).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Data);
    assert!(
        fault
            .to_string()
            .contains(&format!("offset 0 is gone; the first one there is {first}")),
        "{fault}"
    );

    let mut options = cluster.options(&topic);
    options.fail_on_data_loss = false;
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    let batches = read(&mut source, &ranges(&topic, &[(0, 0, 12)])).await.unwrap();
    assert_eq!(count(&batches) as i64, 12 - first);
    assert_eq!(batches[0].offsets().value(0), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_and_comes_back_is_waited_for() {
    let cluster = Cluster::embedded();
    let broker = cluster.broker.as_ref().unwrap();
    let topic = cluster.topic("away", 2).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let mut position = source.start().await.unwrap();
    cluster.produce(&topic, &[(0, "before")]).await;
    assert_eq!(count(&next_batch(&mut source, &mut position).await), 1);

    broker.set_up(false).unwrap();
    let waiting = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            source.wait(&position).await.unwrap();
            source.latest().await.unwrap();
        }
    });
    assert!(waiting.await.is_err(), "a stream waits for ever");
    let away = |cluster: &Cluster| {
        cluster
            .said()
            .iter()
            .filter(|notice| matches!(notice, Notice::BrokerAway { .. }))
            .count()
    };
    let back = |cluster: &Cluster| {
        cluster
            .said()
            .iter()
            .filter(|notice| matches!(notice, Notice::BrokerBack { .. }))
            .count()
    };
    assert_eq!((away(&cluster), back(&cluster)), (1, 0), "{:?}", cluster.said());

    broker.set_up(true).unwrap();
    cluster.produce(&topic, &[(1, "after")]).await;
    let batches = next_batch(&mut source, &mut position).await;
    assert_eq!(values(&batches), [(1, vec!["after".to_owned()])].into());
    assert_eq!((away(&cluster), back(&cluster)), (1, 1), "{:?}", cluster.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_topic_is_lost_data() {
    let cluster = Cluster::embedded();
    let broker = cluster.broker.as_ref().unwrap();
    let topic = cluster.topic("hidden", 1).await;
    cluster.produce(&topic, &[(0, "a")]).await;
    let mut source = cluster.source(&topic, Mode::Stream).await;
    let position = source.start().await.unwrap();
    broker.hide_topic(&topic, true).unwrap();
    tokio::time::sleep(LOOK_AROUND).await;
    let latest = source.latest().await.unwrap();
    let fault = source.plan(&position, &latest, Pace::Trigger).unwrap_err();
    assert_eq!(
        fault.to_string(),
        format!(
            "records are gone: topic `{topic}` partition 0 is not there any more; it was read up to offset 1: source `raw`"
        )
    );
    assert!(cluster.connect(cluster.options(&topic), Mode::Stream).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_broker_is_said_at_once_and_given_up_later() {
    let cluster = Cluster::embedded();
    let health = Health::new(&ClientSettings::new("127.0.0.1:1"), cluster.notify());
    let questions = Questions::new(&ClientSettings::new("127.0.0.1:1"), &health).unwrap();
    let fault = questions.all_topics(Some(Duration::from_secs(5))).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Unavailable);
    assert!(
        fault
            .to_string()
            .starts_with("no answer from the broker at `127.0.0.1:1`: "),
        "{fault}"
    );
    assert!(fault.to_string().contains("Connection refused"), "{fault}");
    assert_eq!(cluster.said().len(), 1, "{:?}", cluster.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_refused_by_the_embedded_broker() {
    let cluster = Cluster::embedded();
    let topic = cluster.topic("times", 1).await;
    let mut options = cluster.options(&topic);
    options.starting = Some(Positions::Timestamp(1));
    let mut source = cluster.connect(options, Mode::Stream).await.unwrap();
    let fault = source.start().await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the embedded broker can't find offsets by time (`starting_timestamp`): source `raw`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_do_not_fit_are_refused_on_connecting() {
    let options = KafkaOptions {
        ending: Some(Positions::Latest),
        ..KafkaOptions::subscribe(["t"], ClientSettings::new("127.0.0.1:1"))
    };
    let notify: Notify = Arc::new(|_| ());
    let fault = KafkaSource::connect("raw", options, Mode::Stream, Arc::new(SystemClock), notify)
        .await
        .err()
        .unwrap();
    assert_eq!(
        fault.to_string(),
        "`ending_offsets` has no meaning on a stream: source `raw`"
    );
}
