//! Pipeline files of any text: each mistake stands in the text that it is about, and can be shown.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wasmill_fuzz::{Target, shape};

use super::super::testing::{Heard, pipeline, records_file, resources};
use super::super::tree::Origin;
use super::super::{Mode, Plan, Resources, RunOptions, run};
use super::{Invalid, Mistakes};
use crate::error::Kind;
use crate::guest::testing::{MENAGERIE, aggregates, component};
use crate::guest::{CacheFolder, EngineOptions, GuestEngine};

/// A comment that begins so is a `--set` of the command line.
const SET: &str = "#--set ";

/// Pieces of pipelines, set apart by `¦`.
const WORDS: &str = "[source.raw]\n¦[guest.zoo]\n¦[table.t]\n¦[sink.s]\n¦[aggregate.zoo]\n¦[kafka]\n¦#--set ¦replay = ¦subscribe = \
    ¦\"records.jsonl\"¦\"zoo.wasm\"¦\"aggregate.wasm\"¦module = ¦function = ¦from = ¦sql = ¦per = \"partition\"¦idle_after = \"1 s\"\
    ¦watermark = { column = \"timestamp\", delay = \"1 minute\" }¦max_ahead = ¦console = {}¦parquet = ¦json = ¦mode = \"update\"\
    ¦mode = \"complete\"¦trigger = \"once\"¦state_limit = ¦on_error = \"null\"¦SELECT ¦ FROM raw¦ FROM zoo¦ FROM t¦ FROM zoo_errors\
    ¦ FROM t_late¦ WHERE ¦ GROUP BY ¦window(timestamp, '1 minute')¦window(timestamp, '10 seconds', '3 seconds')\
    ¦session_window(timestamp, '5 minutes')¦count(*)¦sum(offset)¦zoo(offset)¦ HAVING ¦ ORDER BY ¦ LIMIT 3¦ JOIN t USING (offset)\
    ¦explode(¦CAST(value AS STRING)¦from_json(¦to_timestamp(¦date_format(¦round(¦CASE WHEN ¦ UNION ALL ¦(SELECT \
    ¦ OVER (PARTITION BY key)¦\"\"\"¦'''¦\\u00e9¦\\\"¦é¦İ¦ẞ¦'¦\"¦{¦[¦9223372036854775808¦-1¦1e400¦.¦\r\n";

/// All mistakes stand where something stands, and the report can be made.
fn told(path: &str, text: &str, overrides: &[String], mistakes: Mistakes) -> String {
    let kinds: Vec<String> = mistakes.0.iter().map(|mistake| shape(&mistake.message)).collect();
    for mistake in &mistakes.0 {
        let Some(span) = mistake.span else { continue };
        let text = match span.origin {
            Origin::File => text,
            Origin::Override(at) => &overrides[at],
        };
        assert!(
            span.start <= span.end && text.get(span.start..span.end).is_some(),
            "{span:?} is no part of the {} bytes: {}",
            text.len(),
            mistake.message
        );
    }
    let invalid = Invalid::new(path.to_owned(), text.to_owned(), overrides.to_vec(), mistakes);
    let (plain, coloured) = (invalid.report(false), invalid.report(true));
    assert!(plain.lines().count() <= coloured.lines().count());
    kinds.last().cloned().unwrap_or_default()
}

/// The text and its overrides.
fn parts(input: &[u8]) -> (String, Vec<String>) {
    let text = String::from_utf8_lossy(input).into_owned();
    let overrides = text.lines().filter_map(|line| line.strip_prefix(SET));
    let overrides = overrides.map(str::to_owned).collect();
    (text, overrides)
}

