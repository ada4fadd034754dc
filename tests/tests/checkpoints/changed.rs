//! What may change between two runs, and what may not.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;

use super::lab::{Lab, NUMBERS, WINDOWS, said, wait_for_commit, wait_for_records, windows};

/// What a run says that is refused, without what differs from run to run.
fn refused(lab: &Lab) -> String {
    let before = lab.manifests();
    let output = lab.available_now().fail();
    assert_eq!(lab.manifests(), before, "something was written\n{output}");
    said(lab, &output)
}

#[test]
fn groups_of_another_kind_are_refused_with_the_reason() {
    let lab = Lab::new(1);
    lab.write(WINDOWS);
    lab.produce(0..15);
    let first = lab.available_now().succeed();

    lab.write(&WINDOWS.replace("'10 seconds'", "'20 seconds'"));
    insta::assert_snapshot!(refused(&lab), @"
    error: it groups by windows of 20 seconds, and what is kept by windows of 10 seconds: checkpoint N in `pipeline.checkpoint`: table `windows`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    lab.write(&WINDOWS.replace("BY window", "BY topic, window"));
    insta::assert_snapshot!(refused(&lab), @"
    error: it groups by `topic Utf8`, and what is kept by nothing: checkpoint N in `pipeline.checkpoint`: table `windows`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    lab.write(&WINDOWS.replace("count(*) AS count", "max(offset) AS count"));
    insta::assert_snapshot!(refused(&lab), @"
    error: it aggregates `max(raw.offset)`, `sum(raw.value)`, and what is kept is of `count(Int64(1))`, `sum(raw.value)`: checkpoint N in `pipeline.checkpoint`: table `windows`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");
    lab.write(&format!("{WINDOWS}\nmode = \"update\""));
    insta::assert_snapshot!(refused(&lab), @"
    error: its rows come out in update mode, and what is kept is of append mode: checkpoint N in `pipeline.checkpoint`: table `windows`

    hint: go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew
    ");

    // What does not touch the groups may change: the delay, what is made of results, sinks, other tables.
    let other = WINDOWS.replace("1 second\"", "2 seconds\"").replace(
        "sum(CAST(CAST(value AS STRING) AS BIGINT)) AS sum",
        "sum(CAST(CAST(value AS STRING) AS BIGINT)) + 1000 AS sum",
    );
    lab.write(&format!("{other}{NUMBERS}"));
    lab.produce(15..25);
    let second = lab.available_now().succeed();
    let sums: Vec<i64> = windows(&[&first, &second]).values().map(|(_, sum)| *sum).collect();
    assert_eq!(sums, [45, 1000 + (10..20).sum::<i64>()]);
    assert_eq!(lab.numbers(), (15..25).collect::<Vec<_>>());
}

#[test]
fn another_topic_under_the_sources_name_is_refused() {
    let mut lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.produce(0..5);
    lab.available_now().succeed();
    let before = std::mem::replace(&mut lab.topic, lab.kafka.topic_name("other-numbers"));
    lab.kafka.create_topic(&lab.topic, 1);
    lab.write(NUMBERS);
    insta::assert_snapshot!(refused(&lab).replace(&before, "BEFORE"), @"
    error: it reads KafkaV2[Subscribe[TOPIC]], and what is kept was read of KafkaV2[Subscribe[BEFORE]]: checkpoint N in `pipeline.checkpoint`: source `raw`

    hint: give the source another name, to begin it anew beside what is kept; or `wasmill checkpoint clear`, to begin all anew
    ");
}

#[test]
fn the_checkpoint_of_another_pipeline_is_refused() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.available_now().succeed();
    let output = lab.available_now().set("name", "mine").fail();
    insta::assert_snapshot!(said(&lab, &output), @r#"
    error: this is the checkpoint of pipeline `pipeline`, and not of `mine`: checkpoint `pipeline.checkpoint`

    hint: give the pipeline another `checkpoint`; if it was renamed, `name = "pipeline"` is its name here
    "#);
}

#[test]
fn a_checkpoint_of_a_newer_version_is_refused() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.available_now().succeed();
    let newest = lab.manifests().pop().unwrap();
    let path = lab.folder.path().join(format!("pipeline.checkpoint/{newest}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"version\": 1,", "\"version\": 99,")).unwrap();
    let said = refused(&lab).replace(&format!("{newest}.json"), "N.json");
    insta::assert_snapshot!(said, @"
    error: it was written by a newer wasmill: its format is version 99, and this one reads 1: checkpoint `pipeline.checkpoint/N.json`

    hint: use that wasmill, or give the pipeline another `checkpoint`
    ");
}

#[test]
fn a_torn_state_is_told_and_the_checkpoint_before_is_used() {
    let lab = Lab::new(1);
    lab.write(WINDOWS);
    lab.produce(0..15);
    let first = lab.available_now().succeed();
    lab.produce(15..18);
    let second = lab.available_now().succeed();
    // The newest object is the groups that changed last.
    let state = lab.folder.path().join("pipeline.checkpoint/state");
    let newest = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap())
        .max_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
    let path = newest.unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    lab.produce(18..25);
    let third = lab.available_now().succeed();
    let told = said(&lab, &third);
    assert!(
        told.contains("can't be used: its bytes are not those that were written"),
        "{third}"
    );
    assert_eq!(
        windows(&[&first, &second, &third]).into_values().collect::<Vec<_>>(),
        [(10, 45), (10, 145)]
    );
}

#[test]
fn records_that_are_gone_are_told() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    lab.produce(0..5);
    lab.available_now().succeed();
    // A broker that has a topic of that name and more records, and yet it is another topic.
    let other = wasmill_tests::broker::Kafka::start();
    if other.is_real() {
        lab.kafka.wasmill(["topics", "delete", &lab.topic]).succeed();
    }
    other.create_topic(&lab.topic, 1);
    let path = lab.folder.path().join("records.jsonl");
    let lines: Vec<String> = (100..120)
        .map(|number| format!("{{\"value\":\"{number}\",\"timestamp\":1768730400000}}"))
        .collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    other.produce(&lab.topic, &path);
    let run = || {
        other
            .wasmill(["run", "pipeline.toml", "--set", "trigger=available-now"])
            .within(lab.folder.path())
    };
    insta::assert_snapshot!(said(&lab, &run().fail()), @"
    going on from checkpoint N with batch 1
    error: records are gone: topic `TOPIC` partition 0 was read up to offset 5, and its topic was deleted and made again since: source `raw`

    hint: `fail_on_data_loss = false` goes on with what is there; `wasmill checkpoint clear` begins anew
    ");
    let went_on = run().set("source.raw.fail_on_data_loss", "false").succeed();
    assert!(
        said(&lab, &went_on).contains("was deleted and made again since"),
        "{went_on}"
    );
    assert_eq!(lab.numbers(), (0..5).chain(100..120).collect::<Vec<_>>());
}

#[test]
fn a_checkpoint_that_can_not_be_written_is_told_before_anything_runs() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    std::fs::write(lab.folder.path().join("pipeline.checkpoint"), "a file").unwrap();
    let output = lab.available_now().fail();
    insta::assert_snapshot!(said(&lab, &output), @"
    error: can't list the folder: checkpoint `pipeline.checkpoint`: `pipeline.checkpoint`: Not a directory (os error 20)

    hint: a file stands where a folder is needed
    ");
}

#[test]
fn rows_that_are_in_no_file_keep_their_columns() {
    let lab = Lab::new(1);
    let slow = NUMBERS.replace("1 second", "1 minute");
    lab.write(&slow);
    lab.produce(0..5);
    let mut running = lab.run().start();
    wait_for_records(&running, 5);
    wait_for_commit(&lab, 0);
    running.kill();
    lab.write(&slow.replace(" AS n FROM", " AS n, topic FROM"));
    let said = refused(&lab).replace(lab.files.url("").trim_start_matches("file://"), "FILES/");
    // On an embedded broker the topic is called as the folder.
    let said = said.replace("FILES/TOPIC", "FILES/numbers");
    let said = said.split("checkpoint ").next().unwrap_or_default();
    assert_eq!(
        said,
        "error: up to 5 rows for `FILES/numbers` are not in a file yet, since the run before died, and its rows have other columns now: "
    );
    // As it was, it goes on, and writes them.
    lab.write(&slow);
    lab.available_now().succeed();
    assert_eq!(lab.numbers(), [0, 1, 2, 3, 4]);
}

#[test]
fn partitions_that_were_added_meanwhile_are_read_from_their_beginning() {
    let lab = Lab::new(1);
    if !lab.kafka.is_real() {
        eprintln!("left out: an embedded broker keeps the partitions that it has");
        return;
    }
    lab.write(NUMBERS);
    lab.produce(0..5);
    lab.available_now().succeed();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let brokers = lab.kafka.address();
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let more = NewPartitions::new(&lab.topic, 4);
    let added = runtime.block_on(admin.create_partitions(&[more], &AdminOptions::new()));
    assert!(added.unwrap().iter().all(Result::is_ok));
    for round in 1..8 {
        lab.produce(round * 5..round * 5 + 5);
    }
    lab.available_now().succeed();
    assert_eq!(lab.numbers(), (0..40).collect::<Vec<_>>());
}
