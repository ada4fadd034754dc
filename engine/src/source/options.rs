//! The options of a Kafka source: Spark's, in snake case.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::option_values::{assigned, boolean, count, duration, positions, text, timestamp, timestamps, topics};
use crate::batch::TopicPartition;
use crate::kafka::{ClientSettings, Problem, nearest};

/// Every option there is, `kafka.*` apart.
const NAMES: [&str; 17] = [
    "subscribe",
    "subscribe_pattern",
    "assign",
    "starting_offsets",
    "starting_offsets_by_timestamp",
    "starting_timestamp",
    "starting_offsets_by_timestamp_strategy",
    "ending_offsets",
    "ending_offsets_by_timestamp",
    "ending_timestamp",
    "fail_on_data_loss",
    "max_offsets_per_trigger",
    "min_offsets_per_trigger",
    "max_trigger_delay",
    "min_partitions",
    "include_headers",
    "max_records_per_partition",
];

/// Spark's options that have nothing to act on here.
const NOT_NEEDED: [(&str, &str); 5] = [
    (
        "kafka_consumer.poll_timeout_ms",
        "leave it out: the source waits for a broker that is away",
    ),
    (
        "fetch_offset.num_retries",
        "leave it out: the source retries until the broker is back",
    ),
    (
        "fetch_offset.retry_interval_ms",
        "leave it out: the source retries with backoff",
    ),
    ("group_id_prefix", "leave it out: no consumer group is used"),
    (
        "use_deprecated_offset_fetching",
        "leave it out: no consumer group is used",
    ),
];

pub(super) const EARLIEST: i64 = -2;
const LATEST: i64 = -1;

/// Whether a source is read once, from one position to another, or goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Once (Spark's `read`): from earliest to latest unless said otherwise.
    Batch,
    /// On and on (Spark's `readStream`): from latest on unless said otherwise.
    Stream,
}

/// Which topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    /// These, with all their partitions.
    Topics(Vec<String>),
    /// Those whose whole name matches this regular expression, also later ones.
    Pattern(String),
    /// These partitions and no others.
    Partitions(BTreeSet<TopicPartition>),
}

/// Where reading starts or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Positions {
    /// At the first record there is.
    Earliest,
    /// Behind the last record there is now.
    Latest,
    /// At these offsets; -2 is the earliest, -1 the latest. Every partition must be named.
    Offsets(BTreeMap<TopicPartition, i64>),
    /// In each partition at the first record of this time (milliseconds since the epoch) or later.
    Timestamp(i64),
    /// The same with a time for each partition. Every partition must be named.
    Timestamps(BTreeMap<TopicPartition, i64>),
}

/// What to do about a partition without a record as young as the time to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByTimestampStrategy {
    /// Say so and stop.
    #[default]
    Error,
    /// Start at its end.
    Latest,
}

/// A Kafka source, as its user describes it. Defaults are Spark's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaOptions {
    /// `subscribe`, `subscribe_pattern` or `assign`.
    pub subscription: Subscription,
    /// `starting_timestamp`, else `starting_offsets_by_timestamp`, else `starting_offsets`: where a *new* query starts.
    pub starting: Option<Positions>,
    /// `starting_offsets_by_timestamp_strategy`.
    pub starting_strategy: ByTimestampStrategy,
    /// `ending_timestamp`, else `ending_offsets_by_timestamp`, else `ending_offsets`: where a batch ends.
    pub ending: Option<Positions>,
    /// `fail_on_data_loss`: whether records that are gone end the run (the default), or are only said.
    pub fail_on_data_loss: bool,
    /// `max_offsets_per_trigger`: about how many records a batch of a stream reads at most, all partitions together.
    pub max_offsets_per_trigger: Option<u64>,
    /// `min_offsets_per_trigger`: how many records a batch of a stream waits for.
    pub min_offsets_per_trigger: Option<u64>,
    /// `max_trigger_delay`: for how long it waits at most (15 minutes).
    pub max_trigger_delay: Duration,
    /// `min_partitions`: accepted, and without effect: partitions are fetched in parallel and parsed in batches of a size
    /// of their own, however many there are.
    pub min_partitions: Option<u64>,
    /// `include_headers`: whether there is a column `headers`.
    pub include_headers: bool,
    /// `kafka.*`: the client library's settings, the brokers' address (`kafka.bootstrap.servers`) among them.
    pub client: ClientSettings,
}

impl KafkaOptions {
    /// What is read, as Spark's progress names it: `KafkaV2[Subscribe[commandes-json]]`.
    pub fn description(&self) -> String {
        let inner = match &self.subscription {
            Subscription::Topics(topics) => format!("Subscribe[{}]", topics.join(", ")),
            Subscription::Pattern(pattern) => format!("SubscribePattern[{pattern}]"),
            Subscription::Partitions(partitions) => {
                let list: Vec<String> = partitions
                    .iter()
                    .map(|one| format!("{}-{}", one.topic, one.partition))
                    .collect();
                format!("Assign[{}]", list.join(", "))
            }
        };
        format!("KafkaV2[{inner}]")
    }

