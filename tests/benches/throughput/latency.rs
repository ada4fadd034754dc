//! From Kafka's timestamp of a record to the row that it changed: windows of a minute in update mode.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use wasmill::batch::timestamp_type;
use wasmill::clock::{Clock, SystemClock};
use wasmill::guest::{EngineOptions, GuestEngine};
use wasmill::pipeline::{Output, Pipeline, Resources, RunOptions, run};
use wasmill::source::{ClientSettings, ProduceRecord, Producer};

use crate::pipeline::Silent;
use crate::setup::Setup;
use crate::{Result, cpu, figure};

const RATE: usize = 1000;
const SECONDS: usize = 15;
const PARTITIONS: u16 = 5;
/// Records sent at once: a producer's clock ticks no finer.
const TOGETHER: usize = 5;
/// The first rows come while everything is warming up.
const SKIPPED: usize = 1000;

pub(crate) fn measure(setup: &Setup) -> Result<()> {
    let topic = setup.broker.topic_name("orders-in-time");
    setup.broker.create_topic(&topic, PARTITIONS.into());
    let path = setup.folder.path().join("latency.toml");
    let text = format!(
        "name = \"latency\"\n[source.raw]\nsubscribe = \"{topic}\"\nstarting_offsets = \"earliest\"\n\
         [guest.orders]\nfrom = \"raw\"\nmodule = '{}'\n\
         [table.by_customer]\nwatermark = {{ column = \"kafka_timestamp\", delay = \"1 minute\" }}\n\
         sql = \"\"\"SELECT window, customer_id, count(*) AS n, sum(total) AS total, max(kafka_timestamp) AS newest FROM orders\n\
         GROUP BY window(kafka_timestamp, '1 minute'), customer_id\"\"\"\n\
         [sink.out]\nfrom = \"by_customer\"\nconsole = {{}}\nmode = \"update\"\n",
        setup.module.display()
    );
    std::fs::write(&path, text)?;
    let printed = Printed::default();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let start = cpu::own()?;
    setup.runtime.block_on(async {
        let resources = Resources {
            guest_engine: GuestEngine::new(EngineOptions::default())?,
            kafka: vec![("bootstrap.servers".to_owned(), setup.broker.address().to_owned())],
            default_broker: None,
            observer: Arc::new(Silent),
        };
        let pipeline = Pipeline::read(&path, Vec::new())?;
        let mode = pipeline.mode(false);
        let plan = pipeline.plan(mode, &resources).await;
        let print = printed.clone();
        let options = RunOptions {
            output: Output::Json,
            print: Arc::new(move || Box::new(print.clone())),
            ..RunOptions::new(stopped, Arc::new(Silent))
        };
        let running = tokio::spawn(run(plan.map_err(|invalid| invalid.to_string())?, options));
        produce(setup, &topic).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = stop.send(true);
        running.await??;
        Result::Ok(())
    })?;
    let used = cpu::own()? - start;
    let mut delays = printed.delays();
    delays.drain(..SKIPPED.min(delays.len()));
    delays.sort_unstable();
    let at = |part: f64| {
        delays
            .get((delays.len() as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
    };
    figure::other(
        "record to row at 1000 records/s, p50",
        &format!("{:.1} ms", at(0.5) as f64),
        "< 10 ms",
    );
    figure::other(
        "record to row at 1000 records/s, p99",
        &format!("{:.1} ms", at(0.99) as f64),
        "< 50 ms",
    );
    figure::other(
        "the same, CPU time a record with its producer",
        &format!("{:.0} us", used.as_secs_f64() * 1e6 / (RATE * SECONDS) as f64),
        "",
    );
    Ok(())
}

async fn produce(setup: &Setup, topic: &str) -> Result<()> {
    let settings = ClientSettings::new(setup.broker.address());
    let mut producer = Producer::connect(&settings, Arc::new(|_| ())).await?;
    let orders: Vec<_> = Setup::orders(RATE * SECONDS).collect();
    let mut ticks = tokio::time::interval(Duration::from_micros((1_000_000 * TOGETHER / RATE) as u64));
    for (orders, partition) in orders.chunks(TOGETHER).zip((0..PARTITIONS).cycle()) {
        ticks.tick().await;
        for order in orders {
            let record = ProduceRecord {
                key: Some(order.key.as_bytes()),
                value: Some(order.value.as_bytes()),
                partition: Some(partition.into()),
                timestamp_ms: Some(SystemClock.now_ms()),
                ..ProduceRecord::default()
            };
            producer.send(topic, record).await?;
        }
    }
    producer.flush().await?;
    Ok(())
}

/// Lines and when they came, in milliseconds.
type Lines = Vec<(i64, Vec<u8>)>;

/// Keeps what is printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Lines>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((SystemClock.now_ms(), bytes.to_vec()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Printed {
    /// For each row how many milliseconds it came behind its newest record.
    fn delays(&self) -> Vec<i64> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut delays = Vec::new();
        for (came, bytes) in lines.iter() {
            for line in String::from_utf8_lossy(bytes).lines() {
                let row: Value = serde_json::from_str(line).unwrap_or_default();
                let newest = row["row"]["newest"].as_str().and_then(millis);
                delays.extend(newest.map(|newest| came - newest));
            }
        }
        delays
    }
}

/// Milliseconds since the epoch of `2026-01-18T10:00:00.000000Z`.
fn millis(text: &str) -> Option<i64> {
    let column = arrow::array::StringArray::from(vec![text]);
    let times = arrow::compute::cast(&column, &timestamp_type()).ok()?;
    let times = arrow::compute::cast(&times, &arrow::datatypes::DataType::Int64).ok()?;
    let micros = times.as_any().downcast_ref::<arrow::array::Int64Array>()?.value(0);
    Some(micros / 1000)
}
