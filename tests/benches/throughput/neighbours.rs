//! Ten pipelines in one process, one of which has a module that never comes back from one record in a hundred: what the other nine notice of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wasmill::guest::{BuildOutput, EngineOptions, GuestEngine, build};
use wasmill::pipeline::{Observer, Output, Pipeline, Progress, Resources, RunOptions, run};

use crate::setup::Setup;
use crate::{Result, figure};

const PIPELINES: usize = 10;
const SECONDS: u64 = 15;
/// Of each second, in which all ten get the same orders.
const RATE: &str = "1000";

pub(crate) fn measure(setup: &Setup) -> Result<()> {
    let endless = build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/hostile"), |_| ())?.component;
    let alone = batches(setup, "neighbours-alone", &setup.module)?;
    let beside = batches(setup, "neighbours-beside", &endless)?;
    let p99 = |batches: &[u64]| batches.get(batches.len() * 99 / 100).copied().unwrap_or_default();
    let (alone_p99, beside_p99) = (p99(&alone), p99(&beside));
    let shown = format!("{beside_p99} ms, {alone_p99} ms without it");
    figure::other(
        "nine streams beside an endless one, batches' p99",
        &shown,
        "about the same",
    );
    let counts = format!("{} batches, {} without it", beside.len(), alone.len());
    figure::other("the same, how many batches", &counts, "");
    Ok(())
}

/// The durations of the batches of nine pipelines, in milliseconds, sorted, while the tenth has this module.
fn batches(setup: &Setup, topic: &str, tenth: &Path) -> Result<Vec<u64>> {
    let topic = setup.topic_of_orders(topic, 3, 10)?;
    let heard = Arc::new(Heard::default());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let producer = setup
        .broker
        .wasmill(["produce", &topic, "--generate", "orders", "--rate", RATE])
        .start();
    setup.runtime.block_on(async {
        let engine = GuestEngine::new(EngineOptions::default())?;
        let mut running = tokio::task::JoinSet::new();
        for number in 0..PIPELINES {
            let is_tenth = number + 1 == PIPELINES;
            let observer: Arc<dyn Observer> = match is_tenth {
                true => Arc::new(Heard::default()),
                false => heard.clone(),
            };
            let resources = Resources {
                guest_engine: engine.clone(),
                kafka: vec![("bootstrap.servers".to_owned(), setup.broker.address().to_owned())],
                default_broker: None,
                observer: Arc::clone(&observer),
            };
            let module: PathBuf = if is_tenth {
                tenth.to_owned()
            } else {
                setup.module.clone()
            };
            let path = setup.pipeline(
                &format!("{topic}-{number}"),
                &topic,
                "as-soon-as-possible",
                "console = {}",
            )?;
            let pipeline = Pipeline::read(&path, vec![format!("guest.orders.module='{}'", module.display())])?;
            let plan = pipeline.plan(pipeline.mode(false), &resources).await;
            let options = RunOptions {
                output: Output::Json,
                print: Arc::new(|| Box::new(std::io::sink())),
                ..RunOptions::new(stopped.clone(), observer)
            };
            running.spawn(run(plan.map_err(|invalid| invalid.to_string())?, options));
        }
        tokio::time::sleep(Duration::from_secs(SECONDS)).await;
        let _ = stop.send(true);
        while let Some(ended) = running.join_next().await {
            // The tenth may have been ended by the engine, and says so.
            if let Err(fault) = ended? {
                eprintln!("one ended: {fault}");
            }
        }
        Result::Ok(())
    })?;
    drop(producer);
    let mut batches = heard.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    batches.sort_unstable();
    Ok(batches)
}

/// The durations of batches.
#[derive(Default)]
struct Heard(Mutex<Vec<u64>>);

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, _: &str) {}

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, progress: &Progress) {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push(progress.batch_duration);
    }
}
