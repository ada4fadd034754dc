//! Modules that change under load: how soon a saved one is live, and how long the stream stands still for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wasmill::guest::{BuildOutput, CacheFolder, EngineOptions, GuestEngine, Limits, Module, OnError, Transform};
use wasmill::pipeline::{Observer, Output, Pipeline, Progress, ReloadEvent, Resources, RunOptions, reload, run};

use crate::figure::Rounds;
use crate::setup::Setup;
use crate::{Result, figure};

const RATE: u32 = 10_000;
const RELOADS: usize = 100;
const ROUNDS: usize = 200;

/// Saves two modules in turn, equal in effect, while ten thousand orders a second arrive.
pub(crate) fn under_load(setup: &Setup) -> Result<()> {
    let topic = setup.topic_of_orders("orders-and-reloads", 3, 100)?;
    let file = setup.folder.path().join("orders.wasm");
    let versions = versions(setup)?;
    let save = |version: usize| -> Result<()> {
        let beside = file.with_extension("tmp");
        std::fs::write(&beside, &versions[version % 2])?;
        Ok(std::fs::rename(&beside, &file)?)
    };
    save(0)?;
    let path = setup.pipeline("reloads", &topic, "as-soon-as-possible", "console = {}")?;
    let module = format!("guest.orders.module='{}'", file.display());
    let heard = Arc::new(Heard::default());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let (rate, count) = (RATE.to_string(), (RATE * 20).to_string());
    let produce = [
        "produce",
        &topic,
        "--generate",
        "orders",
        "--rate",
        &rate,
        "--count",
        &count,
    ];
    let producer = setup.broker.wasmill(produce).start();
    let mut waits = Rounds::new();
    setup.runtime.block_on(async {
        let resources = Resources {
            guest_engine: GuestEngine::new(EngineOptions::default())?,
            kafka: vec![("bootstrap.servers".to_owned(), setup.broker.address().to_owned())],
            default_broker: None,
            observer: heard.clone(),
        };
        let pipeline = Pipeline::read(&path, vec![module])?;
        let plan = pipeline.plan(pipeline.mode(false), &resources).await;
        let mut plan = plan.map_err(|invalid| invalid.to_string())?;
        let (reload, _, reloader) = reload(pipeline, &mut plan, resources, true)?;
        let options = RunOptions {
            output: Output::Json,
            print: Arc::new(|| Box::new(std::io::sink())),
            reload: Some(reload),
            ..RunOptions::new(stopped, heard.clone())
        };
        let reloading = tokio::spawn(reloader.run());
        let running = tokio::spawn(run(plan, options));
        tokio::time::sleep(Duration::from_secs(2)).await;
        for version in 1..=RELOADS {
            let saved = Instant::now();
            save(version)?;
            while heard.pauses().len() < version && saved.elapsed() < Duration::from_secs(10) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // The first one is compiled.
            if version > 1 {
                waits.took(saved.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let _ = stop.send(true);
        running.await??;
        reloading.abort();
        Result::Ok(())
    })?;
    drop(producer);
    let mut pauses = heard.pauses();
    pauses.sort_unstable();
    let at = |part: f64| {
        pauses
            .get((pauses.len() as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
    };
    let shown = |pause: Duration| format!("{:.3} ms", pause.as_secs_f64() * 1000.0);
    figure::other(
        &format!("the stream stands still for a reload, p50 of {}", pauses.len()),
        &shown(at(0.5)),
        "",
    );
    figure::other("the same, p99", &shown(at(0.99)), "< 5 ms");
    figure::seconds(
        "from save to live, module seen before",
        &waits,
        "< 0.02 s + 0.015 s of quiet",
    );
    Ok(())
}

/// A module that was compiled before, opened from the cache on disk; and a new instance of it.
pub(crate) fn opening(setup: &Setup) -> Result<()> {
    let engine = GuestEngine::new(EngineOptions {
        cache: CacheFolder::At(setup.folder.path().join("cache")),
        ..EngineOptions::default()
    })?;
    let open = || Module::load(&engine, &setup.module, Limits::default());
    let began = Instant::now();
    let module = open()?;
    let mut compiling = Rounds::new();
    compiling.took(began.elapsed());
    let mut opening = Rounds::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        open()?;
        opening.took(began.elapsed());
    }
    figure::seconds("opening a module, compiled", &compiling, "");
    figure::seconds("opening a module seen before", &opening, "< 0.02 s");

    // A call with a new instance against one with an instance that is there.
    let one = first_order()?;
    let warm = Transform::new("orders", module.clone(), OnError::Fail, false);
    warm.process(&one)?;
    let (mut new, mut used) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let cold = Transform::new("orders", module.clone(), OnError::Fail, false);
        let began = Instant::now();
        cold.process(&one)?;
        new.push(began.elapsed());
        let began = Instant::now();
        warm.process(&one)?;
        used.push(began.elapsed());
    }
    new.sort_unstable();
    used.sort_unstable();
    let instance = new[ROUNDS / 2].saturating_sub(used[ROUNDS / 2]);
    let micros = format!("{:.1} us", instance.as_secs_f64() * 1e6);
    figure::other("a new instance, its start and description", &micros, "< 20 us");
    Ok(())
}

fn first_order() -> Result<wasmill::batch::Records> {
    let mut builder = wasmill::batch::RecordsBuilder::new(false);
    for order in Setup::orders(1) {
        let record = wasmill::batch::RecordRef {
            key: Some(order.key.as_bytes()),
            value: Some(order.value.as_bytes()),
            topic: "orders",
            partition: 0,
            offset: 0,
            timestamp_ms: Some(0),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    Ok(builder.finish()?)
}

/// The lab's module, and the same with a section behind it that means nothing.
fn versions(setup: &Setup) -> Result<[Vec<u8>; 2]> {
    let one = std::fs::read(&setup.module)?;
    // A custom section: its id, its size, the length of its name, its name.
    let other = [one.as_slice(), &[0, 5, 4, b'n', b'o', b't', b'e']].concat();
    Ok([one, other])
}

/// How long each reload made the stream stand still.
#[derive(Default)]
struct Heard(Mutex<Vec<Duration>>);

impl Heard {
    fn pauses(&self) -> Vec<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Heard {
    fn building(&self, _: BuildOutput<'_>) {}

    fn notice(&self, text: &str) {
        eprintln!("{text}");
    }

    fn before_output(&self, _: &str, _: bool) {}

    fn batch(&self, _: &Progress) {}

    fn reload(&self, event: &ReloadEvent<'_>) {
        if let ReloadEvent::Live { pause, .. } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(*pause);
        }
    }
}
