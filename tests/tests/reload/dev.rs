//! `wasmill dev`: what an author sees.

use wasmill_tests::command::Running;

use super::modules::{refuses, sizes, sum};
use super::support::{Lab, plain, rename_into};

const PIPELINE: &str = "[source.raw]\nsubscribe = \"reloads\"\n[guest.sizes]\nfrom = \"raw\"\nmodule = \"sizes.wasm\"\n\
    [table.long]\nsql = \"SELECT CAST(kafka_offset AS INT) AS o, length FROM sizes WHERE length > 1\"\n\
    [sink.long]\nfrom = \"long\"\nparquet = \"nowhere\"\n";
const SAMPLES: &str = "a\nbb\nE is an error\ndddd\n";

/// A folder with a pipeline, its module and samples, and no broker.
fn desk(pipeline: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("pipeline.toml", pipeline), ("samples.jsonl", SAMPLES)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn dev(folder: &tempfile::TempDir, arguments: &[&str]) -> Running {
    let command = wasmill_tests::command::Command::wasmill([&["dev"], arguments].concat());
    command
        .within(folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("WASMILL_CACHE", folder.path().join("cache"))
        .start()
}

/// All of stdout behind `from` bytes, once this is in it.
fn printed(running: &Running, from: usize, what: &str) -> (usize, String) {
    running.wait_for_stdout(what, |text| {
        let new = text.get(from..)?;
        let is_whole = new.contains(what) && new.ends_with('\n');
        is_whole.then(|| (text.len(), plain(new)))
    })
}

fn said(running: &Running, what: &str) -> String {
    running.wait_for_stderr(what, |text| {
        let is_whole = text.contains(what) && text.ends_with('\n');
        is_whole.then(|| plain(text))
    })
}

#[test]
fn the_same_samples_again_whenever_the_module_is_saved() {
    let folder = desk(PIPELINE);
    let file = folder.path().join("sizes.wasm");
    rename_into(&file, &sizes(1, "length"));
    let running = dev(&folder, &[]);
    let (end, first) = printed(&running, 0, "guest `sizes`");
    insta::assert_snapshot!(first, @"
    `long`: 2 rows
    +---+------+
    |  o|length|
    +---+------+
    |  1|     2|
    |  3|     4|
    +---+------+
    `sizes_errors`: records that failed
    +---------+------+----------+-------------+
    |partition|offset|    reason|        value|
    +---------+------+----------+-------------+
    |        0|     2|bad record|E is an error|
    +---------+------+----------+-------------+
    guest `sizes` (menagerie@DIGEST): 4 records, 3 rows, 1 error, 230 fuel a record, 0.2 MiB of memory
    ");
    insta::assert_snapshot!(said(&running, "Ctrl-C ends"), @"
    no stream, only samples: source `raw` has no broker to read from: `pipeline.toml:1`
    hint: name one with `--kafka HOST:PORT` or in the pipeline's `[kafka]`, or start one: `wasmill broker`
    module `sizes` v1 (menagerie@DIGEST) live
    the sample: `samples.jsonl`
    watching `sizes.wasm`; Ctrl-C ends
    ");
    rename_into(&file, &sizes(3, "length"));
    let (end, again) = printed(&running, end, "guest `sizes`");
    insta::assert_snapshot!(again, @"
    `long`: 2 rows changed, 1 row new
      +-+------+
      |o|length|
      +-+------+
    + |0|     3|
    - |1|     2|
    + |1|     6|
         ^^^^^^
    - |3|     4|
    + |3|    12|
         ^^^^^^
      +-+------+
    guest `sizes` (menagerie@DIGEST): 4 records, 3 rows, 1 error, 230 fuel a record (as before), 0.2 MiB of memory
    ");
    // What is no module changes nothing.
    rename_into(&file, b"nonsense");
    insta::assert_snapshot!(said(&running, "stays live").rsplit_once("live\n").map_or("", |_| "told"), @"told");
    rename_into(&file, &refuses());
    let (_, refused) = printed(&running, end, "guest `sizes`");
    insta::assert_snapshot!(refused, @"
    `long`: 3 rows gone
      +-+------+
      |o|length|
      +-+------+
    - |0|     3|
    - |1|     6|
    - |3|    12|
      +-+------+
    `sizes_errors`: 3 rows new, 1 row as before
      +---------+------+----------+-------------+
      |partition|offset|reason    |value        |
      +---------+------+----------+-------------+
    + |        0|     0|bad record|a            |
    + |        0|     1|bad record|bb           |
      |        0|     2|bad record|E is an error|
    + |        0|     3|bad record|dddd         |
      +---------+------+----------+-------------+
    guest `sizes` (menagerie@DIGEST): 4 records, 0 rows, 4 errors, 187 fuel a record (-18.8 %), 0.2 MiB of memory
    ");
    // Other samples.
    std::fs::write(folder.path().join("samples.jsonl"), "zz\n").unwrap();
    said(&running, "v3");
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    assert!(
        !folder.path().join("nowhere").exists(),
        "a sink was written to\n{output}"
    );
}

#[test]
fn a_batch_is_shown_as_one_and_so_is_an_aggregate() {
    let pipeline = "trigger = \"once\"\n[source.raw]\nsubscribe = \"reloads\"\n[aggregate.zoo]\nmodule = \"zoo.wasm\"\n\
        [table.t]\nsql = \"SELECT zoo(length(CAST(value AS STRING))) AS total FROM raw ORDER BY total\"\n[sink.t]\nfrom = \"t\"\nconsole = {}\n";
    let folder = desk(pipeline);
    let file = folder.path().join("zoo.wasm");
    rename_into(&file, &sum(1, 1, None));
    let running = dev(&folder, &["--samples"]);
    let (end, first) = printed(&running, 0, "aggregate `zoo`");
    insta::assert_snapshot!(first, @"
    `t`: 1 row
    +-----+
    |total|
    +-----+
    |   20|
    +-----+
    aggregate `zoo` (zoo@DIGEST): 205 fuel a record, 0.2 MiB of memory
    ");
    rename_into(&file, &sum(10, 1, None));
    let (_, again) = printed(&running, end, "aggregate `zoo`");
    insta::assert_snapshot!(again, @"
    `t`: 1 row changed
      +-----+
      |total|
      +-----+
    - |   20|
    + |  200|
       ^^^^^
      +-----+
    aggregate `zoo` (zoo@DIGEST): 205 fuel a record (as before), 0.2 MiB of memory
    ");
}

#[test]
fn a_mistake_at_the_beginning_can_be_mended() {
    let folder = desk(&PIPELINE.replace("length > 1", "lenght > 1"));
    let file = folder.path().join("sizes.wasm");
    rename_into(&file, &sizes(1, "length"));
    let running = dev(&folder, &["--samples"]);
    insta::assert_snapshot!(said(&running, "waiting for a change"), @r#"
    error: table `long`: no column `lenght`
     --> pipeline.toml:7:71
      |
    7 | sql = "SELECT CAST(kafka_offset AS INT) AS o, length FROM sizes WHERE lenght > 1"
      |                                                                       ^^^^^^
      |
    hint: did you mean `length`? the columns are `length`, `kafka_key`, `kafka_topic`, `kafka_partition`, `kafka_offset`, `kafka_timestamp`

    1 mistake in `pipeline.toml`
    waiting for a change
    "#);
    std::fs::write(folder.path().join("pipeline.toml"), PIPELINE).unwrap();
    let (_, first) = printed(&running, 0, "guest `sizes`");
    assert!(first.contains("`long`: 2 rows"), "{first}");
}

#[test]
fn with_a_broker_the_stream_goes_on_beside_it() {
    let lab = Lab::new();
    lab.produce(&["a", "bb", "ccc"]);
    lab.save("sizes.wasm", &sizes(1, "length"));
    let subscribed = format!("subscribe = \"{}\"\nstarting_offsets = \"latest\"", lab.topic);
    let pipeline = PIPELINE.replace("subscribe = \"reloads\"", &subscribed);
    std::fs::write(lab.path("pipeline.toml"), pipeline).unwrap();
    let folder = lab.path("");
    let command = lab.kafka.wasmill(["dev", ".", "--records", "2"]).within(&folder);
    let running = command.env("WASMILL_CACHE", lab.path("cache")).start();
    let (end, first) = printed(&running, 0, "guest `sizes`");
    insta::assert_snapshot!(first, @"
    `long`: 2 rows
    +---+------+
    |  o|length|
    +---+------+
    |  1|     2|
    |  2|     3|
    +---+------+
    guest `sizes` (menagerie@DIGEST): 2 records, 2 rows, 378 fuel a record, 0.2 MiB of memory
    ");
    said(&running, "Ctrl-C ends");
    lab.produce(&["dddd"]);
    let (end, _) = printed(&running, end, "|  3|     4|");
    lab.save("sizes.wasm", &sizes(10, "length"));
    let (end, again) = printed(&running, end, "guest `sizes`");
    insta::assert_snapshot!(again, @"
    `long`: 2 rows changed
      +-+------+
      |o|length|
      +-+------+
    - |1|     2|
    + |1|    20|
         ^^^^^^
    - |2|     3|
    + |2|    30|
         ^^^^^^
      +-+------+
    guest `sizes` (menagerie@DIGEST): 2 records, 2 rows, 378 fuel a record (as before), 0.2 MiB of memory
    ");
    lab.produce(&["ee"]);
    printed(&running, end, "|  4|    20|");
    running.interrupt();
    let output = running.finish();
    assert_eq!(output.code, Some(0), "{output}");
    assert!(!lab.path("nowhere").exists(), "a sink was written to\n{output}");
}
