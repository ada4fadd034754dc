use super::*;

fn offsets(pairs: &[(&str, i32, i64)]) -> Offsets {
    let partition = |topic: &str, partition| TopicPartition {
        topic: topic.into(),
        partition,
    };
    pairs
        .iter()
        .map(|&(topic, number, offset)| (partition(topic, number), offset))
        .collect()
}

#[test]
fn offsets_are_written_by_topic_and_partition() {
    let offsets = offsets(&[("b", 1, 7), ("a", 0, 6), ("b", 10, 5), ("b", 2, 4)]);
    let text = offsets_json(offsets.iter().map(|(partition, offset)| (partition, *offset)));
    assert_eq!(text, r#"{"a":{"0":6},"b":{"1":7,"2":4,"10":5}}"#);
}

#[test]
fn lag_is_told_over_all_partitions() {
    let (end, latest) = (
        offsets(&[("a", 0, 6), ("a", 1, 7)]),
        offsets(&[("a", 0, 6), ("a", 1, 10)]),
    );
    let lag = behind_latest(&end, &latest);
    assert_eq!(
        lag,
        BTreeMap::from([
            ("minOffsetsBehindLatest", "0".to_owned()),
            ("maxOffsetsBehindLatest", "3".to_owned()),
            ("avgOffsetsBehindLatest", "1.5".to_owned()),
        ])
    );
    assert!(behind_latest(&Offsets::new(), &Offsets::new()).is_empty());
}

#[test]
fn no_time_is_no_rate() {
    assert_eq!(per_second(10, Duration::ZERO), 0.0);
    assert_eq!(per_second(10, Duration::from_millis(500)), 20.0);
}

#[test]
fn times_are_iso_8601_in_milliseconds() {
    assert_eq!(iso(1_768_730_400_620), "2026-01-18T10:00:00.620Z");
    assert_eq!(iso(-1), "1969-12-31T23:59:59.999Z");
}

#[test]
fn a_state_operator_has_spark_s_names() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = folder.join("../tests/fixtures/golden/stream/progress-example.json");
    let example: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(example).unwrap()).unwrap();
    let ours = StateOperatorProgress {
        operator_name: "stateStoreSave".to_owned(),
        num_rows_total: 10,
        custom_metrics: BTreeMap::from([("stateOnCurrentVersionSizeBytes", 2656)]),
        ..StateOperatorProgress::default()
    };
    let ours = serde_json::to_value(ours).unwrap();
    for progress in example.as_array().unwrap() {
        let theirs = &progress["stateOperators"][0];
        let fields = |value: &serde_json::Value| value.as_object().unwrap().clone();
        assert!(fields(&ours).keys().eq(fields(theirs).keys()), "{ours}\n{theirs}");
        for (name, value) in fields(theirs) {
            let same_kind = (ours[&name].is_u64(), ours[&name].is_string(), ours[&name].is_object())
                == (value.is_u64(), value.is_string(), value.is_object());
            assert!(same_kind, "{name} is {value} in Spark, {} here", ours[&name]);
        }
    }
}