/// Nested so deep that a reader that recurses needs more stack than there is.
fn deep() -> [String; 6] {
    const DEPTH: usize = 20_000;
    let keys = "a.".repeat(DEPTH);
    [
        format!("{keys}a = 1"),
        format!("[{keys}a]"),
        format!("a = {}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        format!("a = {}1{}", "{a=".repeat(DEPTH), "}".repeat(DEPTH)),
        format!("{SET}{keys}a=1"),
        format!("{SET}a={}1{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
    ]
}

#[test]
fn texts_of_any_bytes_are_parsed() {
    Target::new("pipeline")
        .seeds(deep())
        .words(WORDS.split('¦'))
        .longest(4096)
        .run(|input| {
            let (text, overrides) = parts(input);
            let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
            let pipeline = pipeline(Path::new(""), &text, &overrides);
            told("p.toml", &text, &pipeline.text.overrides, pipeline.mistakes)
        });
}

/// A folder with what a pipeline may name, and a process.
fn a_place() -> (tempfile::TempDir, Resources) {
    let folder = tempfile::tempdir().unwrap();
    records_file(folder.path(), &["one", "E", "two"]);
    std::fs::write(folder.path().join("zoo.wasm"), component(MENAGERIE)).unwrap();
    let aggregate = aggregates(include_str!("../guest/aggregate/menagerie.wat"));
    std::fs::write(folder.path().join("aggregate.wasm"), aggregate).unwrap();
    let options = EngineOptions {
        cache: CacheFolder::At(folder.path().join("cache")),
        ..EngineOptions::default()
    };
    let resources = Resources {
        guest_engine: GuestEngine::new(options).unwrap(),
        ..resources(Arc::new(Heard::default()))
    };
    (folder, resources)
}

/// A run to its end. It may fail by what the query asks for, not by a defect.
async fn ran(plan: Plan) -> String {
    let outline = plan.outline();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    let options = RunOptions {
        print: Arc::new(|| Box::new(std::io::sink())),
        ..RunOptions::new(stop, Arc::new(Heard::default()))
    };
    match run(plan, options).await {
        Ok(summary) => {
            let rows: u64 = summary.sinks.iter().map(|(_, finished)| finished.rows).sum();
            format!("{outline}, {rows} rows")
        }
        Err(fault) => {
            assert_ne!(fault.kind(), Kind::Internal, "{}", fault.report());
            shape(&fault.to_string())
        }
    }
}

/// What planning comes to, as a batch and as a stream; and running, if the pipeline is one that ends.
fn planned(
    runtime: &tokio::runtime::Runtime,
    place: &(tempfile::TempDir, Resources),
    text: &str,
    runs: bool,
) -> String {
    let (folder, resources) = place;
    let (_, overrides) = parts(text.as_bytes());
    let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
    let mut kind = String::new();
    for mode in [Mode::Batch, Mode::Stream] {
        let pipeline = pipeline(folder.path(), text, &overrides);
        kind.push_str(&match runtime.block_on(pipeline.plan(mode, resources)) {
            Ok(plan) if runs => runtime.block_on(ran(plan)),
            Ok(plan) => plan.outline(),
            Err(invalid) => {
                let mistakes = Mistakes(invalid.mistakes);
                told(&invalid.path, text, &invalid.overrides, mistakes)
            }
        });
        kind.push('|');
    }
    kind
}

#[test]
fn pipelines_of_any_text_are_planned() {
    let place = a_place();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let target = Target::new("pipeline").words(WORDS.split('¦')).longest(4096);
    target
        .patience(Duration::from_secs(60))
        .run(|input| planned(&runtime, &place, &parts(input).0, false));
}

/// A sound pipeline around a query, with the modules that it names.
fn around(query: &str) -> String {
    let mut query = query.replace(|letter: char| letter.is_control() && letter != '\n', " ");
    while query.contains("'''") {
        query = query.replace("'''", "''");
    }
    let modules = if query.contains("zoo") {
        "[guest.zoo]\nfrom = \"raw\"\nmodule = \"zoo.wasm\"\n[aggregate.zoo]\nmodule = \"aggregate.wasm\""
    } else {
        ""
    };
    format!(
        r#"
trigger = "available-now"
{modules}
[source.raw]
replay = "records.jsonl"
[table.lines]
sql = "SELECT CAST(value AS STRING) AS v, split(CAST(value AS STRING), 'a') AS words, timestamp, offset FROM raw"
[table.t]
watermark = {{ column = "timestamp", delay = "1 minute" }}
sql = '''
{query}
'''
[sink.s]
from = "t"
console = {{}}
"#
    )
}

#[test]
fn queries_of_any_text_are_planned_and_run() {
    let place = a_place();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let target = Target::new("query").words(WORDS.split('¦')).longest(1024);
    target
        .patience(Duration::from_secs(60))
        .run(|input| planned(&runtime, &place, &around(&String::from_utf8_lossy(input)), true));
}
