use super::super::testing::{plan, plan_mistakes};
use super::*;

/// A pipeline without a broker: its records are a file's.
fn with(more: &str) -> String {
    format!(
        "[source.raw]\nreplay = \"{}/records.jsonl\"\n[sink.s]\nfrom = \"raw\"\nconsole = {{}}\n{more}",
        empty_folder()
    )
}

/// A folder with a file of no records.
fn empty_folder() -> String {
    use std::sync::LazyLock;
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("records.jsonl"), "").unwrap();
        folder
    });
    FOLDER.path().display().to_string()
}

async fn mistakes(more: &str, mode: Mode) -> String {
    plan_mistakes(&with(more), mode)
        .await
        .replace(&empty_folder(), "FOLDER")
}

#[tokio::test]
async fn a_mistake_in_sql_is_shown_in_its_line() {
    let one_line = "[table.t]\nsql = \"SELECT topic, nothere FROM raw\"";
    insta::assert_snapshot!(mistakes(one_line, Mode::Batch).await, @r#"
    error: table `t`: no column `nothere`
     --> p.toml:7:22
      |
    7 | sql = "SELECT topic, nothere FROM raw"
      |                      ^^^^^^^
      |
    hint: the columns are `key`, `value`, `topic`, `partition`, `offset`, `timestamp`, `timestampType`

    1 mistake in `p.toml`
    "#);
    let several = "[table.t]\nsql = \"\"\"\nSELECT topic,\n       ofset\nFROM raw\n\"\"\"";
    insta::assert_snapshot!(mistakes(several, Mode::Batch).await, @r"
    error: table `t`: no column `ofset`
     --> p.toml:9:8
      |
    9 |        ofset
      |        ^^^^^
      |
    hint: did you mean `offset`? the columns are `key`, `value`, `topic`, `partition`, `offset`, `timestamp`, `timestampType`

    1 mistake in `p.toml`
    ");
    let at_once = "[table.t]\nsql = \"\"\"SELECT topic,\n  'réponse', cuont(offset)\nFROM raw\"\"\"";
    insta::assert_snapshot!(mistakes(at_once, Mode::Batch).await, @r"
    error: table `t`: no function `cuont`
     --> p.toml:8:14
      |
    8 |   'réponse', cuont(offset)
      |              ^^^^^
      |
    hint: did you mean `count`?

    1 mistake in `p.toml`
    ");
    let literal = "[table.t]\nsql = '''\nSELECT topic\nFROM raw\nWHER offset > 1\n'''";
    insta::assert_snapshot!(mistakes(literal, Mode::Batch).await, @r"
    error: table `t`: expected an expression, found `>`
      --> p.toml:10:13
       |
    10 | WHER offset > 1
       |             ^

    1 mistake in `p.toml`
    ");
    let unknown_table = "[table.t]\nsql = \"\"\"\nSELECT topic\nFROM rwa\n\"\"\"";
    insta::assert_snapshot!(mistakes(unknown_table, Mode::Batch).await, @r"
    error: table `t` reads `rwa`, which nobody gives
     --> p.toml:9:6
      |
    9 | FROM rwa
      |      ^^^
      |
    hint: did you mean `raw`?

    1 mistake in `p.toml`
    ");
}

#[tokio::test]
async fn where_the_text_has_escapes_the_whole_query_is_shown() {
    let escaped = "[table.t]\nsql = \"SELECT \\\"topic\\\", nothere FROM raw\"";
    insta::assert_snapshot!(mistakes(escaped, Mode::Batch).await, @r#"
    error: table `t`: no column `nothere`
     --> p.toml:7:7
      |
    7 | sql = "SELECT \"topic\", nothere FROM raw"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
    hint: the columns are `key`, `value`, `topic`, `partition`, `offset`, `timestamp`, `timestampType`

    1 mistake in `p.toml`
    "#);
}

#[tokio::test]
async fn what_depends_on_a_broken_table_is_not_told_again() {
    let text = "[table.a]\nsql = \"SELECT nothere FROM raw\"\n\
                [table.b]\nsql = \"SELECT * FROM a\"\n\
                [sink.b]\nfrom = \"b\"\nconsole = {}\n";
    insta::assert_snapshot!(mistakes(text, Mode::Batch).await, @r#"
    error: table `a`: no column `nothere`
     --> p.toml:7:15
      |
    7 | sql = "SELECT nothere FROM raw"
      |               ^^^^^^^
      |
    hint: the columns are `key`, `value`, `topic`, `partition`, `offset`, `timestamp`, `timestampType`

    1 mistake in `p.toml`
    "#);
}

#[tokio::test]
async fn what_only_a_batch_can_do() {
    let text = "[table.t]\nsql = \"\"\"\nSELECT topic, count(*) AS n\nFROM raw\nGROUP BY topic\n\"\"\"\n[sink.t]\nfrom = \"t\"\nconsole = {}";
    assert_eq!(mistakes(text, Mode::Batch).await, "");
    insta::assert_snapshot!(mistakes(text, Mode::Stream).await, @r#"
    error: table `t`: in append mode an aggregate needs an event-time window: its groups are never final, and nothing would come out
      --> p.toml:7:7
       |
     7 |   sql = """
       |  _______^
     8 | | SELECT topic, count(*) AS n
     9 | | FROM raw
    10 | | GROUP BY topic
    11 | | """
       | |___^
       |
    hint: group by `window(time, '1 minute')` too, with a watermark; or give the sink `mode = "update"` (what changed) or `mode = "complete"` (all, every time)

    1 mistake in `p.toml`
    "#);
}

#[tokio::test]
async fn output_modes() {
    let console = |mode: &str| format!("[sink.t]\nfrom = \"raw\"\nconsole = {{}}\nmode = \"{mode}\"");
    let parquet = |mode: &str| format!("[sink.t]\nfrom = \"raw\"\nparquet = \"out\"\nmode = \"{mode}\"");
    for mode in ["append", "update", "complete"] {
        assert_eq!(mistakes(&console(mode), Mode::Batch).await, "", "{mode}");
    }
    for mode in ["append", "update"] {
        assert_eq!(mistakes(&console(mode), Mode::Stream).await, "", "{mode}");
    }
    insta::assert_snapshot!(mistakes(&console("complete"), Mode::Stream).await, @r#"
    error: sink `t`: `complete` needs an aggregate: a stream of rows has no whole result
     --> p.toml:9:8
      |
    9 | mode = "complete"
      |        ^^^^^^^^^^
      |
    hint: write mode = "append", or leave it out

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&parquet("update"), Mode::Stream).await, @r#"
    error: sink `t`: Parquet files only take `append`: a row that is written can't be updated
     --> p.toml:9:8
      |
    9 | mode = "update"
      |        ^^^^^^^^
      |
    hint: write mode = "append", or leave it out

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&parquet("overwrite"), Mode::Stream).await, @r#"
    error: sink `t`: a stream can only append
     --> p.toml:9:8
      |
    9 | mode = "overwrite"
      |        ^^^^^^^^^^^
      |
    hint: use `mode = "append"`, or run it as a batch (`--once`)

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&parquet("update"), Mode::Batch).await, @r#"
    error: sink `t`: a batch of Parquet files takes `append`, `overwrite`, `error_if_exists` or `ignore`
     --> p.toml:9:8
      |
    9 | mode = "update"
      |        ^^^^^^^^
      |
    hint: write mode = "append", or leave it out

    1 mistake in `p.toml`
    "#);
}

#[tokio::test]
async fn sinks_know_the_columns_they_get() {
    let text = "[sink.p]\nfrom = \"raw\"\nparquet = \"out\"\npartition_by = [\"topics\"]\n\
                [sink.q]\nfrom = \"raw\"\nparquet = \"gs://bucket/out\"\n";
    insta::assert_snapshot!(mistakes(text, Mode::Batch).await, @r#"
    error: sink `p`: there is no column `topics`
     --> p.toml:9:16
      |
    9 | partition_by = ["topics"]
      |                ^^^^^^^^^^
      |
    hint: is it `topic`?

    error: sink `q`: can't write to `gs://`: `gs://bucket/out`
      --> p.toml:12:11
       |
    12 | parquet = "gs://bucket/out"
       |           ^^^^^^^^^^^^^^^^^
       |
    hint: write `s3://bucket/prefix`, `file:///path` or a path

    2 mistakes in `p.toml`
    "#);
}

#[tokio::test]
async fn modules_and_files_that_are_not_there() {
    let text = "[guest.g]\nfrom = \"raw\"\nmodule = \"nowhere/g.wasm\"\n[source.other]\nreplay = \"nowhere/r.jsonl\"\n";
    insta::assert_snapshot!(mistakes(text, Mode::Batch).await, @r#"
    error: guest `g`: there is no such file: module `nowhere/g.wasm`
     --> p.toml:8:10
      |
    8 | module = "nowhere/g.wasm"
      |          ^^^^^^^^^^^^^^^^
      |
    hint: `wasmill build CRATE` makes a module of a crate, and prints where it lies

    error: source `other`: a file of records can't be opened: `nowhere/r.jsonl`: No such file or directory (os error 2)
      --> p.toml:10:10
       |
    10 | replay = "nowhere/r.jsonl"
       |          ^^^^^^^^^^^^^^^^^

    2 mistakes in `p.toml`
    "#);
}

#[tokio::test]
async fn options_of_sources() {
    let text = "[kafka]\nbootstrap.servers = \"localhost:9092\"\nauto.offset.reset = \"earliest\"\n\
                [source.k]\nsubscribe = \"orders\"\nassign = { orders = [0] }\nstarting_offset = \"earliest\"\n\
                [source.l]\n\
                [source.m]\nsubscribe = \"orders\"\nstarting_offsets = \"latest\"\nmax_offsets_per_trigger = \"many\"\n";
    insta::assert_snapshot!(mistakes(text, Mode::Batch).await, @r#"
    error: `[kafka]`: `kafka.auto.offset.reset` is the engine's own
     --> p.toml:8:13
      |
    8 | auto.offset.reset = "earliest"
      |             ^^^^^
      |
    hint: say `starting_offsets`, and `fail_on_data_loss` for offsets that are gone

    error: source `k`: there is `subscribe` already
      --> p.toml:11:1
       |
    11 | assign = { orders = [0] }
       | ^^^^^^
       |
    hint: a source has one of `subscribe`, `subscribe_pattern` and `assign`

    error: source `k`: a kafka source has no option `starting_offset`
      --> p.toml:12:1
       |
    12 | starting_offset = "earliest"
       | ^^^^^^^^^^^^^^^
       |
    hint: did you mean `starting_offsets`?

    error: source `l`: the source says no topic
      --> p.toml:13:9
       |
    13 | [source.l]
       |         ^
       |
    hint: say `subscribe = "TOPIC"`, `subscribe_pattern` or `assign`

    error: source `m`: `max_offsets_per_trigger` is a positive number, not `many`
      --> p.toml:17:1
       |
    17 | max_offsets_per_trigger = "many"
       | ^^^^^^^^^^^^^^^^^^^^^^^

    5 mistakes in `p.toml`
    "#);
}

#[tokio::test]
async fn what_no_sink_needs_is_not_run() {
    let text = with(
        "[table.a]\nsql = \"SELECT topic FROM raw\"\n[table.b]\nsql = \"SELECT topic FROM a\"\n\
         [table.unused]\nsql = \"SELECT topic FROM b\"\n[sink.b]\nfrom = \"B\"\nconsole = {}",
    );
    let plan = plan(&text, Mode::Stream).await.unwrap();
    let names: Vec<&str> = plan.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(plan.outline(), "1 source, 0 guests, 2 tables, 2 sinks");
}
