//! Where reading starts or ends, from what the options say to an offset in each partition.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::options::{ByTimestampStrategy, Positions};
use crate::batch::{Offsets, TopicPartition};
use crate::error::{Fault, Result};
use crate::kafka::faults;
use crate::kafka::questions::{Answer, At, Questions};

/// Which end of a batch is asked for: it decides the names in messages, and what a time without a record means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Start(ByTimestampStrategy),
    Stop,
}

impl End {
    fn option(self, positions: &Positions) -> &'static str {
        match (self, positions) {
            (Self::Start(_), Positions::Timestamp(_)) => "starting_timestamp",
            (Self::Start(_), Positions::Timestamps(_)) => "starting_offsets_by_timestamp",
            (Self::Start(_), _) => "starting_offsets",
            (Self::Stop, Positions::Timestamp(_)) => "ending_timestamp",
            (Self::Stop, Positions::Timestamps(_)) => "ending_offsets_by_timestamp",
            (Self::Stop, _) => "ending_offsets",
        }
    }
}

/// The offsets of `partitions` at these positions.
pub(super) async fn resolve(
    questions: &Questions,
    partitions: &BTreeSet<TopicPartition>,
    positions: &Positions,
    end: End,
    embedded: bool,
    patience: Option<Duration>,
) -> Result<Offsets> {
    let option = end.option(positions);
    let asked: BTreeMap<TopicPartition, At> = match positions {
        Positions::Earliest => all(partitions, At::Earliest),
        Positions::Latest => all(partitions, At::Latest),
        Positions::Timestamp(ms) => all(partitions, At::Time(*ms)),
        Positions::Timestamps(times) => {
            check_named(option, partitions, times)?;
            times
                .iter()
                .map(|(partition, ms)| (partition.clone(), At::Time(*ms)))
                .collect()
        }
        Positions::Offsets(offsets) => return at_offsets(questions, partitions, offsets, option, patience).await,
    };
    let by_time = asked.values().any(|at| matches!(at, At::Time(_)));
    if by_time && embedded {
        return Err(
            Fault::refused(format!("the embedded broker can't find offsets by time (`{option}`)"))
                .hint("say `starting_offsets`, or use a real Kafka"),
        );
    }
    let answers = questions.offsets(asked, patience).await?;
    // A partition without a record as young as the time: at the end there is nothing to lack, a start must be decided.
    let mut offsets = Offsets::new();
    let mut without = BTreeSet::new();
    for (partition, answer) in answers {
        match known(&partition, answer)? {
            Some(offset) => {
                offsets.insert(partition, offset);
            }
            None => {
                without.insert(partition);
            }
        }
    }
    if without.is_empty() {
        return Ok(offsets);
    }
    if end == End::Start(ByTimestampStrategy::Error) {
        let list: Vec<String> = without.iter().map(ToString::to_string).collect();
        return Err(Fault::usage(format!("no record is as young as `{option}` says"))
            .at(list.join(", "))
            .hint("`starting_offsets_by_timestamp_strategy = \"latest\"` starts there with the next record to come"));
    }
    offsets.extend(simply(questions, &without, At::Latest, patience).await?);
    Ok(offsets)
}

fn all(partitions: &BTreeSet<TopicPartition>, at: At) -> BTreeMap<TopicPartition, At> {
    partitions.iter().map(|partition| (partition.clone(), at)).collect()
}

/// The earliest or latest offsets.
pub(super) async fn simply(
    questions: &Questions,
    partitions: &BTreeSet<TopicPartition>,
    at: At,
    patience: Option<Duration>,
) -> Result<Offsets> {
    let mut offsets = Offsets::new();
    for (partition, answer) in questions.offsets(all(partitions, at), patience).await? {
        // An offset that the broker doesn't know although it has the partition: nothing was ever written.
        let offset = known(&partition, answer)?.unwrap_or(0);
        offsets.insert(partition, offset);
    }
    Ok(offsets)
}

async fn at_offsets(
    questions: &Questions,
    partitions: &BTreeSet<TopicPartition>,
    given: &Offsets,
    option: &str,
    patience: Option<Duration>,
) -> Result<Offsets> {
    check_named(option, partitions, given)?;
    let logical = given.iter().filter_map(|(partition, offset)| match offset {
        -2 => Some((partition.clone(), At::Earliest)),
        -1 => Some((partition.clone(), At::Latest)),
        _ => None,
    });
    let mut offsets = given.clone();
    for (partition, answer) in questions.offsets(logical.collect(), patience).await? {
        let offset = known(&partition, answer)?.unwrap_or(0);
        offsets.insert(partition, offset);
    }
    Ok(offsets)
}

/// Every partition must be named, and no other: a partition left out would be one more thing to guess.
fn check_named(option: &str, partitions: &BTreeSet<TopicPartition>, named: &Offsets) -> Result<()> {
    let missing: Vec<String> = partitions
        .iter()
        .filter(|one| !named.contains_key(*one))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() {
        return Err(Fault::usage(format!("`{option}` leaves partitions out"))
            .at(missing.join(", "))
            .hint("name every partition; -2 is the earliest offset, -1 the latest"));
    }
    let strange: Vec<String> = named
        .keys()
        .filter(|one| !partitions.contains(*one))
        .map(ToString::to_string)
        .collect();
    if !strange.is_empty() {
        return Err(Fault::usage(format!("`{option}` names partitions that are not there")).at(strange.join(", ")));
    }
    Ok(())
}

fn known(partition: &TopicPartition, answer: Answer) -> Result<Option<i64>> {
    answer.map_err(|code: Code| faults::of_code("asking for offsets failed", code, None).at(partition.to_string()))
}
