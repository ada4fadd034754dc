//! A run that ended, and the next one.

use super::lab::{Lab, NUMBERS, WINDOWS, interrupt, progress, said, wait_for_commit, wait_for_records, windows};

#[test]
fn the_next_run_goes_on_where_one_ended() {
    let lab = Lab::new(2);
    lab.write(NUMBERS);
    lab.produce(0..10);
    let first = lab.available_now().succeed();
    assert_eq!(lab.numbers(), (0..10).collect::<Vec<_>>());
    assert!(!first.stderr.contains("going on"), "{first}");
    lab.produce(10..13);
    let second = lab.available_now().succeed();
    assert_eq!(lab.numbers(), (0..13).collect::<Vec<_>>());
    let batches = progress(&second.stderr);
    assert_eq!(batches[0]["batchId"], 1, "{second}");
    assert_eq!(batches[0]["numInputRows"], 3, "{second}");
    let before = &progress(&first.stderr)[0];
    assert_eq!(batches[0]["id"], before["id"]);
    assert_ne!(batches[0]["runId"], before["runId"]);
    // It has nothing to wait for: the one before said that it had ended.
    assert!(said(&lab, &second).starts_with("going on from checkpoint "), "{second}");
    // Nothing new: nothing is done.
    let third = lab.available_now().succeed();
    assert_eq!(progress(&third.stderr).len(), 0, "{third}");
    assert_eq!(lab.numbers(), (0..13).collect::<Vec<_>>());
}

#[test]
fn windows_and_the_watermark_stand_after_a_clean_end() {
    let lab = Lab::new(1);
    lab.write(WINDOWS);
    lab.produce(0..15);
    let first = lab.available_now().succeed();
    assert_eq!(windows(&[&first]).len(), 1, "{first}");
    lab.produce(15..25);
    // Late for the window that is final, as it would have been without an end.
    lab.produce([3]);
    lab.produce(25..42);
    let second = lab.available_now().succeed();
    let all = windows(&[&first, &second]);
    let counts: Vec<(i64, i64)> = all.values().copied().collect();
    let sum = |from: i64, until: i64| (from..until).sum::<i64>();
    assert_eq!(
        counts,
        [
            (10, sum(0, 10)),
            (10, sum(10, 20)),
            (10, sum(20, 30)),
            (10, sum(30, 40))
        ]
    );
}

#[test]
fn a_run_that_is_killed_loses_nothing_and_doubles_nothing() {
    let lab = Lab::new(3);
    lab.write(NUMBERS);
    for round in 0..4 {
        lab.produce(round * 50..round * 50 + 50);
        let mut running = lab.run().start();
        wait_for_records(&running, 10);
        if round % 2 == 0 {
            wait_for_commit(&lab, 0);
        }
        running.kill();
        // As far as it is there, it is there once. (A store has no folder before its first file; `tests/kills.rs` looks there.)
        if lab.files.path().is_some() {
            lab.numbers();
        }
    }
    let last = lab.available_now().succeed();
    assert_eq!(lab.numbers(), (0..200).collect::<Vec<_>>(), "{last}");
    // The process is known dead: nobody has to wait for it.
    assert!(!last.stderr.contains("listening"), "{last}");
}

#[test]
fn windows_stand_after_a_kill() {
    let lab = Lab::new(1);
    lab.write(&WINDOWS.replace("console = {}", "parquet = \"FILES\"\nroll_interval = \"1 second\""));
    lab.produce(0..25);
    let mut running = lab.run().start();
    wait_for_records(&running, 25);
    wait_for_commit(&lab, 0);
    running.kill();
    lab.produce(25..60);
    lab.available_now().succeed();
    for (reader, rows) in lab.files.read("numbers") {
        let mut sums: Vec<i64> = rows.iter().map(|row| row["sum"].as_i64().unwrap()).collect();
        sums.sort_unstable();
        let expected: Vec<i64> = (0..5).map(|window| (window * 10..window * 10 + 10).sum()).collect();
        assert_eq!(sums, expected, "{reader}");
    }
}

#[test]
fn a_record_that_fails_is_once_in_the_dead_letters() {
    let lab = Lab::new(1);
    let orders = wasmill_tests::module::module("commandes");
    lab.write(&format!(
        "[guest.orders]\nfrom = \"raw\"\nmodule = {orders:?}\n[table.bad]\nsql = \"SELECT offset AS n FROM orders_errors\"\n\
         [sink.bad]\nfrom = \"bad\"\nparquet = \"FILES\"\nroll_interval = \"1 second\"\n"
    ));
    let broken = |count: usize| -> Vec<String> {
        (0..count)
            .map(|_| r#"{"value":"no order","timestamp":1768730400000}"#.to_owned())
            .collect()
    };
    lab.produce_lines(&broken(7));
    let mut running = lab.run().start();
    wait_for_records(&running, 7);
    running.kill();
    lab.produce_lines(&broken(5));
    lab.available_now().succeed();
    assert_eq!(lab.numbers(), (0..12).collect::<Vec<_>>());
}

#[test]
fn a_stream_that_begins_at_the_newest_record_forgets_none_that_comes_while_it_is_away() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    let path = lab.folder.path().join("pipeline.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("earliest", "latest")).unwrap();
    lab.produce(0..5);
    // It ends before it has seen a record, and still it is known from where on.
    let mut running = lab.run().start();
    running.wait_for_stderr("a first batch", |stderr| (!progress(stderr).is_empty()).then_some(()));
    running.kill();
    lab.produce(5..8);
    lab.available_now().succeed();
    assert_eq!(lab.numbers(), [5, 6, 7]);
}

#[test]
fn old_checkpoints_are_collected_and_claims_stay() {
    let lab = Lab::new(1);
    lab.write(NUMBERS);
    let path = lab.folder.path().join("pipeline.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("100 milliseconds\" }", "1 millisecond\", keep = 2 }"),
    )
    .unwrap();
    let running = lab.run().start();
    for round in 0..5 {
        lab.produce([round]);
        wait_for_commit(&lab, u64::try_from(round).unwrap());
    }
    interrupt(running);
    let kept = lab.manifests();
    assert_eq!(kept.len(), 3, "two checkpoints and the claim: {kept:?}");
    assert_eq!(kept[0], 0);
    assert_eq!(lab.numbers(), [0, 1, 2, 3, 4]);
    // What is left is named.
    let folder = lab.folder.path().join("pipeline.checkpoint");
    let read = |number: &u64| std::fs::read_to_string(folder.join(format!("{number}.json"))).unwrap();
    let named: String = kept.iter().map(read).collect();
    // With nothing left the folder goes too.
    for object in std::fs::read_dir(folder.join("state")).into_iter().flatten() {
        let name = object.unwrap().file_name().into_string().unwrap();
        assert!(named.contains(&name), "{name} is named by none of {kept:?}");
    }
}
