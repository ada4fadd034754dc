//! Which partitions a subscription means.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

use super::options::Subscription;
use crate::batch::TopicPartition;
use crate::error::Result;
use crate::kafka::faults;
use crate::kafka::questions::Questions;

/// The partitions a subscription means, as far as they are there.
pub(super) struct Found {
    pub(super) partitions: BTreeSet<TopicPartition>,
    /// A topic that is named and not there.
    pub(super) missing: Option<Arc<str>>,
}

/// Looks them up.
pub(super) async fn find_partitions(
    questions: &Questions,
    subscription: &Subscription,
    pattern: Option<&Regex>,
    patience: Option<Duration>,
) -> Result<Found> {
    let mut names: Vec<Arc<str>> = match subscription {
        Subscription::Topics(topics) => topics.iter().map(|topic| Arc::from(topic.as_str())).collect(),
        Subscription::Partitions(partitions) => partitions.iter().map(|one| Arc::clone(&one.topic)).collect(),
        Subscription::Pattern(_) => Vec::new(),
    };
    names.sort();
    names.dedup();
    let found = match pattern {
        Some(pattern) => {
            let mut found = questions.all_topics(patience).await?;
            // Internal topics are not meant, whatever the pattern.
            found.retain(|topic| pattern.is_match(&topic.topic) && !topic.topic.starts_with("__"));
            found
        }
        None => questions.topics(&names, patience).await?,
    };
    let mut partitions = BTreeSet::new();
    let mut missing = None;
    for topic in found {
        match topic.partitions {
            Ok(numbers) => partitions.extend(numbers.into_iter().map(|partition| TopicPartition {
                topic: Arc::clone(&topic.topic),
                partition,
            })),
            Err(code) if faults::is_missing(code) => missing = Some(topic.topic),
            Err(code) => {
                let what = format!("topic `{}` can't be read", topic.topic);
                return Err(faults::of_code(what, code, None));
            }
        }
    }
    if let Subscription::Partitions(wanted) = subscription {
        partitions.retain(|one| wanted.contains(one));
    }
    Ok(Found { partitions, missing })
}
