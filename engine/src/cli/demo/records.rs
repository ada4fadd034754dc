//! The demo's topics, and the records that are there before it begins.

use std::path::Path;

use crate::broker::Broker;
use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::lab::{Generator, Kind};
use crate::source::{Admin, ClientSettings, Created, Producer, Replay};

use super::super::open::Teller;
use super::super::produce;
use super::super::topics::{self, notices};

/// Makes the topic of these records; one that is there already is taken as it is.
pub(super) async fn make_topic(
    client: &ClientSettings,
    embedded: Option<&Broker>,
    kind: Kind,
    teller: &Teller,
) -> Result<()> {
    let topic = kind.topic();
    if let Some(broker) = embedded {
        return broker.create_topic(topic, 3);
    }
    // Kept for ever: the records of a file may be older than a broker keeps records otherwise.
    let forever = [("retention.ms".to_owned(), "-1".to_owned())];
    if topics::create(client, topic, 3, &forever).await? == Created::AlreadyThere {
        let records = Admin::new(client, notices())?.topic(topic).await?.records();
        teller.say(&format!(
            "topic `{topic}` is there already, with {records} records; the demo's come on top"
        ));
    }
    Ok(())
}

/// The records of a file, as they are.
pub(super) async fn produce_file(client: &ClientSettings, kind: Kind, path: &Path) -> Result<()> {
    let mut producer = Producer::connect(client, notices()).await?;
    for record in Replay::open(path)? {
        producer.send_replayed(kind.topic(), &record?).await?;
    }
    producer.flush().await.map(drop)
}

/// Records of the last minutes, the last of them just now.
pub(super) async fn produce_made(client: &ClientSettings, kind: Kind, seed: u64, count: u64) -> Result<()> {
    let mut producer = Producer::connect(client, notices()).await?;
    let mut spaces = Generator::new(kind, seed);
    let gaps: Vec<i64> = (0..count).map(|_| spaces.gap_us()).collect();
    let mut at_us = SystemClock.now_ms().saturating_mul(1000) - gaps.iter().sum::<i64>();
    let mut generator = Generator::new(kind, seed);
    for gap in gaps {
        at_us += gap;
        producer
            .send_replayed(kind.topic(), &produce::made(&mut generator, at_us))
            .await?;
    }
    producer.flush().await.map(drop)
}
