//! What is live in a stream, asked and changed from another process.

use serde_json::{Value, json};
use wasmill_tests::command::{Command, Output};

use super::modules::sizes;
use super::support::{Lab, Stream, plain};

const PIPELINE: &str = r#"
[guest.sizes]
from = "raw"
module = "sizes.wasm"
[sink.rows]
from = "sizes"
console = {}
"#;

/// A stream that can be asked.
fn run(lab: &Lab) -> Stream {
    let text = format!(
        "[source.raw]\nsubscribe = \"{}\"\nstarting_offsets = \"earliest\"\n{PIPELINE}",
        lab.topic
    );
    std::fs::write(lab.path("p.toml"), text).unwrap();
    let arguments = ["run", "p.toml", "--watch", "--output", "json", "--progress", "json"];
    let command = within(lab, lab.kafka.wasmill(arguments));
    Stream(command.env("WASMILL_CACHE", lab.path("cache")).start())
}

fn ask(lab: &Lab, arguments: &[&str]) -> Command {
    within(lab, Command::wasmill(arguments))
}

fn within(lab: &Lab, command: Command) -> Command {
    let folder = lab.path("");
    command.within(&folder).env("XDG_RUNTIME_DIR", &folder)
}

/// What was printed, without what differs from run to run.
fn told(output: &Output, stream: &Stream) -> String {
    let text = match output.stderr.as_str() {
        "" => output.stdout.clone(),
        stderr => format!("status {}\n{}{stderr}", output.code.unwrap_or(-1), output.stdout),
    };
    let text = plain(&text).replace(&stream.0.id().to_string(), "PROCESS");
    let lines = text.lines().map(|line| match line.split_once(" records a second") {
        Some((_, rest)) => format!("  RATE records a second{rest}"),
        None => without_times(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// With `DATE TIME` where there is one, as wide as before.
fn without_times(line: &str) -> String {
    const SHAPE: &str = "0000-00-00 00:00:00";
    let mut text = line.to_owned();
    let is_time = |part: &str| {
        part.chars().zip(SHAPE.chars()).all(|(letter, shape)| match shape {
            '0' => letter.is_ascii_digit(),
            _ => letter == shape,
        })
    };
    for start in 0..text.len().saturating_sub(SHAPE.len() - 1) {
        let Some(part) = text.get(start..start + SHAPE.len()) else {
            continue;
        };
        if is_time(part) {
            text.replace_range(start..start + SHAPE.len(), "YYYY-MM-DD hh:mm:ss");
        }
    }
    text
}

/// The digests that batches with records name, in their order.
fn digests_of_batches(stderr: &str) -> Vec<Value> {
    let batches = stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let with_records = batches.filter(|batch| batch["numInputRows"] != json!(0));
    with_records
        .map(|batch| batch["observedMetrics"]["modules"]["sizes"].clone())
        .collect()
}

#[test]
fn a_version_is_shown_and_rolled_back_and_its_lines_are_kept() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = run(&lab);
    lab.produce(&["a", "bb"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 2]);
    let refused = ask(&lab, &["rollback", "sizes"]).fail();
    insta::assert_snapshot!(told(&refused, &stream), @"
    status 1
    error: there is no version before v1 (menagerie@DIGEST) that could take its place

    hint: versions are those of this run, without those that were set aside or rolled back
    ");

    lab.save("sizes.wasm", &sizes(10, "length"));
    stream.said(" live since", 1);
    // It logs a line.
    lab.produce(&["S"]);
    assert_eq!(stream.rows("sizes", "length", 3)[2], 10);
    insta::assert_snapshot!(told(&ask(&lab, &["modules"]).succeed(), &stream), @"
    pipeline `p`, process PROCESS, since YYYY-MM-DD hh:mm:ss

    guest `sizes` of `sizes.wasm`: v2 (menagerie@DIGEST) is live since YYYY-MM-DD hh:mm:ss, partition 0 offset 2
      RATE records a second since then, 873 fuel a record
    +-------+----------------+-------------------+-------+------+----+-------------+
    |version|module          |live_since         |records|errors|rows|fuel_a_record|
    +-------+----------------+-------------------+-------+------+----+-------------+
    |v2     |menagerie@DIGEST|YYYY-MM-DD hh:mm:ss|1      |0     |1   |873          |
    |v1     |menagerie@DIGEST|YYYY-MM-DD hh:mm:ss|2      |0     |2   |378          |
    +-------+----------------+-------------------+-------+------+----+-------------+
    ");
    let modules = ask(&lab, &["modules", "p.toml", "--output", "json"]).succeed();
    let modules: Value = serde_json::from_str(&modules.stdout).unwrap();
    let versions = &modules["modules"][0]["versions"];
    assert_eq!(
        (&versions[0]["version"], &versions[1]["version"]),
        (&json!(2), &json!(1))
    );

    let back = ask(&lab, &["rollback", "guest.sizes", "p"]).succeed();
    insta::assert_snapshot!(told(&back, &stream), @"module `sizes` v1 (menagerie@DIGEST) live since partition 0 offset 3");
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 4)[3], 2);
    insta::assert_snapshot!(told(&ask(&lab, &["modules"]).succeed(), &stream), @"
    pipeline `p`, process PROCESS, since YYYY-MM-DD hh:mm:ss

    guest `sizes` of `sizes.wasm`: v1 (menagerie@DIGEST) is live since YYYY-MM-DD hh:mm:ss, partition 0 offset 3
      RATE records a second since then, 468 fuel a record
    +-------+----------------+-------------------+-------+------+----+-------------+
    |version|module          |live_since         |records|errors|rows|fuel_a_record|
    +-------+----------------+-------------------+-------+------+----+-------------+
    |v1     |menagerie@DIGEST|YYYY-MM-DD hh:mm:ss|3      |0     |3   |468          |
    |v2     |menagerie@DIGEST|YYYY-MM-DD hh:mm:ss|1      |0     |1   |873          |
    +-------+----------------+-------------------+-------+------+----+-------------+
    ");
    insta::assert_snapshot!(told(&ask(&lab, &["rollback", "sizes"]).fail(), &stream), @"
    status 1
    error: there is no version before v1 (menagerie@DIGEST) that could take its place

    hint: versions are those of this run, without those that were set aside or rolled back
    ");
    insta::assert_snapshot!(told(&ask(&lab, &["rollback", "other/../x"]).fail(), &stream), @"
    status 1
    error: the pipeline has no module `other/../x`

    hint: it has `guest.sizes`
    ");
    insta::assert_snapshot!(told(&ask(&lab, &["logs", "--module", "other"]).fail(), &stream), @"
    status 1
    error: the pipeline has no module `other`

    hint: it has `guest.sizes`
    ");

    insta::assert_snapshot!(told(&ask(&lab, &["logs"]).succeed(), &stream), @r"
    YYYY-MM-DD hh:mm:ss info  module `sizes` v2 (menagerie@DIGEST) live since partition 0 offset 2
    YYYY-MM-DD hh:mm:ss info  sizes: a line\u{1b}[31m
    YYYY-MM-DD hh:mm:ss info  module `sizes` v1 (menagerie@DIGEST) live since partition 0 offset 3
    ");
    let last = ask(&lab, &["logs", "-n", "1", "--output", "json"]).succeed();
    let last: Value = serde_json::from_str(&last.stdout).unwrap();
    assert_eq!((&last["number"], &last["source"]), (&json!(3), &json!("reload")));
    assert_eq!(ask(&lab, &["logs", "--level", "error"]).succeed().stdout, "");

    let digest = |at: usize| json!([versions[at]["digest"]]);
    let output = stream.stop();
    assert_eq!(output.code, Some(0), "{output}");
    let mut digests = digests_of_batches(&output.stderr);
    digests.dedup();
    assert_eq!(digests, [digest(1), digest(0), digest(1)]);
    ask(&lab, &["modules"]).fail();
}

/// A version that was rolled back is live again when it is saved again.
#[test]
fn what_was_rolled_back_can_be_saved_again() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = run(&lab);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    for factor in [2, 3] {
        lab.save("sizes.wasm", &sizes(factor, "length"));
        stream.said(&format!(" v{factor} "), 1);
    }
    for version in [2, 1] {
        let back = ask(&lab, &["rollback", "sizes"]).succeed();
        assert!(back.stdout.contains(&format!(" v{version} ")), "{back}");
    }
    ask(&lab, &["rollback", "sizes"]).fail();
    lab.save("sizes.wasm", &sizes(3, "length"));
    stream.said(" v3 ", 2);
    lab.produce(&["a"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 3]);
    let back = ask(&lab, &["rollback", "sizes"]).succeed();
    assert!(back.stdout.contains(" v1 "), "{back}");
}

#[test]
fn lines_are_followed_until_the_run_ends() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = run(&lab);
    lab.produce(&["S"]);
    stream.rows("sizes", "length", 1);
    let follower = ask(&lab, &["logs", "--follow"]).start();
    let lines = |count: usize| {
        follower.wait_for_stdout("a line of the guest", |text| {
            (text.matches(" sizes: a line").count() == count).then_some(())
        });
    };
    lines(1);
    lab.produce(&["S"]);
    lines(2);
    let output = stream.stop();
    assert_eq!(output.code, Some(0), "{output}");
    let followed = follower.finish();
    assert_eq!((followed.code, followed.stderr.as_str()), (Some(0), ""), "{followed}");
}
