use std::sync::Arc;

use serde_json::json;

use super::*;

fn read(options: Value) -> Result<KafkaOptions, Vec<Problem>> {
    let object = options.as_object().unwrap().clone();
    KafkaOptions::from_pairs(object.iter().map(|(name, value)| (name.as_str(), value)))
}

fn texts(problems: &[Problem]) -> Vec<String> {
    problems
        .iter()
        .map(|problem| match &problem.hint {
            Some(hint) => format!("{}: {} [{hint}]", problem.option, problem.message),
            None => format!("{}: {}", problem.option, problem.message),
        })
        .collect()
}

fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition {
        topic: Arc::from(topic),
        partition,
    }
}

#[test]
fn defaults_are_sparks() {
    let options = read(json!({"subscribe": "orders"})).unwrap();
    assert_eq!(options, KafkaOptions::subscribe(["orders"], ClientSettings::default()));
    assert!(options.fail_on_data_loss);
    assert_eq!(options.max_trigger_delay, Duration::from_secs(900));
    assert_eq!(options.starting, None);
}

#[test]
fn every_option_is_taken_as_itself_or_as_text() {
    let options = read(json!({
        "subscribe": "a, b",
        "starting_offsets": {"a": {"0": 23, "1": -2}, "b": {"0": -1}},
        "ending_offsets": "latest",
        "fail_on_data_loss": "false",
        "max_offsets_per_trigger": "1000",
        "min_offsets_per_trigger": 10,
        "max_trigger_delay": "30 seconds",
        "min_partitions": 4,
        "include_headers": true,
        "starting_offsets_by_timestamp_strategy": "latest",
        "kafka.bootstrap.servers": "h:1",
        "kafka.fetch.min.bytes": 1,
    }))
    .unwrap();
    assert_eq!(
        options.subscription,
        Subscription::Topics(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(
        options.starting,
        Some(Positions::Offsets(BTreeMap::from([
            (at("a", 0), 23),
            (at("a", 1), -2),
            (at("b", 0), -1)
        ])))
    );
    assert_eq!(options.ending, Some(Positions::Latest));
    assert!(!options.fail_on_data_loss);
    assert_eq!(options.max_offsets_per_trigger, Some(1000));
    assert_eq!(options.max_trigger_delay, Duration::from_secs(30));
    assert!(options.include_headers);
    assert_eq!(options.client.address(), Some("h:1"));
}

#[test]
fn a_time_ranks_before_times_and_times_before_offsets() {
    let options = read(json!({
        "subscribe": "a",
        "starting_offsets": "latest",
        "starting_offsets_by_timestamp": r#"{"a": {"0": 5}}"#,
        "starting_timestamp": "7",
        "ending_offsets": r#"{"a": {"0": 9}}"#,
        "ending_offsets_by_timestamp": {"a": {"0": 6}},
    }))
    .unwrap();
    assert_eq!(options.starting, Some(Positions::Timestamp(7)));
    assert_eq!(
        options.ending,
        Some(Positions::Timestamps(BTreeMap::from([(at("a", 0), 6)])))
    );
}

#[test]
fn every_mistake_is_said_at_once() {
    let problems = read(json!({
        "startingOffsets": "earliest",
        "starting_ofsets": "earliest",
        "bootstrap.servers": "h:1",
        "groupIdPrefix": "x",
        "starting_offsets": "yesterday",
        "ending_offsets": {"a": {"x": 1}},
        "starting_timestamp": -5,
        "max_offsets_per_trigger": 0,
        "fail_on_data_loss": "maybe",
        "max_trigger_delay": "a while",
        "kafka.group.id": "mine",
        "subscribe": "a",
        "assign": {"a": [0]},
    }))
    .unwrap_err();
    insta::assert_snapshot!(texts(&problems).join("\n"), @r#"
startingOffsets: a kafka source has no option `startingOffsets` [did you mean `starting_offsets`?]
starting_ofsets: a kafka source has no option `starting_ofsets` [did you mean `starting_offsets`?]
bootstrap.servers: a kafka source has no option `bootstrap.servers` [the kafka client's own settings begin with `kafka.`: `kafka.bootstrap.servers`]
groupIdPrefix: a kafka source has no option `groupIdPrefix` [leave it out: no consumer group is used]
starting_offsets: `starting_offsets` is `earliest`, `latest` or offsets by partition, not `yesterday` [for example `{"orders": {"0": 23, "1": -2}}` (-2 is the earliest, -1 the latest)]
ending_offsets: `ending_offsets` has `x` for a partition of topic `a` [for example `{"orders": {"0": 23, "1": -2}}`]
starting_timestamp: `starting_timestamp` is a time in milliseconds since 1970, not `-5`
max_offsets_per_trigger: `max_offsets_per_trigger` is a positive number, not `0`
fail_on_data_loss: `fail_on_data_loss` is `true` or `false`, not `maybe`
max_trigger_delay: `max_trigger_delay` is a duration, not `a while` [for example `15m`, `30 seconds` or `500ms`]
kafka.group.id: `kafka.group.id` is the engine's own [offsets are kept in the checkpoint, not in a consumer group]
assign: there is `subscribe` already [a source has one of `subscribe`, `subscribe_pattern` and `assign`]
    "#);
}

#[test]
fn a_source_says_its_topics() {
    assert_eq!(
        texts(&read(json!({})).unwrap_err()),
        ["subscribe: the source says no topic [say `subscribe = \"TOPIC\"`, `subscribe_pattern` or `assign`]"]
    );
    // One mistake, one message.
    assert_eq!(
        texts(&read(json!({"subscribe": ""})).unwrap_err()),
        ["subscribe: `subscribe` is empty"]
    );
    assert_eq!(
        texts(&read(json!({"subscribe_pattern": "a("})).unwrap_err()),
        ["subscribe_pattern: `a(` is no regular expression: unclosed group"]
    );
    let options = read(json!({"assign": r#"{"a": [0, 2]}"#})).unwrap();
    assert_eq!(
        options.subscription,
        Subscription::Partitions(BTreeSet::from([at("a", 0), at("a", 2)]))
    );
}

#[test]
fn what_a_mode_does_not_allow_is_said() {
    let options = read(json!({"subscribe": "a", "starting_offsets": "latest", "ending_offsets": "earliest"})).unwrap();
    assert_eq!(options.validate(Mode::Batch).len(), 2);
    assert_eq!(
        texts(&options.validate(Mode::Stream)),
        [
            "ending_offsets: `ending_offsets` has no meaning on a stream [`trigger = \"available-now\"` reads up to now and \
          stops; `--once` reads a batch with an end]"
        ]
    );
    let options =
        read(json!({"subscribe": "a", "starting_offsets": {"a": {"0": -1}}, "ending_offsets": {"a": {"0": -2}}}))
            .unwrap();
    assert_eq!(
        texts(&options.validate(Mode::Batch)),
        [
            "starting_offsets: a batch can't start at the latest offset (-1): topic `a` partition 0",
            "ending_offsets: a batch can't end at the earliest offset (-2): topic `a` partition 0",
        ]
    );
}
