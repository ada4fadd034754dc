//! Whether the broker answers, and has the topics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Fault, Result};
use crate::pipeline::KafkaNeed;
use crate::source::{Admin, ClientSettings, Subscription};

use super::super::address;
use super::super::args::KafkaArgs;
use super::finding::Finding;

/// A client has a patience of its own, shorter than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks at the brokers of a pipeline's sources and sinks; without a pipeline at the one that is named or runs.
pub(super) async fn look(kafka: &KafkaArgs, needs: Option<&[KafkaNeed]>) -> Vec<Finding> {
    let Some(needs) = needs else {
        return vec![without_pipeline(kafka).await];
    };
    let mut findings = Vec::new();
    // Those of one broker are asked for together.
    let mut brokers: BTreeMap<&str, Vec<&KafkaNeed>> = BTreeMap::new();
    for need in needs {
        match need.client.address().filter(|_| need.has_broker) {
            Some(address) => brokers.entry(address).or_default().push(need),
            None => findings.push(
                Finding::missing(
                    "broker",
                    format!("none is named for {}, and no embedded one runs", need.who),
                )
                .mended_by("wasmill broker (in another terminal), or `--kafka HOST:PORT`"),
            ),
        }
    }
    for (address, needs) in brokers {
        match names(&needs[0].client).await {
            Ok(names) => {
                findings.push(Finding::ok("broker", format!("`{address}` answers")));
                let topics = needs.iter().flat_map(|need| wanted(&need.topics));
                let mut topics: Vec<Wanted> = topics.collect();
                topics.sort();
                topics.dedup();
                findings.extend(topics.iter().map(|topic| topic.look(&names, address)));
            }
            Err(fault) => findings.push(silent(address, &fault)),
        }
    }
    findings
}

async fn without_pipeline(kafka: &KafkaArgs) -> Finding {
    let is_named = !address::settings(kafka).is_empty();
    if !is_named && address::embedded().is_none() {
        return Finding::optional("broker", "none is named, and no embedded one runs")
            .mended_by("wasmill broker (in another terminal), or `--kafka HOST:PORT`");
    }
    let client = match address::client(kafka) {
        Ok(client) => client,
        Err(fault) => return Finding::missing("broker", fault.to_string()).maybe_mended_by(fault.advice()),
    };
    let address = client.address().unwrap_or_default();
    match names(&client).await {
        Ok(names) if names.is_empty() => Finding::ok("broker", format!("`{address}` answers, and has no topics yet")),
        Ok(names) => Finding::ok("broker", format!("`{address}` answers: {}", count(names.len()))),
        Err(fault) => silent(address, &fault),
    }
}

fn count(topics: usize) -> String {
    format!("{topics} topic{}", if topics == 1 { "" } else { "s" })
}

fn silent(address: &str, fault: &Fault) -> Finding {
    let said = fault.to_string();
    let found = if said.contains(address) {
        said
    } else {
        format!("`{address}`: {said}")
    };
    Finding::missing("broker", found).maybe_mended_by(fault.advice())
}

async fn names(client: &ClientSettings) -> Result<Vec<String>> {
    let asked = async {
        // What goes wrong on the way is told by the answer.
        Admin::new(client, Arc::new(|_| {}))?.names().await
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(Fault::unavailable("no answer within 20 seconds")))
}

/// What a source reads, or a sink writes to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Topic(String),
    Pattern(String),
}

fn wanted(subscription: &Subscription) -> Vec<Wanted> {
    match subscription {
        Subscription::Topics(topics) => topics.iter().cloned().map(Wanted::Topic).collect(),
        Subscription::Pattern(pattern) => vec![Wanted::Pattern(pattern.clone())],
        Subscription::Partitions(partitions) => partitions
            .iter()
            .map(|one| Wanted::Topic(one.topic.to_string()))
            .collect(),
    }
}

impl Wanted {
    fn look(&self, names: &[String], address: &str) -> Finding {
        match self {
            Self::Topic(topic) if names.contains(topic) => Finding::ok("topic", format!("`{topic}`")),
            Self::Topic(topic) => {
                let is_embedded = address::embedded().as_deref() == Some(address);
                let broker = if is_embedded {
                    String::new()
                } else {
                    format!(" --kafka {address}")
                };
                Finding::missing("topic", format!("`{topic}` is not on `{address}`"))
                    .mended_by(format!("wasmill topics create {topic}{broker}"))
            }
            Self::Pattern(pattern) => {
                let matches = regex::Regex::new(&format!("^(?:{pattern})$")).map(|pattern| {
                    let found = names.iter().filter(|name| pattern.is_match(name));
                    found.count()
                });
                match matches {
                    Ok(0) => Finding::missing("topic", format!("none on `{address}` matches `{pattern}`"))
                        .mended_by("wasmill topics (lists those there are)"),
                    Ok(found) => Finding::ok("topic", format!("{} match `{pattern}`", count(found))),
                    Err(error) => Finding::missing("topic", format!("`{pattern}`: {error}")),
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "broker_test.rs"]
mod tests;