    /// A source of these topics, with every other option at its default.
    pub fn subscribe<S: Into<String>>(topics: impl IntoIterator<Item = S>, client: ClientSettings) -> Self {
        Self {
            subscription: Subscription::Topics(topics.into_iter().map(Into::into).collect()),
            starting: None,
            starting_strategy: ByTimestampStrategy::default(),
            ending: None,
            fail_on_data_loss: true,
            max_offsets_per_trigger: None,
            min_offsets_per_trigger: None,
            max_trigger_delay: Duration::from_secs(15 * 60),
            min_partitions: None,
            include_headers: false,
            client,
        }
    }

    /// The options of these names. Numbers, booleans and JSON may also be given as text, as in Spark.
    ///
    /// # Errors
    /// Every mistake there is, in the order of the pairs; what is missing comes last.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::default();
        for (name, value) in pairs {
            reader.take(name, value);
        }
        reader.finish()
    }

    /// What is wrong with these options in this mode.
    pub fn validate(&self, mode: Mode) -> Vec<Problem> {
        let mut problems = Vec::new();
        let named = |positions: &Option<Positions>, offset| match positions {
            Some(Positions::Offsets(offsets)) => offsets
                .iter()
                .find(|(_, at)| **at == offset)
                .map(|(partition, _)| partition.to_string()),
            _ => None,
        };
        match mode {
            Mode::Batch => {
                if self.starting == Some(Positions::Latest) {
                    problems.push(
                        Problem::new("starting_offsets", "a batch can't start at the latest offset")
                            .hint("it would read nothing; `earliest` reads all there is"),
                    );
                }
                if let Some(partition) = named(&self.starting, LATEST) {
                    problems.push(Problem::new(
                        "starting_offsets",
                        format!("a batch can't start at the latest offset (-1): {partition}"),
                    ));
                }
                if self.ending == Some(Positions::Earliest) {
                    problems.push(
                        Problem::new("ending_offsets", "a batch can't end at the earliest offset")
                            .hint("it would read nothing; `latest` reads all there is"),
                    );
                }
                if let Some(partition) = named(&self.ending, EARLIEST) {
                    problems.push(Problem::new(
                        "ending_offsets",
                        format!("a batch can't end at the earliest offset (-2): {partition}"),
                    ));
                }
            }
            Mode::Stream => {
                if let Some(ending) = &self.ending {
                    let option = match ending {
                        Positions::Timestamp(_) => "ending_timestamp",
                        Positions::Timestamps(_) => "ending_offsets_by_timestamp",
                        _ => "ending_offsets",
                    };
                    problems.push(Problem::new(option, format!("`{option}` has no meaning on a stream")).hint(
                        "`trigger = \"available-now\"` reads up to now and stops; `--once` reads a batch with an end",
                    ));
                }
            }
        }
        problems
    }
}

/// Gathers options and mistakes.
#[derive(Default)]
struct Reader {
    subscriptions: Vec<(&'static str, Subscription)>,
    /// In order of rank: timestamp, timestamps by partition, offsets.
    starting: [Option<Positions>; 3],
    ending: [Option<Positions>; 3],
    starting_strategy: ByTimestampStrategy,
    fail_on_data_loss: Option<bool>,
    max_offsets: Option<u64>,
    min_offsets: Option<u64>,
    max_delay: Option<Duration>,
    min_partitions: Option<u64>,
    include_headers: Option<bool>,
    client: ClientSettings,
    problems: Vec<Problem>,
}

impl Reader {
    fn take(&mut self, name: &str, value: &Value) {
        if let Err(problem) = self.try_take(name, value) {
            self.problems.push(problem);
        }
    }

