//! Pipeline files with mistakes, and without.

use std::path::Path;

use wasmill_tests::command::Command;
use wasmill_tests::module::module;

use super::support::{Desk, transcript};

fn check(pipeline: &str, arguments: &[&str]) -> String {
    let desk = Desk::with(&[("p.toml", pipeline)]);
    let module = format!("{:?}", module("commandes"));
    desk.write("p.toml", pipeline.replace("MODULE", &module).as_bytes());
    let arguments: Vec<&str> = ["check", "p.toml"].iter().chain(arguments).copied().collect();
    transcript(&desk.wasmill(&arguments).output(), &[(&module, "MODULE")])
}

#[test]
fn every_mistake_at_once() {
    let pipeline = r#"
[source.raw]
subscribe = "orders"
start_offsets = "earliest"

[guest.parsed]
form = "raw"
from = "raw"
module = MODULE

[table.a]
sql = "SELECT ordre_id FROM parsed"

[table.b]
sql = "SELECT * FROM c"

[table.c]
sql = """
SELECT *
FROM b
"""

[table.d]
sql = "SELECT * FROM nobody"

[sink.screen]
from = "parsd"
console = {}
"#;
    insta::assert_snapshot!(check(pipeline, &[]), @r#"
    status 1
    -- stderr
    error: source `raw`: a kafka source has no option `start_offsets`
     --> p.toml:4:1
      |
    4 | start_offsets = "earliest"
      | ^^^^^^^^^^^^^
      |
    hint: did you mean `starting_offsets`?

    error: unknown key `form` in guest `parsed`
     --> p.toml:7:1
      |
    7 | form = "raw"
      | ^^^^
      |
    hint: did you mean `from`?

    error: table `a`: no column `ordre_id`
      --> p.toml:12:15
       |
    12 | sql = "SELECT ordre_id FROM parsed"
       |               ^^^^^^^^
       |
    hint: did you mean `order_id`? the columns are `order_id`, `customer_id`, `timestamp`, `items`, `total`, `status`, `kafka_key`, `kafka_topic`, `kafka_partition`, `kafka_offset`, `kafka_timestamp`

    error: tables read each other in a circle: `b` reads `c` reads `b`
      --> p.toml:14:8
       |
    14 | [table.b]
       |        ^
       |
    hint: a table can only read tables that do not need it

    error: table `d` reads `nobody`, which nobody gives
      --> p.toml:24:22
       |
    24 | sql = "SELECT * FROM nobody"
       |                      ^^^^^^
       |
    hint: there are `a`, `b`, `c`, `d`, `parsed`, `parsed_errors`, `raw`

    error: sink `screen` takes `parsd`, which nobody gives
      --> p.toml:27:8
       |
    27 | from = "parsd"
       |        ^^^^^^^
       |
    hint: did you mean `parsed`?

    6 mistakes in `p.toml`
    "#);
}

#[test]
fn a_file_that_is_no_pipeline() {
    insta::assert_snapshot!(check("this is no TOML", &[]), @r"
    status 1
    -- stderr
    error: key with no value, expected `=`
     --> p.toml:1:6
      |
    1 | this is no TOML
      |      ^

    1 mistake in `p.toml`
    ");
    let desk = Desk::new();
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "nowhere.toml"]).fail(), &[]), @r"
    status 1
    -- stderr
    error: can't read the pipeline file: `nowhere.toml`: No such file or directory (os error 2)

    hint: the lab's pipelines are in `transforms/*/*.toml`
    ");
    desk.write("binary.toml", b"\xff\xfe");
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "binary.toml"]).fail(), &[]), @r"
    status 1
    -- stderr
    error: can't read the pipeline file: `binary.toml`: stream did not contain valid UTF-8

    hint: a pipeline file is TOML in UTF-8
    ");
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "."]).fail(), &[]), @r"
    status 1
    -- stderr
    error: can't read the pipeline file: `.`: Is a directory (os error 21)
    ");
}

const SOUND: &str = r#"
[source.raw]
subscribe = "orders"

[guest.parsed]
from = "raw"
module = MODULE

[table.items]
sql = "SELECT order_id, unnest(items) AS item FROM parsed"

[sink.screen]
from = "items"
console = {}
"#;

