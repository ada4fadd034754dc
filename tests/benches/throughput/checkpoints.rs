//! What checkpoints cost, how soon a run that goes on from one has its first row, and how soon a record is in a file that anybody sees.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::sync::watch;
use wasmill::clock::{Clock, SystemClock};
use wasmill::guest::{BuildOutput, EngineOptions, GuestEngine};
use wasmill::pipeline::{CheckpointSpec, Observer, Pipeline, Progress, Resources, RunOptions, run};
use wasmill::source::{ClientSettings, ProduceRecord, Producer};

use crate::setup::Setup;
use crate::{Result, cpu, figure};

const PARTITIONS: u16 = 8;
const RATE: usize = 50_000;
const SECONDS: usize = 8;
const ROUNDS: usize = 3;
/// Records sent at once.
const TOGETHER: usize = 500;
/// With eight partitions a hundred thousand groups.
const GROUPS_A_PARTITION: usize = 12_500;

/// Checkpoints every second against none, at 50,000 orders a second with 100,000 groups.
pub(crate) fn cost(setup: &Setup) -> Result<()> {
    for (what, sink) in [
        ("groups alone", ""),
        (
            "with all rows to Parquet",
            "[sink.rows]\nfrom = \"orders\"\nparquet = \"rows\"\n",
        ),
    ] {
        let mut ratios = Vec::new();
        for round in 0..ROUNDS {
            let name = format!("cost-{round}-{}", sink.len());
            let producing = with_load(setup, &format!("{name}-load"), None)?;
            let none = with_load(setup, &format!("{name}-none"), Some((sink, false)))?;
            let every_second = with_load(setup, &format!("{name}-some"), Some((sink, true)))?;
            let ours = |used: Duration| used.saturating_sub(producing).as_secs_f64();
            ratios.push(ours(every_second) / ours(none));
        }
        ratios.sort_by(f64::total_cmp);
        figure::other(
            &format!("CPU time with checkpoints, {what}"),
            &format!(
                "{:.2} ({:.2} to {:.2})",
                ratios[ROUNDS / 2],
                ratios[0],
                ratios[ROUNDS - 1]
            ),
            "< 1.10",
        );
    }
    Ok(())
}

/// The processor time of a load, and of a pipeline that reads it, if there is one.
fn with_load(setup: &Setup, name: &str, pipeline: Option<(&str, bool)>) -> Result<Duration> {
    let topic = setup.broker.topic_name(name);
    setup.broker.create_topic(&topic, PARTITIONS.into());
    let orders: Vec<_> = Setup::orders(10_000).collect();
    let (stop, stopped) = watch::channel(false);
    let start = cpu::own()?;
    setup.runtime.block_on(async {
        let running = match pipeline {
            Some((sink, checkpoints)) => {
                let groups = format!(
                    "[guest.orders]\nfrom = \"raw\"\nmodule = '{}'\n\
                     [table.groups]\nsql = \"SELECT kafka_partition AS p, kafka_offset % {GROUPS_A_PARTITION} AS c, count(*) AS n, \
                     sum(total) AS total FROM orders GROUP BY kafka_partition, kafka_offset % {GROUPS_A_PARTITION}\"\n\
                     [sink.groups]\nfrom = \"groups\"\nconsole = {{}}\nmode = \"update\"\n{sink}",
                    setup.module.display()
                );
                Some(begin(setup, name, &topic, &groups, checkpoints, Arc::default(), stopped).await?)
            }
            None => None,
        };
        let mut producer = Producer::connect(&ClientSettings::new(setup.broker.address()), Arc::new(|_| ())).await?;
        let mut ticks = tokio::time::interval(Duration::from_micros((1_000_000 * TOGETHER / RATE) as u64));
        let chunks = orders.chunks(TOGETHER).cycle().take(RATE * SECONDS / TOGETHER);
        for (chunk, partition) in chunks.zip((0..PARTITIONS).cycle()) {
            ticks.tick().await;
            for order in chunk {
                let record = ProduceRecord {
                    key: Some(order.key.as_bytes()),
                    value: Some(order.value.as_bytes()),
                    partition: Some(partition.into()),
                    ..ProduceRecord::default()
                };
                producer.send(&topic, record).await?;
            }
        }
        producer.flush().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = stop.send(true);
        if let Some(running) = running {
            running.await??;
        }
        Result::Ok(())
    })?;
    Ok(cpu::own()? - start)
}

