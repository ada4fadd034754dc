use super::super::testing::mistakes;

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
fn unknown_keys_in_every_section() {
    insta::assert_snapshot!(sound_and("[tabel.x]\nsql = \"SELECT 1\""), @r"
    error: unknown key `tabel` in the pipeline
     --> p.toml:8:2
      |
    8 | [tabel.x]
      |  ^^^^^
      |
    hint: did you mean `table`?

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(sound_and("[guest.g]\nfrom = \"raw\"\nmodul = \"a.wasm\"\nmodule = \"a.wasm\""), @r#"
    error: unknown key `modul` in guest `g`
      --> p.toml:10:1
       |
    10 | modul = "a.wasm"
       | ^^^^^
       |
    hint: did you mean `module`?

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[table.t]\nsql = \"SELECT 1\"\nwatermrk = { column = \"t\", delay = \"1 minute\" }"), @r#"
    error: unknown key `watermrk` in table `t`
      --> p.toml:10:1
       |
    10 | watermrk = { column = "t", delay = "1 minute" }
       | ^^^^^^^^
       |
    hint: did you mean `watermark`?

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[sink.p]\nfrom = \"raw\"\nparquet = \"out\"\npartition_bye = [\"topic\"]"), @r#"
    error: unknown key `partition_bye` in sink `p`
      --> p.toml:11:1
       |
    11 | partition_bye = ["topic"]
       | ^^^^^^^^^^^^^
       |
    hint: did you mean `partition_by`?

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[sink.c]\nfrom = \"raw\"\nconsole = { wrap = true }"), @r"
    error: unknown key `wrap` in `console`
      --> p.toml:10:13
       |
    10 | console = { wrap = true }
       |             ^^^^
       |
    hint: known keys: `num_rows`, `truncate`, `vertical`

    1 mistake in `p.toml`
    ");
    insta::assert_snapshot!(sound_and("[sink.c2]\nfrom = \"raw\"\nconsole = {}\npartition_by = [\"topic\"]"), @r#"
    error: unknown key `partition_by` in sink `c2`
      --> p.toml:11:1
       |
    11 | partition_by = ["topic"]
       | ^^^^^^^^^^^^
       |
    hint: known keys: `from`, `console`, `parquet`, `kafka`, `mode`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&SOUND.replace("subscribe = \"orders\"", "replay = \"a.jsonl\"\nspeed = 2")), @r"
    error: unknown key `speed` in source `raw`
     --> p.toml:4:1
      |
    4 | speed = 2
      | ^^^^^
      |
    hint: known keys: `replay`

    1 mistake in `p.toml`
    ");
}

