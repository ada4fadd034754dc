//! `wasmill test`: cases in files, of the lab's crates and of pipelines that go wrong.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wasmill_tests::command::{Command, Output};
use wasmill_tests::module::module;

use super::support::{Desk, transcript};

/// The lab's crate of this name.
fn lab(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms").join(name)
}

/// What a test says, without how long it took and without what cargo does meanwhile.
fn said(output: &Output) -> String {
    let is_step = |line: &&str| {
        let first = line.split_whitespace().next();
        ["Compiling", "Downloading", "Adding"]
            .iter()
            .any(|step| first == Some(step))
    };
    let stderr = output.stderr.lines().filter(|line| !is_step(line));
    let output = Output {
        command: output.command.clone(),
        code: output.code,
        stdout: output.stdout.clone(),
        stderr: stderr.map(|line| format!("{line}\n")).collect(),
    };
    let text = transcript(&output, &[]);
    let lines = text.lines().map(|line| match line.split_once("finished in ") {
        Some((before, _)) => format!("{before}finished in TIME\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn the_labs_crates_pass_their_cases() {
    for (name, cases) in [("commandes", 2), ("logs", 2), ("metrics", 2), ("p95", 1), ("top_k", 1)] {
        // The crates share a target folder, where others build as well: cargo waits for them.
        let output = Command::wasmill(["test", "--output", "json"]).arg(lab(name)).succeed();
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(
            (&report["passed"], &report["failed"]),
            (&json!(cases), &json!(0)),
            "{name}: {report}"
        );
        let costs = report["cases"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|case| case["guests"].as_array().unwrap());
        for guest in costs {
            assert!(
                guest["fuel"].as_u64().unwrap() > 0 && guest["memory_bytes"].as_u64().unwrap() > 0,
                "{report}"
            );
        }
    }
}

/// A desk with a pipeline over the orders' module, and one case of two orders.
fn orders(on_error: &str) -> Desk {
    let pipeline = format!(
        "[source.raw]\nsubscribe = \"commandes-json\"\n\n[guest.orders]\nfrom = \"raw\"\nmodule = {:?}\non_error = \"{on_error}\"\n\n\
         [table.by_status]\nsql = \"SELECT status, count(*) AS n, sum(total) AS total FROM orders GROUP BY status\"\n\n\
         [sink.by_status]\nfrom = \"by_status\"\nconsole = {{}}\nmode = \"complete\"\n",
        module("commandes")
    );
    let desk = Desk::with(&[("pipeline.toml", &pipeline)]);
    desk.write(
        "cases/small/records.jsonl",
        b"{\"order_id\": 1, \"total\": 10.0, \"status\": \"paid\"}\n{\"order_id\": 2, \"total\": 2.5, \"status\": \"created\"}\n",
    );
    desk
}

#[test]
fn a_case_is_blessed_and_then_passes() {
    let desk = orders("dead-letter");
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).fail()), @r"
    status 1
    -- stdout
    running 1 case of `.`
    case small ... FAILED

    case `small`: nothing is expected: there is no file of rows beside the records: `cases/small`
    hint: look at what comes out, and keep it: `wasmill test --bless` writes it there

    test result: FAILED. 0 passed; 1 failed; 0 filtered out; finished in TIME
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "--bless"]).succeed()), @r"
    status 0
    -- stdout
    running 1 case of `.`
    case small ... blessed
      wrote `cases/small/by_status.jsonl`: 2 rows

    test result: ok. 0 passed; 1 blessed; 0 failed; 0 filtered out; finished in TIME
    ");
    let written = std::fs::read_to_string(desk.path().join("cases/small/by_status.jsonl")).unwrap();
    assert_eq!(
        written,
        "{\"status\":\"created\",\"n\":1,\"total\":2.5}\n{\"status\":\"paid\",\"n\":1,\"total\":10.0}\n"
    );
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).succeed()), @r"
    status 0
    -- stdout
    running 1 case of `.`
    case small ... ok

    test result: ok. 1 passed; 0 failed; 0 filtered out; finished in TIME
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "--bless"]).succeed()), @r"
    status 0
    -- stdout
    running 1 case of `.`
    case small ... blessed
      `cases/small/by_status.jsonl` is as it was: 2 rows

    test result: ok. 0 passed; 1 blessed; 0 failed; 0 filtered out; finished in TIME
    ");
}

