use super::super::testing::{mistakes, mistakes_with, pipeline};
use std::time::Duration;

use super::*;

/// A pipeline in which nothing is wrong, to be spoiled by a test.
const SOUND: &str = r#"
[source.raw]
subscribe = "orders"

[sink.screen]
from = "raw"
console = {}
"#;

fn sound_and(more: &str) -> String {
    mistakes(&format!("{SOUND}{more}"))
}

#[test]
fn a_sound_pipeline_has_no_mistakes() {
    assert_eq!(mistakes(SOUND), "");
}

#[test]
fn a_pipeline_is_called_like_its_file_unless_it_says_so() {
    assert_eq!(pipeline(Path::new("lab"), SOUND, &[]).spec.name, "p");
    let named = format!("name = \"orders\"\n{SOUND}");
    assert_eq!(pipeline(Path::new("lab"), &named, &[]).spec.name, "orders");
}

#[test]
fn triggers() {
    let trigger_of = |text: &str| {
        let text = format!("trigger = \"{text}\"\n{SOUND}");
        assert_eq!(mistakes(&text), "");
        pipeline(Path::new(""), &text, &[]).spec.trigger
    };
    assert_eq!(trigger_of("available-now"), Trigger::AvailableNow);
    assert_eq!(trigger_of("as-soon-as-possible"), Trigger::AsSoonAsPossible);
    assert_eq!(trigger_of("once"), Trigger::Once);
    assert_eq!(trigger_of("10 seconds"), Trigger::Every(Duration::from_secs(10)));
    assert_eq!(
        trigger_of("500 milliseconds"),
        Trigger::Every(Duration::from_millis(500))
    );
    assert_eq!(
        trigger_of("1 minute 30 seconds"),
        Trigger::Every(Duration::from_secs(90))
    );
}