#[test]
fn values_of_another_type() {
    insta::assert_snapshot!(mistakes(&format!("name = true\ntrigger = 10\n{SOUND}")), @r"
    error: `name` of the pipeline must be a string, and is a boolean
     --> p.toml:1:8
      |
    1 | name = true
      |        ^^^^

    error: `trigger` of the pipeline must be a string, and is an integer
     --> p.toml:2:11
      |
    2 | trigger = 10
      |           ^^

    2 mistakes in `p.toml`
    ");
    insta::assert_snapshot!(mistakes("kafka = \"localhost:9092\"\nsource = 1979-05-27\nsink = [1]"), @r#"
    error: `kafka` of the pipeline must be a table, and is a string
     --> p.toml:1:9
      |
    1 | kafka = "localhost:9092"
      |         ^^^^^^^^^^^^^^^^

    error: `source` of the pipeline must be a table, and is a date
     --> p.toml:2:10
      |
    2 | source = 1979-05-27
      |          ^^^^^^^^^^

    error: `sink` of the pipeline must be a table, and is an array
     --> p.toml:3:8
      |
    3 | sink = [1]
      |        ^^^

    3 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[guest]\nparsed = \"a.wasm\""), @r#"
    error: `guest.parsed` must be a table, and is a string
     --> p.toml:9:10
      |
    9 | parsed = "a.wasm"
      |          ^^^^^^^^
      |
    hint: write `[guest.NAME]` and its keys below

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(sound_and("[table.t]\nsql = [\"SELECT 1\"]"), @r#"
    error: `sql` of table `t` must be a string, and is an array
     --> p.toml:9:7
      |
    9 | sql = ["SELECT 1"]
      |       ^^^^^^^^^^^^

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(
        sound_and("[sink.c]\nfrom = 1.5\nconsole = { num_rows = -1, truncate = \"no\", vertical = 1 }\nmode = \"all\""),
        @r#"
    error: `from` of sink `c` must be a string, and is a float
     --> p.toml:9:8
      |
    9 | from = 1.5
      |        ^^^

    error: `num_rows` of `console` must be a whole number, 0 or more, and is -1
      --> p.toml:10:24
       |
    10 | console = { num_rows = -1, truncate = "no", vertical = 1 }
       |                        ^^

    error: `truncate` must be true, false or a number of characters, and is a string
      --> p.toml:10:39
       |
    10 | console = { num_rows = -1, truncate = "no", vertical = 1 }
       |                                       ^^^^

    error: `vertical` of `console` must be a boolean, and is an integer
      --> p.toml:10:56
       |
    10 | console = { num_rows = -1, truncate = "no", vertical = 1 }
       |                                                        ^

    error: unknown mode `all`: use `append`, `update` or `complete`
      --> p.toml:11:8
       |
    11 | mode = "all"
       |        ^^^^^

    5 mistakes in `p.toml`
    "#
    );
    insta::assert_snapshot!(
        sound_and("[sink.p]\nfrom = \"raw\"\nparquet = 5\npartition_by = [\"a\", 1]\ntarget_file_size = \"big\"\nroll_interval = \"soon\""),
        @r#"
    error: `parquet` of sink `p` must be a string, and is an integer
      --> p.toml:10:11
       |
    10 | parquet = 5
       |           ^

    error: `partition_by` of sink `p` must be an array of strings, and is an array with an integer in it
      --> p.toml:11:16
       |
    11 | partition_by = ["a", 1]
       |                ^^^^^^^^

    error: `target_file_size` must be a size above 0
      --> p.toml:12:20
       |
    12 | target_file_size = "big"
       |                    ^^^^^
       |
    hint: for example "128 MB"

    error: `roll_interval` can't be "soon": `soon` lacks a unit behind `soon`
      --> p.toml:13:17
       |
    13 | roll_interval = "soon"
       |                 ^^^^^^
       |
    hint: for example "1 minute"

    4 mistakes in `p.toml`
    "#
    );
    insta::assert_snapshot!(sound_and("[sink.p]\nfrom = \"raw\"\nparquet = \"p\"\ntarget_file_size = 99999999999999999999"), @r#"
    error: the number does not fit 64 bits
      --> p.toml:11:20
       |
    11 | target_file_size = 99999999999999999999
       |                    ^^^^^^^^^^^^^^^^^^^^

    error: `target_file_size` must be a size above 0
      --> p.toml:11:20
       |
    11 | target_file_size = 99999999999999999999
       |                    ^^^^^^^^^^^^^^^^^^^^
       |
    hint: for example "128 MB"

    2 mistakes in `p.toml`
    "#);
}

#[test]
fn keys_that_are_missing() {
    insta::assert_snapshot!(sound_and("[guest.g]\n[table.t]\n[sink.s]"), @r#"
    error: guest `g` needs `from`
     --> p.toml:8:8
      |
    8 | [guest.g]
      |        ^
      |
    hint: the source whose records it gets: from = "raw"

    error: guest `g` needs `module`
     --> p.toml:8:8
      |
    8 | [guest.g]
      |        ^
      |
    hint: a crate's folder, or a .wasm file: module = "../commandes"

    error: table `t` needs `sql`
     --> p.toml:9:8
      |
    9 | [table.t]
      |        ^
      |
    hint: the query that gives its rows: sql = "SELECT * FROM raw"

    error: sink `s` needs `from`
      --> p.toml:10:7
       |
    10 | [sink.s]
       |       ^
       |
    hint: the table it takes: from = "orders"

    error: sink `s` needs `console`, `parquet` or `kafka`
      --> p.toml:10:7
       |
    10 | [sink.s]
       |       ^
       |
    hint: console = {}, or parquet = "s3://bucket/folder", or kafka = "topic"

    5 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes("[source.raw]\nsubscribe = \"orders\""), @r#"
    error: the pipeline has no sink
     |
    hint: for example:
          [sink.screen]
          from = "raw"
          console = {}

    1 mistake in `p.toml`
    "#);
}

#[test]
fn a_sink_goes_to_one_place() {
    insta::assert_snapshot!(sound_and("[sink.s]\nfrom = \"raw\"\nconsole = {}\nparquet = \"out\""), @r"
    error: sink `s` has both `console` and `parquet`
     --> p.toml:8:7
      |
    8 | [sink.s]
      |       ^
      |
    hint: write two sinks: several may take the same table

    1 mistake in `p.toml`
    ");
}

#[test]
fn names_that_sql_could_not_use() {
    insta::assert_snapshot!(sound_and("[table.\"mes-items\"]\nsql = \"SELECT 1\"\n[table.2x]\nsql = \"SELECT 1\"\n[table.\"\"]\nsql = \"SELECT 1\""), @r#"
    error: `mes-items` can't be a name
     --> p.toml:8:8
      |
    8 | [table."mes-items"]
      |        ^^^^^^^^^^^
      |
    hint: letters, digits and `_`, with a letter first: names are used in SQL

    error: `2x` can't be a name
      --> p.toml:10:8
       |
    10 | [table.2x]
       |        ^^
       |
    hint: letters, digits and `_`, with a letter first: names are used in SQL

    error: `` can't be a name
      --> p.toml:12:8
       |
    12 | [table.""]
       |        ^^
       |
    hint: letters, digits and `_`, with a letter first: names are used in SQL

    3 mistakes in `p.toml`
    "#);
}
