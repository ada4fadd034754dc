//! What a pipeline needs of what is around it, before anything of it is built or run.

use std::path::PathBuf;

use crate::sink::SinkSpec;
use crate::source::{ClientSettings, Subscription};

use super::brokers::{self, Brokers};
use super::mistake::Mistakes;
use super::plan::{Mode, PlannedSourceKind};
use super::plan_source;
use super::spec::{Setting, SourceKind, Spec};

/// What a pipeline needs.
#[derive(Debug)]
pub struct Needs {
    /// Crates that are built when it starts.
    pub crates: Vec<PathBuf>,
    /// Sources that read Kafka, and sinks that write to it.
    pub kafka: Vec<KafkaNeed>,
    /// Where its files go: `s3://...`, `file://...` or a path.
    pub folders: Vec<String>,
    /// Where a stream keeps what the next run goes on from.
    pub checkpoint: Option<String>,
}

/// A source that reads Kafka, or a sink that writes to it.
#[derive(Debug)]
pub struct KafkaNeed {
    /// Who it is: ``source `raw` ``.
    pub who: String,
    /// The topics it reads or writes; those that a sink takes from a column are not known.
    pub topics: Subscription,
    /// How it reaches the brokers.
    pub client: ClientSettings,
    /// Whether a broker is named anywhere; if not, the address says nothing.
    pub has_broker: bool,
}

/// Stands in an address's place, so that what else is wrong is found too.
const UNNAMED: &str = "localhost:9092";

impl Needs {
    pub(super) fn of(
        spec: &Spec,
        mode: Mode,
        kafka: &[(String, String)],
        default_broker: Option<&str>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut needs = Self {
            crates: Vec::new(),
            kafka: Vec::new(),
            folders: Vec::new(),
            checkpoint: None,
        };
        let guests = spec.guests.iter().map(|guest| &guest.module.value);
        let aggregates = spec.aggregates.iter().map(|aggregate| &aggregate.module.value);
        needs.crates = guests
            .chain(aggregates)
            .filter(|module| module.is_dir())
            .cloned()
            .collect();
        needs.crates.sort();
        needs.crates.dedup();
        let brokers = Brokers {
            kafka,
            default: default_broker.or(Some(UNNAMED)),
        };
        let names_broker = |own: &[Setting]| {
            default_broker.is_some()
                || kafka.iter().any(|(name, _)| name == "bootstrap.servers")
                || spec.kafka.iter().any(|setting| setting.name == "bootstrap.servers")
                || own.iter().any(|setting| setting.name == "kafka.bootstrap.servers")
        };
        for (position, source) in spec.sources.iter().enumerate() {
            let SourceKind::Kafka(settings) = &source.kind else {
                continue;
            };
            let planned = plan_source::plan(position, source, spec, mode, brokers, mistakes);
            if let Some(PlannedSourceKind::Kafka(options)) = planned.map(|planned| planned.kind) {
                needs.kafka.push(KafkaNeed {
                    who: format!("source `{}`", source.name.text),
                    topics: options.subscription,
                    client: options.client,
                    has_broker: names_broker(settings),
                });
            }
        }
        let client = brokers::of_sinks(spec, brokers, mistakes);
        for sink in &spec.sinks {
            match (&sink.spec, &client) {
                (SinkSpec::Parquet(parquet), _) if !needs.folders.contains(&parquet.url) => {
                    needs.folders.push(parquet.url.clone());
                }
                (SinkSpec::Kafka(options), Some(client)) => needs.kafka.push(KafkaNeed {
                    who: format!("sink `{}`", sink.name.text),
                    topics: Subscription::Topics(options.topic.iter().cloned().collect()),
                    client: client.clone(),
                    has_broker: names_broker(&[]),
                }),
                _ => {}
            }
        }
        let reads_kafka = spec
            .sources
            .iter()
            .any(|source| matches!(source.kind, SourceKind::Kafka(_)));
        let checkpoint = spec.checkpoint.as_ref().filter(|kept| reads_kafka || !kept.is_default);
        needs.checkpoint = checkpoint.filter(|_| mode == Mode::Stream).map(|kept| kept.url.clone());
        needs
    }
}

#[cfg(test)]
#[path = "needs_test.rs"]
mod tests;
