//! Parquet on a stream: files appear while it runs, and a Ctrl-C leaves whole files behind.

use std::path::{Path, PathBuf};

use serde_json::json;
use wasmill_tests::folder::Folder;
use wasmill_tests::rows::Row;
use wasmill_tests::unique::random_hex;

use super::lab::{Lab, guest, interrupt, wait_for_rows};

/// A pipeline that prints the orders' numbers and writes them as Parquet with these options.
fn numbers_and_files(lab: &Lab, url: &str, options: &str) -> PathBuf {
    lab.pipeline(
        "starting_offsets = \"earliest\"",
        &guest("commandes"),
        &format!(
            "[table.numbers]\nsql = \"SELECT order_id FROM parsed\"\n\n\
             [sink.screen]\nfrom = \"numbers\"\nconsole = {{}}\n\n\
             [sink.files]\nfrom = \"numbers\"\nparquet = {url:?}\nmode = \"append\"\n{options}\n"
        ),
    )
}

fn numbers(rows: &[Row]) -> Vec<u64> {
    let mut numbers: Vec<u64> = rows.iter().map(|row| row["order_id"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// The finished files of a folder.
fn files(folder: &Path) -> usize {
    let is_file = |name: &str| name.ends_with(".parquet") && !name.starts_with(['.', '_']);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| is_file(&entry.file_name().to_string_lossy()))
        .count()
}

#[test]
fn several_sinks_of_a_table_get_the_same_rows_and_ctrl_c_completes_the_files() {
    let lab = Lab::new("commandes-json", 3);
    let folder = Folder::new();
    let running = lab.run(numbers_and_files(&lab, &folder.url("numbers"), "")).start();
    for round in 0..3 {
        lab.produce_orders(round * 10..round * 10 + 10);
        wait_for_rows(&running, usize::try_from(round * 10 + 10).unwrap());
    }
    let output = interrupt(running);
    assert!(output.stderr.contains("sink `files`: 30 rows in "), "{output}");
    for (reader, rows) in folder.read("numbers") {
        assert_eq!(numbers(&rows), (0..30).collect::<Vec<u64>>(), "{reader}");
    }
}

#[test]
fn a_file_is_finished_when_its_time_is_over() {
    let lab = Lab::new("commandes-json", 1);
    let folder = Folder::local();
    let place = folder.path().unwrap().join("numbers");
    let pipeline = numbers_and_files(&lab, &folder.url("numbers"), "roll_interval = \"1 second\"");
    let running = lab.run(pipeline).start();
    lab.produce_orders([0]);
    wait_for_rows(&running, 1);
    // Each order takes a while to send: that is the clock of this loop.
    let mut sent = 0;
    while files(&place) == 0 {
        sent += 1;
        lab.produce_orders([sent]);
    }
    let before = wasmill_tests::parquet::rows(&place);
    assert!(numbers(&before).contains(&0), "{before:?}");
    wait_for_rows(&running, usize::try_from(sent + 1).unwrap());
    interrupt(running);
    assert_eq!(
        numbers(&wasmill_tests::parquet::rows(&place)),
        (0..=sent).collect::<Vec<u64>>()
    );
}

#[test]
fn a_file_is_finished_when_it_is_large_enough() {
    let lab = Lab::new("commandes-json", 1);
    let folder = Folder::local();
    let place = folder.path().unwrap().join("orders");
    let pipeline = lab.pipeline(
        "starting_offsets = \"earliest\"",
        &guest("commandes"),
        &format!(
            "[sink.screen]\nfrom = \"parsed\"\nconsole = {{}}\n\n\
             [sink.files]\nfrom = \"parsed\"\nparquet = {:?}\nmode = \"append\"\ntarget_file_size = \"64 kb\"\n",
            folder.url("orders")
        ),
    );
    let running = lab.run(pipeline).start();
    let rounds = 4;
    for round in 0..rounds {
        // Text that does not compress: some 200 kB a round.
        let record = |number: u64| {
            let status: String = std::iter::repeat_with(|| random_hex(16)).take(50).collect();
            json!({"timestamp": 1, "value": json!({"order_id": number, "status": status}).to_string()})
        };
        lab.produce(&(round * 250..round * 250 + 250).map(record).collect::<Vec<_>>());
        wait_for_rows(&running, usize::try_from(round * 250 + 250).unwrap());
    }
    interrupt(running);
    assert!(files(&place) > 1, "{} files", files(&place));
    let rows = wasmill_tests::parquet::rows(&place);
    assert_eq!(numbers(&rows), (0..rounds * 250).collect::<Vec<u64>>());
}

#[test]
fn two_runs_append_to_the_same_folder() {
    let lab = Lab::new("commandes-json", 1);
    let folder = Folder::new();
    lab.produce_orders(0..5);
    for _ in 0..2 {
        // Each from the beginning, as two pipelines are.
        lab.available_now(numbers_and_files(&lab, &folder.url("numbers"), ""))
            .set("checkpoint", "false")
            .succeed();
    }
    for (reader, rows) in folder.read("numbers") {
        assert_eq!(numbers(&rows), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], "{reader}");
    }
}
