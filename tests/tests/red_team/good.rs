//! The pipeline that does nothing wrong. It reads a topic from end to end, in many small batches, and then again, for as long as
//! the tests last.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasmill::guest::{BuildOutput, CacheFolder, EngineOptions, GuestEngine, HostLog, LogLine};
use wasmill::pipeline::{Mode, Observer, Output, Pipeline, Progress, Resources, RunOptions, run};
use wasmill_tests::broker::Kafka;

use super::evil::Printed;
use super::guest;

/// Records of the topic, and of each batch.
const RECORDS: usize = 120;
const A_BATCH: usize = 10;
/// How long the good one may need for a round. It needs a second or two; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// What runs longer than this has to leave the good one room to make batches meanwhile.
const LONG: Duration = Duration::from_secs(3);

/// The threads that good and evil share, few of them.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
});

/// The WebAssembly runtime that good and evil share.
pub(crate) static ENGINE: LazyLock<GuestEngine> = LazyLock::new(|| {
    let options = EngineOptions {
        cache: CacheFolder::Off,
        log: Arc::new(Said),
        ..EngineOptions::default()
    };
    GuestEngine::new(options).unwrap()
});

static LINES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

struct Said;

impl HostLog for Said {
    fn line(&self, line: &LogLine<'_>) {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((line.transform.to_owned(), line.to_string()));
    }
}

/// What the module of this name in its pipeline logged so far.
pub(crate) fn said(guest: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let ours = lines.iter().filter(|(name, _)| name == guest);
    ours.map(|(_, line)| line.clone()).collect()
}

/// What the good one did so far.
#[derive(Default)]
struct Done {
    batches: AtomicU64,
    /// Rounds in which every record came out once, in its place.
    rounds: AtomicU64,
    failed: OnceLock<String>,
    /// Its broker and its folder.
    _holds: OnceLock<(Kafka, TempDir)>,
}

static DONE: LazyLock<Arc<Done>> = LazyLock::new(|| {
    let done = Arc::new(Done::default());
    let kafka = Kafka::start();
    let folder = tempfile::tempdir().unwrap();
    let topic = kafka.topic_name("good-records");
    kafka.create_topic(&topic, 1);
    let lines: Vec<String> = (0..RECORDS)
        .map(|number| serde_json::json!({"partition": 0, "value": "g".repeat(number % 7)}).to_string())
        .collect();
    let records = folder.path().join("records.jsonl");
    std::fs::write(&records, lines.join("\n")).unwrap();
    kafka.produce(&topic, &records);
    std::fs::write(folder.path().join("good.wasm"), guest::good()).unwrap();
    let text = format!(
        "trigger = \"available-now\"\n[kafka]\n\"bootstrap.servers\" = {:?}\n[source.raw]\nsubscribe = {topic:?}\nstarting_offsets = \"earliest\"\n\
         max_offsets_per_trigger = {A_BATCH}\n[guest.good]\nfrom = \"raw\"\nmodule = \"good.wasm\"\n[sink.out]\nfrom = \"good\"\nconsole = {{}}\n",
        kafka.address()
    );
    let path = folder.path().join("good.toml");
    let counting = Arc::clone(&done);
    std::thread::spawn(move || {
        loop {
            match RUNTIME.block_on(round(&path, &text, &counting)) {
                Ok(()) => counting.rounds.fetch_add(1, Ordering::SeqCst),
                Err(reason) => return counting.failed.set(reason),
            };
        }
    });
    let _ = done._holds.set((kafka, folder));
    done
});

async fn round(path: &std::path::Path, text: &str, done: &Arc<Done>) -> Result<(), String> {
    let observer = Arc::new(Counting(Arc::clone(done)));
    let resources = Resources {
        guest_engine: ENGINE.clone(),
        kafka: Vec::new(),
        default_broker: None,
        observer: observer.clone(),
    };
    let pipeline = Pipeline::of_text(path, text.to_owned(), Vec::new());
    let plan = pipeline.plan(Mode::Stream, &resources).await;
    let plan = plan.map_err(|invalid| invalid.report(false))?;
    let (_go_on, stop) = tokio::sync::watch::channel(false);
    let printed = Printed::default();
    let print = printed.clone();
    let options = RunOptions {
        output: Output::Json,
        print: Arc::new(move || Box::new(print.clone())),
        ..RunOptions::new(stop, observer)
    };
    run(plan, options).await.map_err(|fault| fault.report())?;
    let rows: Vec<(i64, i64)> = printed
        .rows()
        .iter()
        .map(|line| {
            let field = |name: &str| line["row"][name].as_i64().unwrap_or(-1);
            (field("kafka_offset"), field("length"))
        })
        .collect();
    let wanted: Vec<(i64, i64)> = (0..RECORDS as i64).map(|number| (number, number % 7)).collect();
    if rows == wanted {
        Ok(())
    } else {
        Err(format!("the good pipeline's rows are not its own: {rows:?}"))
    }
}

struct Counting(Arc<Done>);

impl Observer for Counting {
    fn building(&self, _: BuildOutput<'_>) {}
    fn notice(&self, _: &str) {}
    fn before_output(&self, _: &str, _: bool) {}
    fn batch(&self, progress: &Progress) {
        let count = serde_json::to_value(progress).map_or(0, |value| value["numInputRows"].as_u64().unwrap_or(0));
        // An empty batch is no sign of life.
        self.0.batches.fetch_add(u64::from(count > 0), Ordering::SeqCst);
    }
}

fn pause() {
    RUNTIME.block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
}

/// Does something beside the good pipeline, which has to go on meanwhile, and to end the round that it was in.
pub(crate) fn beside<T>(evil: impl FnOnce() -> T) -> T {
    let done = &**DONE;
    let goes_on = |until: Instant, what: &str| {
        assert_eq!(done.failed.get(), None, "the good pipeline failed");
        assert!(Instant::now() < until, "the good pipeline {what}");
        pause();
    };
    let until = Instant::now() + PATIENCE;
    while done.batches.load(Ordering::SeqCst) == 0 {
        goes_on(until, "does not begin");
    }
    let (batches, begin) = (done.batches.load(Ordering::SeqCst), Instant::now());
    let result = evil();
    assert_eq!(done.failed.get(), None, "the good pipeline failed");
    if begin.elapsed() > LONG {
        let now = done.batches.load(Ordering::SeqCst);
        assert!(now > batches, "the good pipeline stood still for {:?}", begin.elapsed());
    }
    let rounds = done.rounds.load(Ordering::SeqCst);
    let until = Instant::now() + PATIENCE;
    while done.rounds.load(Ordering::SeqCst) == rounds {
        goes_on(until, "does not end its round");
    }
    result
}

/// A line of console output as JSON.
pub(crate) fn line(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}