    fn try_take(&mut self, name: &str, value: &Value) -> Result<(), Problem> {
        match name {
            "subscribe" => {
                let topics = topics(name, value)?;
                self.subscriptions.push(("subscribe", Subscription::Topics(topics)));
            }
            "subscribe_pattern" => {
                let pattern = text(name, value)?;
                if let Err(error) = regex::Regex::new(&pattern) {
                    let reason = error.to_string();
                    let reason = reason
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .trim_start_matches("error: ")
                        .to_owned();
                    return Err(Problem::new(
                        name,
                        format!("`{pattern}` is no regular expression: {reason}"),
                    ));
                }
                self.subscriptions
                    .push(("subscribe_pattern", Subscription::Pattern(pattern)));
            }
            "assign" => {
                let partitions = assigned(name, value)?;
                self.subscriptions
                    .push(("assign", Subscription::Partitions(partitions)));
            }
            "starting_timestamp" => self.starting[0] = Some(Positions::Timestamp(timestamp(name, value)?)),
            "starting_offsets_by_timestamp" => self.starting[1] = Some(Positions::Timestamps(timestamps(name, value)?)),
            "starting_offsets" => self.starting[2] = Some(positions(name, value)?),
            "ending_timestamp" => self.ending[0] = Some(Positions::Timestamp(timestamp(name, value)?)),
            "ending_offsets_by_timestamp" => self.ending[1] = Some(Positions::Timestamps(timestamps(name, value)?)),
            "ending_offsets" => self.ending[2] = Some(positions(name, value)?),
            "starting_offsets_by_timestamp_strategy" => {
                self.starting_strategy = match text(name, value)?.to_ascii_lowercase().as_str() {
                    "error" => ByTimestampStrategy::Error,
                    "latest" => ByTimestampStrategy::Latest,
                    other => {
                        return Err(Problem::new(
                            name,
                            format!("`{name}` is `error` or `latest`, not `{other}`"),
                        ));
                    }
                }
            }
            "fail_on_data_loss" => self.fail_on_data_loss = Some(boolean(name, value)?),
            "include_headers" => self.include_headers = Some(boolean(name, value)?),
            "max_offsets_per_trigger" => self.max_offsets = Some(count(name, value)?),
            "min_offsets_per_trigger" => self.min_offsets = Some(count(name, value)?),
            "min_partitions" => self.min_partitions = Some(count(name, value)?),
            // Its namesake in effect: it splits the work finer, which is none of the user's business here.
            "max_records_per_partition" => drop(count(name, value)?),
            "max_trigger_delay" => self.max_delay = Some(duration(name, value)?),
            _ => match name.strip_prefix("kafka.") {
                Some(property) => self.client.take(property, value)?,
                None => return Err(unknown(name)),
            },
        }
        Ok(())
    }

    fn finish(mut self) -> Result<KafkaOptions, Vec<Problem>> {
        self.problems.extend(self.client.problems());
        if let (Some(min), Some(max)) = (self.min_offsets, self.max_offsets)
            && min > max
        {
            self.problems.push(Problem::new(
                "min_offsets_per_trigger",
                format!("`min_offsets_per_trigger` ({min}) is more than `max_offsets_per_trigger` ({max})"),
            ));
        }
        for (name, _) in self.subscriptions.iter().skip(1) {
            let first = self.subscriptions[0].0;
            self.problems.push(
                Problem::new(*name, format!("there is `{first}` already"))
                    .hint("a source has one of `subscribe`, `subscribe_pattern` and `assign`"),
            );
        }
        let subscription = match self.subscriptions.into_iter().next() {
            Some((_, subscription)) => subscription,
            None => {
                // A subscription that is wrong has been said already.
                if !self.problems.iter().any(|problem| is_subscription(&problem.option)) {
                    self.problems.push(
                        Problem::new("subscribe", "the source says no topic")
                            .hint("say `subscribe = \"TOPIC\"`, `subscribe_pattern` or `assign`"),
                    );
                }
                return Err(self.problems);
            }
        };
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let defaults = KafkaOptions::subscribe::<String>([], self.client);
        Ok(KafkaOptions {
            subscription,
            starting: self.starting.into_iter().flatten().next(),
            starting_strategy: self.starting_strategy,
            ending: self.ending.into_iter().flatten().next(),
            fail_on_data_loss: self.fail_on_data_loss.unwrap_or(defaults.fail_on_data_loss),
            max_offsets_per_trigger: self.max_offsets,
            min_offsets_per_trigger: self.min_offsets,
            max_trigger_delay: self.max_delay.unwrap_or(defaults.max_trigger_delay),
            min_partitions: self.min_partitions,
            include_headers: self.include_headers.unwrap_or(defaults.include_headers),
            ..defaults
        })
    }
}

fn is_subscription(option: &str) -> bool {
    matches!(option, "subscribe" | "subscribe_pattern" | "assign")
}

fn unknown(name: &str) -> Problem {
    let problem = Problem::new(name, format!("a kafka source has no option `{name}`"));
    // Spark's own spelling is the commonest slip: `startingOffsets`.
    let snake = name.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    });
    if let Some((_, instead)) = NOT_NEEDED.iter().find(|(known, _)| *known == snake) {
        return problem.hint(*instead);
    }
    let property = format!("kafka.{name}");
    if ClientSettings::default()
        .set(name, "x")
        .problems()
        .iter()
        .all(|problem| !problem.message.contains("no setting"))
    {
        return problem.hint(format!(
            "the kafka client's own settings begin with `kafka.`: `{property}`"
        ));
    }
    match nearest(&snake, NAMES) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("the kafka client's own settings begin with `kafka.`"),
    }
}

#[cfg(test)]
#[path = "options_test.rs"]
mod tests;
