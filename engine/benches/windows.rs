//! What windows cost: metrics that are columns already, by host and minute, through the cut query and into what is kept.
//!
//! `cargo bench -p wasmill --bench windows`. Times are of this thread's processor, on which all the work is done here; the median
//! of the rounds is printed, and ratios against another figure of the same run. A build without optimisation tells nothing.

mod clock;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use clock::{Clock, median};
use wasmill::aggregate::Aggregates;
use wasmill::batch::timestamp_type;
use wasmill::clock::SystemClock;
use wasmill::event_time::OutputMode;
use wasmill::guest::{AggregateModule, EngineOptions, GuestAggregate, GuestEngine, Limits, build};
use wasmill::sql::{Aggregation, Planner, Streamed, Streaming};
use wasmill::window::{Groups, GroupsShape, Lateness, split};

const ROUNDS: usize = 5;
/// Rows that are worked on at once, as the source hands them on.
const CHUNK: usize = 8192;
/// Chunks that are aggregated at once.
const CHUNKS_A_PART: usize = 16;
/// Rows of a round.
const ROWS: usize = 128 * CHUNK;

const SQL: &str = "SELECT window, host, round(avg(cpu), 2) AS avg_cpu, max(cpu) AS max_cpu, count(*) AS n FROM m \
                   GROUP BY window(event_time, '1 minute'), host";
/// The same with windows that slide: six panes each.
const SLIDING: &str = "SELECT window, host, round(avg(cpu), 2) AS avg_cpu, max(cpu) AS max_cpu, count(*) AS n FROM m \
                       GROUP BY window(event_time, '1 minute', '10 seconds'), host";

const BUILT_IN: &str = "SELECT window, host, stddev(cpu) AS s FROM m GROUP BY window(event_time, '1 minute'), host";
const GUEST: &str = "SELECT window, host, moments(cpu) AS s FROM m GROUP BY window(event_time, '1 minute'), host";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    println!("ns a row, {ROWS} rows a round, median of {ROUNDS} rounds; ratio against 10 groups");
    for (title, mode) in [
        ("one minute, append", OutputMode::Append),
        ("one minute, update", OutputMode::Update),
    ] {
        by_groups(title, SQL, mode, ROWS / 4).await?;
    }
    by_groups("one minute every 10 s, append", SLIDING, OutputMode::Append, ROWS / 4).await?;
    println!(
        "\nan aggregate of a guest with 32 bytes of state, update mode; ratio against SQL's `stddev` of the same rows"
    );
    let module = build(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/moments"),
        |_| (),
    )?
    .component;
    let engine = GuestEngine::new(EngineOptions::default())?;
    let moments = AggregateModule::load(&engine, &module, Limits::default())?.aggregate("moments", None)?;
    for groups in [10, 1000, 100_000] {
        let own = figure(BUILT_IN, OutputMode::Update, groups, ROWS / 4, None).await?;
        let guest = figure(GUEST, OutputMode::Update, groups, ROWS / 4, Some(&moments)).await?;
        println!("{groups:>9} groups {own:8.0} {guest:8.0} {:6.2}", guest / own);
    }
    println!("\nns a row by the size of a batch, update mode, 100 groups; ratio against the largest");
    let mut largest = None;
    for rows in [64 * CHUNK, 8 * CHUNK, CHUNK, 1000, 100, 10] {
        let figure = figure(SQL, OutputMode::Update, 100, rows, None).await?;
        let largest = *largest.get_or_insert(figure);
        println!("{rows:>9} rows a batch {figure:8.0} {:6.2}", figure / largest);
    }
    Ok(())
}

async fn by_groups(title: &str, sql: &str, mode: OutputMode, batch: usize) -> Result<()> {
    println!("\n{title}, {batch} rows a batch");
    let mut fewest = None;
    for groups in [10, 1000, 100_000, 1_000_000] {
        let figure = figure(sql, mode, groups, batch, None).await?;
        let fewest = *fewest.get_or_insert(figure);
        println!("{groups:>9} groups {figure:14.0} {:6.2}", figure / fewest);
    }
    Ok(())
}

