//! What a pipeline needs of what is around it, before anything of it is built or run.

use std::path::PathBuf;

use crate::sink::SinkSpec;
use crate::source::KafkaOptions;

use super::mistake::Mistakes;
use super::plan::{Mode, PlannedSourceKind};
use super::plan_source::{self, Brokers};
use super::spec::{SourceKind, Spec};

/// What a pipeline needs.
#[derive(Debug)]
pub struct Needs {
    /// Crates that are built when it starts.
    pub crates: Vec<PathBuf>,
    /// Sources that read Kafka.
    pub kafka: Vec<KafkaNeed>,
    /// Where its files go: `s3://...`, `file://...` or a path.
    pub folders: Vec<String>,
}

/// A source that reads Kafka.
#[derive(Debug)]
pub struct KafkaNeed {
    /// The source's name.
    pub source: String,
    /// What it reads, and from where.
    pub options: Box<KafkaOptions>,
    /// Whether a broker is named anywhere; if not, the options' address says nothing.
    pub has_broker: bool,
}

/// Stands in an address's place, so that what else is wrong with a source is found too.
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
        for (position, source) in spec.sources.iter().enumerate() {
            let SourceKind::Kafka(settings) = &source.kind else {
                continue;
            };
            let planned = plan_source::plan(position, source, spec, mode, brokers, mistakes);
            if let Some(PlannedSourceKind::Kafka(options)) = planned.map(|planned| planned.kind) {
                needs.kafka.push(KafkaNeed {
                    source: source.name.text.clone(),
                    options,
                    has_broker: default_broker.is_some()
                        || kafka.iter().any(|(name, _)| name == "bootstrap.servers")
                        || spec.kafka.iter().any(|setting| setting.name == "bootstrap.servers")
                        || settings.iter().any(|setting| setting.name == "kafka.bootstrap.servers"),
                });
            }
        }
        for sink in &spec.sinks {
            if let SinkSpec::Parquet(parquet) = &sink.spec
                && !needs.folders.contains(&parquet.url)
            {
                needs.folders.push(parquet.url.clone());
            }
        }
        needs
    }
}

#[cfg(test)]
#[path = "needs_test.rs"]
mod tests;