#[test]
fn a_trigger_that_can_not_be() {
    for (trigger, said) in [
        ("10 parsecs", "unit"),
        ("0 seconds", "longer than nothing"),
        ("-5 seconds", "longer than nothing"),
        ("", ""),
    ] {
        let report = mistakes(&format!("trigger = \"{trigger}\"\n{SOUND}"));
        assert!(report.contains("`trigger` can't be"), "{report}");
        assert!(report.contains(said), "{report}");
    }
    insta::assert_snapshot!(mistakes(&format!("trigger = \"available_now\"\n{SOUND}")), @r#"
    error: `trigger` can't be "available_now": `available_now` lacks a unit behind `available_now`
     --> p.toml:1:11
      |
    1 | trigger = "available_now"
      |           ^^^^^^^^^^^^^^^
      |
    hint: an interval such as "10 seconds", or "available-now", "as-soon-as-possible", "once"

    1 mistake in `p.toml`
    "#);
}

#[test]
fn paths_go_from_the_pipeline_file() {
    let text = r#"
[source.raw]
replay = "records.jsonl"
[guest.parsed]
from = "raw"
module = "../commandes"
[sink.near]
from = "raw"
parquet = "output"
[sink.far]
from = "raw"
parquet = "s3://bronze/kafka"
"#;
    let spec = pipeline(Path::new("lab"), text, &[]).spec;
    assert!(matches!(&spec.sources[0].kind, SourceKind::Replay(path) if path.value == Path::new("lab/records.jsonl")));
    assert_eq!(spec.guests[0].module.value, Path::new("lab/../commandes"));
    let debug = format!("{:?}", spec.sinks);
    assert!(debug.contains("\"lab/output\""), "{debug}");
    assert!(debug.contains("\"s3://bronze/kafka\""), "{debug}");
}

#[test]
fn settings_may_be_dotted_or_nested() {
    let names = |text: &str| -> Vec<String> {
        let spec = pipeline(Path::new(""), text, &[]).spec;
        spec.kafka.into_iter().map(|setting| setting.name).collect()
    };
    assert_eq!(names("[kafka]\nbootstrap.servers = \"a:1\""), ["bootstrap.servers"]);
    assert_eq!(names("[kafka.bootstrap]\nservers = \"a:1\""), ["bootstrap.servers"]);
    assert_eq!(
        names("kafka = { \"bootstrap.servers\" = \"a:1\" }"),
        ["bootstrap.servers"]
    );
}

#[test]
fn nothing_is_no_pipeline() {
    insta::assert_snapshot!(mistakes(""), @r#"
    error: the pipeline has no source
     |
    hint: for example:
          [source.raw]
          subscribe = "my-topic"

    error: the pipeline has no sink
     |
    hint: for example:
          [sink.screen]
          from = "raw"
          console = {}

    2 mistakes in `p.toml`
    "#);
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text = r#"
name = 7
triger = "10 seconds"

[source.raw]
subscribe = "orders"

[guest.parsed]
from = "raw"
on_error = "ignore"

[table.items]
sqll = "SELECT 1"

[sink.screen]
from = "items"
console = { num_row = 5 }

[sink.bronze]
from = "items"
parquet = "out"
mode = "replace"
compression = "gzip"
"#;
    insta::assert_snapshot!(mistakes(text), @r#"
    error: `name` of the pipeline must be a string, and is an integer
     --> p.toml:2:8
      |
    2 | name = 7
      |        ^

    error: unknown key `triger` in the pipeline
     --> p.toml:3:1
      |
    3 | triger = "10 seconds"
      | ^^^^^^
      |
    hint: did you mean `trigger`?

    error: guest `parsed` needs `module`
     --> p.toml:8:8
      |
    8 | [guest.parsed]
      |        ^^^^^^
      |
    hint: a crate's folder, or a .wasm file: module = "../commandes"

    error: `on_error` can't be "ignore"
      --> p.toml:10:12
       |
    10 | on_error = "ignore"
       |            ^^^^^^^^
       |
    hint: one of "dead-letter", "skip", "null", "fail"

    error: table `items` needs `sql`
      --> p.toml:12:8
       |
    12 | [table.items]
       |        ^^^^^
       |
    hint: the query that gives its rows: sql = "SELECT * FROM raw"

    error: unknown key `sqll` in table `items`
      --> p.toml:13:1
       |
    13 | sqll = "SELECT 1"
       | ^^^^
       |
    hint: did you mean `sql`?

    error: unknown key `num_row` in `console`
      --> p.toml:17:13
       |
    17 | console = { num_row = 5 }
       |             ^^^^^^^
       |
    hint: did you mean `num_rows`?

    error: unknown mode `replace`: use `append`, `overwrite`, `error_if_exists` or `ignore`
      --> p.toml:22:8
       |
    22 | mode = "replace"
       |        ^^^^^^^^^

    error: unknown codec `gzip`: use `snappy`, `zstd` or `none`
      --> p.toml:23:15
       |
    23 | compression = "gzip"
       |               ^^^^^^

    9 mistakes in `p.toml`
    "#);
}

#[test]
fn a_syntax_error_hides_no_other_mistake() {
    insta::assert_snapshot!(mistakes("[source.raw]\nsubscribe = orders\n\n[sink.screen]\nfrom = \"raw\nconsole = {}\n"), @r#"
    error: string values must be quoted, expected literal string
     --> p.toml:2:13
      |
    2 | subscribe = orders
      |             ^^^^^^

    error: invalid basic string, expected `"`
     --> p.toml:5:12
      |
    5 | from = "raw
      |            ^

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes("[source.raw\nsubscribe = \"orders\"\n"), @r#"
    error: unclosed table, expected `]`
     --> p.toml:1:12
      |
    1 | [source.raw
      |            ^

    error: unknown key `subscribe` in the pipeline
     --> p.toml:2:1
      |
    2 | subscribe = "orders"
      | ^^^^^^^^^
      |
    hint: known keys: `name`, `trigger`, `checkpoint`, `state_limit`, `kafka`, `source`, `guest`, `aggregate`, `table`, `sink`

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[source.raw]\nsubscribe = \"again\"\n"), @r#"
    error: duplicate key
     --> p.toml:8:9
      |
    8 | [source.raw]
      |         ^^^

    error: duplicate key
     --> p.toml:9:1
      |
    9 | subscribe = "again"
      | ^^^^^^^^^

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[table.t]\nsql = \"\"\"\nSELECT 1\n"), @r#"
    error: invalid multi-line basic string, expected `"`
      --> p.toml:10:10
       |
    10 | SELECT 1
       |         ^

    1 mistake in `p.toml`
    "#);
}

#[test]
fn the_place_is_right_behind_wide_letters() {
    insta::assert_snapshot!(mistakes(&format!("# commandes reçues à 10 h, 注文\nname = \"é\"\ntrigger = \"été\"\n{SOUND}")), @r#"
    error: `trigger` can't be "été": `été` lacks a unit behind `été`
     --> p.toml:3:11
      |
    3 | trigger = "été"
      |           ^^^^^
      |
    hint: an interval such as "10 seconds", or "available-now", "as-soon-as-possible", "once"

    1 mistake in `p.toml`
    "#);
}

#[test]
fn set_puts_another_value_at_a_key() {
    let spec = |overrides: &[&str]| {
        assert_eq!(mistakes_with(SOUND, overrides), "");
        pipeline(Path::new(""), SOUND, overrides).spec
    };
    assert_eq!(spec(&["name=orders"]).name, "orders");
    assert_eq!(spec(&["name=a=b"]).name, "a=b");
    assert_eq!(spec(&["name='a'\ntrigger='once'"]).name, "'a'\ntrigger='once'");
    assert_eq!(spec(&["name=\"a b\""]).name, "a b");
    assert_eq!(
        spec(&["trigger=5 seconds"]).trigger,
        Trigger::Every(Duration::from_secs(5))
    );
    assert_eq!(
        spec(&["kafka.bootstrap.servers=127.0.0.1:9092"]).kafka[0].name,
        "bootstrap.servers"
    );
    let console = format!("{:?}", spec(&["sink.screen.console={ num_rows = 3 }"]).sinks[0].spec);
    assert!(console.contains("num_rows: 3"), "{console}");
    let console = format!("{:?}", spec(&["sink.screen.console.num_rows=4"]).sinks[0].spec);
    assert!(console.contains("num_rows: 4"), "{console}");
    // The last of several wins.
    assert_eq!(spec(&["name=a", "name=b"]).name, "b");
}

#[test]
fn set_that_can_not_be() {
    insta::assert_snapshot!(mistakes_with(SOUND, &["name"]), @r"
    error: `--set` needs KEY=VALUE
     --> --set:1:1
      |
    1 | name
      | ^^^^
      |
    hint: for example `--set source.raw.subscribe=orders`

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(mistakes_with(SOUND, &["sink.screen.console={ num_rows = 3, truncat = true }"]), @r"
    error: unknown key `truncat` in `console`
     --> --set:1:37
      |
    1 | sink.screen.console={ num_rows = 3, truncat = true }
      |                                     ^^^^^^^
      |
    hint: did you mean `truncate`?

    1 mistake in `p.toml`
    ");
    let deep = format!("{}a=1", "a.".repeat(100_000));
    assert_eq!(
        mistakes_with(SOUND, &[&deep]).lines().next(),
        Some("error: the key has 100001 parts, more than the 80 allowed")
    );
    let long = format!("{}=1", "a".repeat(100_000));
    assert!(mistakes_with(SOUND, &[&long]).starts_with("error: unknown key `aaa"));
    insta::assert_snapshot!(mistakes_with(SOUND, &["sink.screen.form=raw"]), @r"
    error: unknown key `form` in sink `screen`
     --> --set:1:1
      |
    1 | sink.screen.form=raw
      | ^^^^^^^^^^^^^^^^^^^^
      |
    hint: did you mean `from`?

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(mistakes_with(SOUND, &["sink.screen.console.num_rows=many"]), @r"
    error: `num_rows` of `console` must be a whole number, 0 or more, and is a string
     --> --set:1:30
      |
    1 | sink.screen.console.num_rows=many
      |                              ^^^^

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(mistakes_with(SOUND, &["=x", "sink..from=raw"]), @r#"
    error: `--set` needs KEY=VALUE
     --> --set:1:1
      |
    1 | =x
      | ^^
      |
    hint: for example `--set source.raw.subscribe=orders`

    error: `` can't be a name
     --> --set:1:1
      |
    1 | sink..from=raw
      | ^^^^^^^^^^^^^^
      |
    hint: letters, digits and `_`, with a letter first: names are used in SQL

    error: sink `` needs `console`, `parquet` or `kafka`
     --> --set:1:1
      |
    1 | sink..from=raw
      | ^^^^^^^^^^^^^^
      |
    hint: console = {}, or parquet = "s3://bucket/folder", or kafka = "topic"

    3 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes_with(SOUND, &["sink.screen=raw", "trigger=1 fortnight"]), @r#"
    error: `sink.screen` must be a table, and is a string
     --> --set:1:13
      |
    1 | sink.screen=raw
      |             ^^^
      |
    hint: write `[sink.NAME]` and its keys below

    error: `trigger` can't be "1 fortnight": `1 fortnight`: no unit `fortnight`; the units are weeks, days, hours, minutes, seconds, milliseconds and microseconds
     --> --set:1:9
      |
    1 | trigger=1 fortnight
      |         ^^^^^^^^^^^
      |
    hint: an interval such as "10 seconds", or "available-now", "as-soon-as-possible", "once"

    2 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes_with(SOUND, &["name=7"]), @r"
    error: `name` of the pipeline must be a string, and is an integer
     --> --set:1:6
      |
    1 | name=7
      |      ^

    1 mistake in `p.toml`
    ");
}

#[test]
fn sizes_of_files() {
    let size_of = |text: &str| {
        let text = format!("{SOUND}[sink.p]\nfrom = \"raw\"\nparquet = \"p\"\ntarget_file_size = {text}");
        assert_eq!(mistakes(&text), "");
        format!("{:?}", pipeline(Path::new(""), &text, &[]).spec.sinks[1].spec)
    };
    for (text, bytes) in [
        ("1000", 1000_u64),
        ("\"64 MB\"", 64 << 20),
        ("\"2gib\"", 2 << 30),
        ("\"10 k\"", 10 << 10),
    ] {
        assert!(size_of(text).contains(&format!("target_file_size: {bytes}")), "{text}");
    }
}
