//! Where a stream begins, how much a batch takes, what it says of each batch.

use super::lab::{Lab, interrupt, numbers_in, progress_in, wait_for_rows};

#[test]
fn a_stream_begins_at_the_end_of_the_topic_unless_it_is_told_otherwise() {
    let lab = Lab::new("commandes-json", 1);
    lab.produce_orders(1..=3);
    let running = lab.run(lab.numbers("")).start();
    // Nothing tells from outside when it has looked where the topic ends, so orders are sent until one comes through.
    let mut sent = 100;
    let first = loop {
        sent += 1;
        lab.produce_orders([sent]);
        let so_far = running.wait_for_stdout("anything", |stdout| Some(numbers_in(stdout)));
        if let Some(first) = so_far.first() {
            break *first;
        }
    };
    assert!((101..=sent).contains(&first), "order {first} was there before");
    lab.produce_orders([1000]);
    running.wait_for_stdout("order 1000", |stdout| numbers_in(stdout).contains(&1000).then_some(()));
    let seen = numbers_in(&interrupt(running).stdout);
    let expected: Vec<u64> = (first..=sent).chain([1000]).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_run_begins_again_where_its_starting_offsets_say() {
    let lab = Lab::new("commandes-json", 1);
    lab.produce_orders(1..=4);
    let topic = &lab.topic;
    let run = |starting: &str| {
        let pipeline = lab.numbers(&format!("starting_offsets = {starting}"));
        let command = lab.available_now(pipeline).set("checkpoint", "false");
        numbers_in(&command.succeed().stdout)
    };
    assert_eq!(run("\"earliest\""), [1, 2, 3, 4]);
    assert_eq!(run("\"earliest\""), [1, 2, 3, 4]);
    assert_eq!(run(&format!("{{ \"{topic}\" = {{ \"0\" = 2 }} }}")), [3, 4]);
    assert_eq!(run("\"latest\""), [0_u64; 0]);
}

#[test]
fn max_offsets_per_trigger_cuts_batches() {
    let lab = Lab::new("commandes-json", 1);
    lab.produce_orders(1..=10);
    let pipeline = lab.numbers("starting_offsets = \"earliest\"\nmax_offsets_per_trigger = 3");
    let output = lab.available_now(pipeline).arg("--progress").arg("json").succeed();
    let mut sizes = [0; 4];
    for printed in super::lab::printed(&output.stdout) {
        sizes[usize::try_from(printed.batch).unwrap()] += 1;
    }
    assert_eq!(sizes, [3, 3, 3, 1]);
    let progress = progress_in(&output.stderr);
    let read: Vec<_> = progress.iter().map(|batch| batch["numInputRows"].as_u64()).collect();
    assert_eq!(read, [Some(3), Some(3), Some(3), Some(1)]);
    let behind: Vec<_> = progress
        .iter()
        .map(|batch| batch["sources"][0]["metrics"]["maxOffsetsBehindLatest"].as_str())
        .collect();
    assert_eq!(behind, [Some("7"), Some("4"), Some("1"), Some("0")]);
}

#[test]
fn progress_is_a_json_object_a_batch_on_stderr() {
    let lab = Lab::new("commandes-json", 1);
    let pipeline = lab.numbers("starting_offsets = \"earliest\"");
    // There is one already, so that the stream need not begin with a batch of nothing.
    lab.produce_orders([1]);
    let running = lab
        .run(pipeline)
        .set("name", "essai")
        .arg("--progress")
        .arg("json")
        .start();
    for round in 1..=2 {
        if round > 1 {
            lab.produce_orders([round]);
        }
        wait_for_rows(&running, usize::try_from(round).unwrap());
    }
    let output = interrupt(running);
    let progress = progress_in(&output.stderr);
    assert_eq!(progress.len(), 2, "{output}");
    for (at, batch) in progress.iter().enumerate() {
        assert_eq!(batch["batchId"], at);
        assert_eq!(batch["name"], "essai");
        assert_eq!(batch["numInputRows"], 1);
        assert_eq!(batch["sink"]["numOutputRows"], 1);
        let source = &batch["sources"][0];
        assert_eq!(source["description"], format!("KafkaV2[Subscribe[{}]]", lab.topic));
        assert_eq!(
            source["endOffset"],
            format!("{{\"{}\":{{\"0\":{}}}}}", lab.topic, at + 1)
        );
    }
    assert_eq!(progress[0]["id"], progress[1]["id"]);
    assert_eq!(
        progress[1]["sources"][0]["startOffset"],
        progress[0]["sources"][0]["endOffset"]
    );
}

#[test]
fn an_interval_begins_a_batch_only_where_there_are_records() {
    let lab = Lab::new("commandes-json", 1);
    // There is one already, so that the stream need not begin with a batch of nothing.
    lab.produce_orders([1]);
    let running = lab
        .run(lab.numbers("starting_offsets = \"earliest\""))
        .set("trigger", "100 milliseconds")
        .start();
    for round in 1..=3 {
        if round > 1 {
            lab.produce_orders([round]);
        }
        let rows = wait_for_rows(&running, usize::try_from(round).unwrap());
        // Between the rounds the interval goes by many times.
        assert_eq!(rows.last().map(|row| row.batch), Some(round - 1));
    }
    interrupt(running);
}

#[test]
fn a_stream_may_be_given_its_time() {
    let lab = Lab::new("commandes-json", 1);
    lab.produce_orders([1]);
    let pipeline = lab.numbers("starting_offsets = \"earliest\"");
    // Long enough to read one record on a busy machine is not to be had; that it ends by itself, and well, is what counts.
    let output = lab.run(pipeline).arg("--stop-after").arg("1").succeed();
    assert!(numbers_in(&output.stdout).len() <= 1, "{output}");
}