#[test]
fn a_sound_pipeline_and_its_schemas() {
    insta::assert_snapshot!(check(SOUND, &[]), @r"
    status 0
    -- stderr
    `p.toml` is in order: 1 source, 1 guest, 1 table, 1 sink
    ");
    insta::assert_snapshot!(check(SOUND, &["--schema"]), @r"
    status 0
    -- stdout
    raw
    root
     |-- key: binary (nullable = true)
     |-- value: binary (nullable = true)
     |-- topic: string (nullable = true)
     |-- partition: integer (nullable = true)
     |-- offset: long (nullable = true)
     |-- timestamp: timestamp (nullable = true)
     |-- timestampType: integer (nullable = true)

    parsed
    root
     |-- order_id: integer (nullable = true)
     |-- customer_id: string (nullable = true)
     |-- timestamp: string (nullable = true)
     |-- items: array (nullable = true)
     |    |-- element: struct (containsNull = true)
     |    |    |-- product_id: integer (nullable = true)
     |    |    |-- product_name: string (nullable = true)
     |    |    |-- quantity: integer (nullable = true)
     |    |    |-- unit_price: double (nullable = true)
     |    |    |-- subtotal: double (nullable = true)
     |-- total: double (nullable = true)
     |-- status: string (nullable = true)
     |-- kafka_key: binary (nullable = true)
     |-- kafka_topic: string (nullable = true)
     |-- kafka_partition: integer (nullable = true)
     |-- kafka_offset: long (nullable = true)
     |-- kafka_timestamp: timestamp (nullable = true)

    items
    root
     |-- order_id: integer (nullable = true)
     |-- item: struct (nullable = true)
     |    |-- product_id: integer (nullable = true)
     |    |-- product_name: string (nullable = true)
     |    |-- quantity: integer (nullable = true)
     |    |-- unit_price: double (nullable = true)
     |    |-- subtotal: double (nullable = true)

    -- stderr
    `p.toml` is in order: 1 source, 1 guest, 1 table, 1 sink
    ");
}

/// The lab's own files, as they are: whoever runs one of them needs no more than a broker.
#[test]
fn the_labs_pipelines_are_in_order() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = std::fs::read_dir(checkout.join("transforms")).unwrap();
    let folders = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    let mut checked = Vec::new();
    for pipeline in files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        if pipeline.file_name().unwrap() == "Cargo.toml" {
            continue;
        }
        let output = Command::wasmill(["check"]).arg(&pipeline).within(&checkout).succeed();
        assert!(output.stderr.contains("is in order: "), "{output}");
        let name = pipeline.strip_prefix(checkout.join("transforms")).unwrap();
        checked.push(name.display().to_string());
    }
    for known in [
        "commandes/batch.toml",
        "commandes/stream.toml",
        "commandes/windows.toml",
        "logs/batch.toml",
        "logs/windows.toml",
        "metrics/batch.toml",
        "metrics/windows.toml",
    ] {
        assert!(
            checked.iter().any(|checked| checked == known),
            "no {known} in {checked:?}"
        );
    }
}

#[test]
fn late_rows_and_dead_letters_have_a_schema_where_a_sink_takes_them() {
    let pipeline = r#"
[source.raw]
subscribe = "orders"

[guest.parsed]
from = "raw"
module = MODULE

[table.orders]
sql = "SELECT order_id, total, kafka_timestamp FROM parsed"

[table.by_minute]
watermark = { column = "kafka_timestamp", delay = "1 minute" }
sql = "SELECT window, count(*) AS n FROM orders GROUP BY window(kafka_timestamp, '1 minute')"

[sink.screen]
from = "by_minute"
console = {}

[sink.late]
from = "by_minute_late"
console = {}

[sink.late_too]
from = "by_minute_late"
console = {}

[sink.errors]
from = "parsed_errors"
console = {}
"#;
    let printed = check(pipeline, &["--schema"]);
    let (_, from_table) = printed.split_once("\nby_minute\n").unwrap();
    insta::assert_snapshot!(from_table, @r"
    root
     |-- window: struct (nullable = false)
     |    |-- start: timestamp (nullable = true)
     |    |-- end: timestamp (nullable = true)
     |-- n: long (nullable = false)

    by_minute_late
    root
     |-- reason: string (nullable = true)
     |-- order_id: integer (nullable = true)
     |-- total: double (nullable = true)
     |-- kafka_timestamp: timestamp (nullable = true)

    parsed_errors
    root
     |-- topic: string (nullable = true)
     |-- partition: integer (nullable = true)
     |-- offset: long (nullable = true)
     |-- timestamp: timestamp (nullable = true)
     |-- module: string (nullable = true)
     |-- reason: string (nullable = true)
     |-- value: binary (nullable = true)

    -- stderr
    `p.toml` is in order: 1 source, 1 guest, 2 tables, 4 sinks
    ");
}

#[test]
fn a_broken_set() {
    insta::assert_snapshot!(check(SOUND, &["--set", "sink.screen.from=nobody", "--set", "sink.screen"]), @r"
    status 1
    -- stderr
    error: sink `screen` takes `nobody`, which nobody gives
     --> --set:1:18
      |
    1 | sink.screen.from=nobody
      |                  ^^^^^^
      |
    hint: there are `items`, `parsed`, `parsed_errors`, `raw`

    error: `--set` needs KEY=VALUE
     --> --set:1:1
      |
    1 | sink.screen
      | ^^^^^^^^^^^
      |
    hint: for example `--set source.raw.subscribe=orders`

    2 mistakes in `p.toml`
    ");
}