/// From the start of a run that goes on with a million groups to its first batch.
pub(crate) fn recovery(setup: &Setup) -> Result<()> {
    const GROUPS: usize = 1_000_000;
    let topic = setup.broker.topic_name("recovery");
    setup.broker.create_topic(&topic, PARTITIONS.into());
    let groups = "[table.groups]\nsql = \"SELECT CAST(value AS STRING) AS c, count(*) AS n, max(offset) AS newest FROM raw \
                  GROUP BY CAST(value AS STRING)\"\n[sink.groups]\nfrom = \"groups\"\nconsole = {}\nmode = \"update\"\n";
    let times = setup.runtime.block_on(async {
        let heard = Arc::new(Heard::default());
        let (stop, stopped) = watch::channel(false);
        let running = begin(setup, "recovery", &topic, groups, true, Arc::clone(&heard), stopped).await?;
        let mut producer = Producer::connect(&ClientSettings::new(setup.broker.address()), Arc::new(|_| ())).await?;
        for (number, partition) in (0..GROUPS).zip((0..PARTITIONS).cycle()) {
            send(&mut producer, &topic, &format!("customer-{number}"), partition).await?;
            // The embedded broker keeps little: no further ahead than the pipeline comes along.
            if number % 50_000 == 0 {
                producer.flush().await?;
                heard.wait_for(number.saturating_sub(100_000) as u64).await;
            }
        }
        producer.flush().await?;
        heard.wait_for(GROUPS as u64).await;
        stop.send(true)?;
        running.await??;
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            send(&mut producer, &topic, &format!("customer-{round}"), 0).await?;
            producer.flush().await?;
            let heard = Arc::new(Heard::default());
            let (stop, stopped) = watch::channel(false);
            let began = Instant::now();
            let running = begin(setup, "recovery", &topic, groups, true, Arc::clone(&heard), stopped).await?;
            heard.wait_for(1).await;
            times.push(began.elapsed());
            stop.send(true)?;
            running.await??;
        }
        times.sort();
        Result::Ok(times)
    })?;
    figure::other(
        "start with 1,000,000 groups to the first row",
        &format!("{:.2} s", times[ROUNDS / 2].as_secs_f64()),
        "< 3 s",
    );
    Ok(())
}

