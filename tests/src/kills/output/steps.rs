//! A topic of groups that changed, read as a consumer reads that wants only what is committed.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::{Output, Verdict};
use crate::kills::feed::client;
use crate::kills::records::{CUSTOMERS, PARTITIONS, Sums, count_of, customer_of, first};

pub(super) struct Steps {
    consumer: BaseConsumer,
    taken: Taken,
}

/// The steps so far.
#[derive(Debug, Default)]
struct Taken {
    /// How many records each customer's last step was of.
    last: HashMap<u64, u64>,
    /// Every step, for somebody who looks into what went wrong.
    story: Vec<String>,
    twice: u64,
}

impl Steps {
    pub(super) fn open(kafka: &str, topic: &str) -> Self {
        let consumer: BaseConsumer = client(kafka)
            .set("group.id", "kills-reader")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "false")
            .create()
            .unwrap_or_else(|error| panic!("no consumer: {error}"));
        let mut all = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            let _ = all.add_partition_offset(topic, partition as i32, Offset::Beginning);
        }
        consumer
            .assign(&all)
            .unwrap_or_else(|error| panic!("`{topic}` can't be read: {error}"));
        Self {
            consumer,
            taken: Taken::default(),
        }
    }
}

impl Taken {
    fn take(&mut self, key: &str, value: &str, place: &str) -> Result<(), String> {
        self.story.push(format!("{place}: {key} {value}"));
        let wrong = || format!("{place}: `{key}` is `{value}`, which it can't be");
        let customer = customer_of(key).ok_or_else(wrong)?;
        let sums = parse(value).ok_or_else(wrong)?;
        if sums != first(customer, sums.count) {
            return Err(wrong());
        }
        let before = self.last.insert(customer, sums.count).unwrap_or_default();
        if sums.count > before {
            return Ok(());
        }
        self.twice += before + 1 - sums.count;
        Err(format!(
            "{place}: `{key}` is `{value}`, after it was of {before} records"
        ))
    }

    fn verdict(&self, end: u64) -> Verdict {
        let mut verdict = Verdict {
            lost: 0,
            twice: self.twice,
        };
        for customer in 0..CUSTOMERS {
            let is = self.last.get(&customer).copied().unwrap_or_default();
            verdict.add(count_of(customer, end), is);
        }
        verdict
    }
}

impl Output for Steps {
    fn look(&mut self) -> Result<bool, String> {
        let mut outcome = Ok(true);
        // Bounded, so that a broker that sends for ever does not keep us.
        for _ in 0..10_000 {
            let Some(message) = self.consumer.poll(Duration::from_millis(50)) else {
                break;
            };
            let Ok(message) = message else {
                return outcome.map(|_| false);
            };
            let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
            let place = format!("partition {} offset {}", message.partition(), message.offset());
            let (key, value) = (text(message.key()), text(message.payload()));
            let taken = self.taken.take(&key, &value, &place);
            outcome = outcome.and_then(|looked| taken.map(|()| looked));
        }
        outcome
    }

    fn verdict(&self, end: u64) -> Verdict {
        self.taken.verdict(end)
    }

    fn keep(&self, folder: &Path) {
        // What can't be written is not the matter here.
        let _ = std::fs::write(folder.join("steps.txt"), self.taken.story.join("\n"));
    }
}

fn parse(value: &str) -> Option<Sums> {
    let numbers: Vec<u64> = value.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [count, total, low, high] = numbers[..] else {
        return None;
    };
    Some(Sums {
        count,
        total,
        low,
        high,
    })
}

#[cfg(test)]
#[path = "steps_test.rs"]
mod tests;