#[test]
fn a_difference_is_shown_as_one() {
    let desk = orders("dead-letter");
    // Groups have no order, and numbers are what they are worth.
    desk.write(
        "cases/small/by_status.jsonl",
        b"{\"status\": \"paid\", \"total\": 10}\n{\"status\": \"created\", \"total\": 2.50}\n",
    );
    desk.wasmill(&["test"]).succeed();
    desk.write(
        "cases/small/by_status.jsonl",
        b"{\"status\": \"paid\", \"total\": 10}\n{\"status\": \"created\", \"total\": 3.5}\n{\"status\": \"lost\", \"total\": 0}\n",
    );
    // Of the guest's rows only the columns that are named count; that a record fails has to be expected.
    desk.write("cases/small/orders.jsonl", b"{\"order_id\": 1}\n{\"order_id\": 2}\n");
    desk.write(
        "cases/other/records.jsonl",
        b"not json\n{\"order_id\": 3, \"total\": 1.0, \"status\": \"paid\"}\n",
    );
    desk.write("cases/other/by_status.jsonl", b"{\"status\": \"paid\", \"n\": 1}\n");
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).fail()), @r"
    status 1
    -- stdout
    running 2 cases of `.`
    case other ... FAILED
    case small ... FAILED

    case `other`: table `orders_errors` is not as expected: 1 row is too many
    - expected, `cases/other/orders_errors.jsonl`: 0 rows
    + came out: 1 row
      +-----+---------+------+-----------------------------------------+
      |topic|partition|offset|reason                                   |
      +-----+---------+------+-----------------------------------------+
    + |raw  |        0|     0|`$` at byte 0: expected null, found `not`|
      +-----+---------+------+-----------------------------------------+

    case `small`: table `by_status` is not as expected: 1 row differs (`total`), 1 is missing
    - expected, `cases/small/by_status.jsonl`: 3 rows, in no order
    + came out: 2 rows, in no order
      +-------+-----+
      |status |total|
      +-------+-----+
    - |created|  3.5|
    + |created|  2.5|
               ^^^^^
    - |lost   |    0|
      |paid   | 10.0|
      +-------+-----+

    test result: FAILED. 0 passed; 2 failed; 0 filtered out; finished in TIME
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "--case", "othe"]).fail()), @r"
    status 1
    -- stdout
    running 1 case of `.`
    case other ... FAILED

    case `other`: table `orders_errors` is not as expected: 1 row is too many
    - expected, `cases/other/orders_errors.jsonl`: 0 rows
    + came out: 1 row
      +-----+---------+------+-----------------------------------------+
      |topic|partition|offset|reason                                   |
      +-----+---------+------+-----------------------------------------+
    + |raw  |        0|     0|`$` at byte 0: expected null, found `not`|
      +-----+---------+------+-----------------------------------------+

    test result: FAILED. 0 passed; 1 failed; 1 filtered out; finished in TIME
    ");
    let output = desk.wasmill(&["test", "--output", "json"]).fail();
    assert_eq!(output.stderr, "");
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(report["failed"], json!(2));
    assert_eq!(
        report["cases"][1]["tables"][0]["missing"],
        json!([{"status": "lost", "total": 0}]),
        "{report}"
    );
    // And what comes out, with the columns that were named.
    desk.wasmill(&["test", "--bless", "--case", "small"]).succeed();
    let rows = std::fs::read_to_string(desk.path().join("cases/small/by_status.jsonl")).unwrap();
    assert_eq!(
        rows,
        "{\"status\":\"created\",\"total\":2.5}\n{\"status\":\"paid\",\"total\":10.0}\n"
    );
    desk.wasmill(&["test", "--bless"]).succeed();
    let errors = std::fs::read_to_string(desk.path().join("cases/other/orders_errors.jsonl")).unwrap();
    assert!(
        errors.starts_with("{\"topic\":\"raw\",\"partition\":0,\"offset\":0,\"reason\":"),
        "{errors}"
    );
    desk.wasmill(&["test"]).succeed();
}

#[test]
fn a_record_may_be_expected_to_end_the_run() {
    let desk = orders("fail");
    desk.write("cases/small/records.jsonl", b"{\"order_id\": 1}\nnot json\nnor this\n");
    desk.write("cases/small/by_status.jsonl", b"");
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).fail()), @r#"
    status 1
    -- stdout
    running 1 case of `.`
    case small ... FAILED

    case `small`: a record failed: transform `orders` (commandes@DIGEST): topic `raw` partition 0 offset 1: `$` at byte 0: expected null, found `not`
    hint: `on_error = "dead-letter"` keeps such records aside and goes on

    test result: FAILED. 0 passed; 1 failed; 0 filtered out; finished in TIME
    "#);
    desk.write("cases/small/orders_errors.jsonl", b"{\"offset\": 1}\n");
    desk.wasmill(&["test"]).succeed();
    desk.write("cases/small/orders_errors.jsonl", b"{\"offset\": 2}\n");
    desk.wasmill(&["test"]).fail();
    desk.wasmill(&["test", "--bless"]).succeed();
    desk.wasmill(&["test"]).succeed();
}

#[test]
fn what_can_t_be_tested() {
    let desk = orders("dead-letter");
    desk.write("cases/small/by_status.jsonl", b"{}\n{\n");
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).fail()), @r#"
    status 1
    -- stdout
    running 1 case of `.`
    case small ... FAILED

    case `small`: a line is no row: `cases/small/by_status.jsonl:2`: EOF while parsing an object at column 1
    hint: a row is an object, `{"column": value}`, as `wasmill run --output json` prints it

    test result: FAILED. 0 passed; 1 failed; 0 filtered out; finished in TIME
    "#);
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "--case", "large"]).fail()), @r"
    status 1
    -- stderr
    error: no case has `large` in its name

    hint: there are `small`
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "--set", "table.by_status.sql=SELECT nothing FROM orders"]).fail()), @r"
    status 1
    -- stderr
    error: table `by_status`: no column `nothing`
     --> --set:1:21
      |
    1 | table.by_status.sql=SELECT nothing FROM orders
      |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    hint: the columns are `order_id`, `customer_id`, `timestamp`, `items`, `total`, `status`, `kafka_key`, `kafka_topic`, `kafka_partition`, `kafka_offset`, `kafka_timestamp`

    1 mistake in `pipeline.toml`
    ");
    desk.write("cases/small/bystatus.jsonl", b"");
    insta::assert_snapshot!(said(&desk.wasmill(&["test"]).fail()), @r"
    status 1
    -- stderr
    error: the pipeline has neither a source nor a table `bystatus`: `cases/small/bystatus.jsonl`

    hint: did you mean `by_status.jsonl`?
    ");
    insta::assert_snapshot!(said(&desk.wasmill(&["test", "nowhere"]).fail()), @r"
    status 1
    -- stderr
    error: there is no such crate or pipeline: `nowhere`

    hint: name a crate's folder (`wasmill new` makes one), or a pipeline file
    ");
}