/// Nanoseconds a row.
async fn figure(
    sql: &str,
    mode: OutputMode,
    groups: usize,
    batch: usize,
    aggregate: Option<&GuestAggregate>,
) -> Result<f64> {
    // Small batches take long: fewer rows tell as much.
    let rows = ROWS.min(batch * 2000);
    let chunks = chunks(groups, rows, batch.min(CHUNK))?;
    let tables = [("m".to_owned(), schema())];
    let streaming = Streaming {
        mode,
        watermark: Some("event_time"),
        keep_late: false,
    };
    let aggregates = aggregate.iter().map(|aggregate| aggregate.function()).collect();
    let planner = Planner::with_aggregates(Arc::new(SystemClock), aggregates);
    let planned = planner.plan_stream("bench", sql, &tables, streaming).await?;
    let Streamed::Groups(query) = planned else {
        return Err("a query without groups".into());
    };
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Clock::start();
        let out = round(&query, mode, &chunks, batch).await?;
        rounds.push(start.nanoseconds() / rows as f64);
        assert!(out > 0, "no rows came out");
    }
    Ok(median(rounds))
}

/// All rows once, from nothing kept; how many came out.
async fn round(query: &Aggregation, mode: OutputMode, chunks: &[RecordBatch], batch: usize) -> Result<usize> {
    let mut groups = Groups::new(GroupsShape {
        window: query.window,
        keys: query.keys.clone(),
        aggregates: Aggregates::new(query.functions.clone())?,
        results: Arc::clone(&query.results),
    })?;
    let window = query.window.ok_or("a query without a window")?;
    let (mut late, mut watermark, mut greatest, mut out) = (0, 0, 0, 0);
    for batch in chunks.chunks((batch / CHUNK).max(1)) {
        // As many rows at once as the pipeline takes.
        let mut counted = Vec::new();
        for (at, chunk) in batch.iter().enumerate() {
            let (rows, times) = query.rows.run_observed(vec![vec![chunk.clone()]], None).await?;
            greatest = greatest.max(times.greatest.unwrap_or(0));
            let lateness = Lateness {
                watermark: Some(late),
                latest: None,
            };
            for rows in &rows {
                counted.push(split(window, lateness, rows)?.rows);
            }
            if (at + 1) % CHUNKS_A_PART == 0 || at + 1 == batch.len() {
                for partial in query.partial.run(vec![std::mem::take(&mut counted)]).await? {
                    groups.merge(&partial)?;
                }
            }
        }
        let results = groups.emit(mode, Some(late), Some(watermark))?;
        out += groups.len();
        for rows in query.above.run(vec![results]).await? {
            out += rows.num_rows();
        }
        groups.end_batch(Some(watermark));
        (late, watermark) = (watermark, greatest - 10_000_000);
    }
    Ok(out)
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("host", DataType::Utf8, true),
        Field::new("cpu", DataType::Float64, true),
        Field::new("event_time", timestamp_type(), true),
    ]))
}

/// Rows of as many hosts in no order, at times that go on by two minutes in all.
fn chunks(hosts: usize, rows: usize, chunk: usize) -> Result<Vec<RecordBatch>> {
    const BEGIN: i64 = 1_768_730_400_000_000;
    let step = 120_000_000 / i64::try_from(rows)?;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut time = BEGIN;
    let mut chunks = Vec::new();
    for start in (0..rows).step_by(chunk) {
        let length = chunk.min(rows - start);
        let (mut names, mut cpus, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..length {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let host = (random >> 20) as usize % hosts;
            names.push(format!("server-{host:07}"));
            cpus.push((random % 10_000) as f64 / 100.0);
            time += step;
            times.push(time);
        }
        let times = TimestampMicrosecondArray::from(times).with_timezone("UTC");
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(names)),
            Arc::new(Float64Array::from(cpus)),
            Arc::new(times),
        ];
        chunks.push(RecordBatch::try_new(schema(), columns)?);
    }
    Ok(chunks)
}