/// From a record's time to the moment when it can be seen in a Parquet file, at 1,000 records a second, with a checkpoint and a file each
/// second.
pub(crate) fn latency(setup: &Setup) -> Result<()> {
    const RATE: usize = 1_000;
    const SECONDS: usize = 20;
    let topic = setup.broker.topic_name("seen");
    setup.broker.create_topic(&topic, PARTITIONS.into());
    let rows = "[table.rows]\nsql = \"SELECT timestamp AS t FROM raw\"\n\
                [sink.rows]\nfrom = \"rows\"\nparquet = \"seen\"\nroll_interval = \"1 second\"\n";
    let folder = setup.folder.path().join("seen");
    let stop_looking = Arc::new(AtomicBool::new(false));
    let (looked_at, is_over) = (folder.clone(), Arc::clone(&stop_looking));
    let looking = std::thread::spawn(move || look(&looked_at, &is_over));
    setup.runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let running = begin(setup, "seen", &topic, rows, true, Arc::default(), stopped).await?;
        let mut producer = Producer::connect(&ClientSettings::new(setup.broker.address()), Arc::new(|_| ())).await?;
        let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / RATE as u64));
        for partition in (0..PARTITIONS).cycle().take(RATE * SECONDS) {
            ticks.tick().await;
            send(&mut producer, &topic, "a record", partition).await?;
        }
        producer.flush().await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.send(true)?;
        running.await??;
        Result::Ok(())
    })?;
    stop_looking.store(true, Ordering::Relaxed);
    let mut delays = looking
        .join()
        .map_err(|_| "the thread that looks at files ended early")??;
    delays.sort_unstable();
    let at = |part: f64| {
        delays
            .get((delays.len() as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
    };
    for (part, target) in [(0.5, ""), (0.99, "< 2 s")] {
        figure::other(
            &format!("record to a file that is seen, p{:.0}", part * 100.0),
            &format!("{:.2} s", at(part) as f64 / 1e6),
            target,
        );
    }
    Ok(())
}

/// For each row of the files that appear how many microseconds it is old then.
fn look(folder: &Path, is_over: &AtomicBool) -> std::result::Result<Vec<i64>, String> {
    let mut seen = std::collections::HashSet::new();
    let mut delays = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(10));
        let now_us = SystemClock.now_ms() * 1000;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_visible = path.extension().is_some_and(|extension| extension == "parquet");
            if !is_visible || !seen.insert(path.clone()) {
                continue;
            }
            let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
            for batch in reader.map_err(|error| error.to_string())? {
                let batch = batch.map_err(|error| error.to_string())?;
                let times = batch.column(0).as_any();
                let times = times.downcast_ref::<arrow::array::TimestampMicrosecondArray>();
                let times = times.ok_or("the column is no time")?;
                delays.extend(times.iter().flatten().map(|time| now_us - time));
            }
        }
    }
    Ok(delays)
}

async fn send(producer: &mut Producer, topic: &str, value: &str, partition: u16) -> Result<()> {
    let record = ProduceRecord {
        value: Some(value.as_bytes()),
        partition: Some(partition.into()),
        timestamp_ms: Some(SystemClock.now_ms()),
        ..ProduceRecord::default()
    };
    Ok(producer.send(topic, record).await?)
}

type Running = tokio::task::JoinHandle<wasmill::error::Result<wasmill::pipeline::Summary>>;

/// Begins a run of a pipeline with these tables and sinks.
async fn begin(
    setup: &Setup,
    name: &str,
    topic: &str,
    tables: &str,
    checkpoints: bool,
    heard: Arc<Heard>,
    stopped: watch::Receiver<bool>,
) -> Result<Running> {
    let path = setup.folder.path().join(format!("{name}.toml"));
    let text = format!(
        "trigger = \"as-soon-as-possible\"\n[source.raw]\nsubscribe = \"{topic}\"\nstarting_offsets = \"earliest\"\n{tables}"
    );
    std::fs::write(&path, text)?;
    let resources = Resources {
        guest_engine: GuestEngine::new(EngineOptions::default())?,
        kafka: vec![("bootstrap.servers".to_owned(), setup.broker.address().to_owned())],
        default_broker: None,
        observer: Arc::new(crate::pipeline::Silent),
    };
    let pipeline = Pipeline::read(&path, Vec::new())?;
    let plan = pipeline.plan(pipeline.mode(false), &resources).await;
    let checkpoint = CheckpointSpec::new(path.with_extension("checkpoint").display().to_string());
    let options = RunOptions {
        print: Arc::new(|| Box::new(std::io::sink())),
        checkpoint: checkpoints.then_some(checkpoint),
        ..RunOptions::new(stopped, heard)
    };
    Ok(tokio::spawn(run(plan.map_err(|invalid| invalid.to_string())?, options)))
}

/// Counts the records of batches that are done.
#[derive(Default)]
struct Heard(AtomicU64);

impl Heard {
    async fn wait_for(&self, records: u64) {
        while self.0.load(Ordering::Relaxed) < records {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}
    fn notice(&self, _: &str) {}
    fn before_output(&self, _: &str, _: bool) {}
    fn batch(&self, progress: &Progress) {
        self.0.fetch_add(progress.num_input_rows, Ordering::Relaxed);
    }
}
