//! The streams at the end of the demo, one after the other, with records that arrive while they run.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::lab::{Generator, Kind};
use crate::pipeline::{Output, Resources};
use crate::source::{ClientSettings, Producer};

use super::super::args::DemoArgs;
use super::super::open::Teller;
use super::super::topics::notices;
use super::super::{Failure, produce, run, stop, term};

/// How many records a second arrive in each topic.
const RATE: u32 = 5;

/// A stream of the notebook.
struct Stream {
    /// Its file, from the folder of the lab's modules.
    pipeline: &'static str,
    /// What there is to see.
    title: &'static str,
    /// What is other than in the file, so that something happens within seconds.
    overrides: &'static [&'static str],
}

const STREAMS: [Stream; 3] = [
    Stream {
        pipeline: "commandes/stream.toml",
        title: "the live stream: orders as they arrive",
        overrides: &[],
    },
    Stream {
        pipeline: "commandes/windows.toml",
        title: "orders by customer and minute: the whole result each time, the newest minute first",
        overrides: &["trigger=5 seconds"],
    },
    Stream {
        pipeline: "metrics/windows.toml",
        title: "the exercise: servers by windows of 30 seconds, and the busiest of them",
        overrides: &["trigger=5 seconds"],
    },
];

/// Runs each of the streams for as long as the user said.
pub(super) async fn live(
    transforms: &Path,
    client: &ClientSettings,
    resources: &Resources,
    teller: &Arc<Teller>,
    args: &DemoArgs,
    stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    if args.seconds == 0 || *stop.borrow() {
        return Ok(());
    }
    // Dropped at the end, it ends what sends.
    let mut arrivals = JoinSet::new();
    for kind in [Kind::Orders, Kind::Metrics] {
        let producer = Producer::connect(client, notices()).await?;
        arrivals.spawn(arrive(producer, kind, Generator::new(kind, args.seed.wrapping_add(1))));
    }
    for stream in &STREAMS {
        if *stop.borrow() {
            break;
        }
        let overrides = stream.overrides.iter().map(|text| (*text).to_owned()).collect();
        let plan = super::open(&transforms.join(stream.pipeline), overrides, resources).await?;
        teller.clear();
        let seconds = term::count(args.seconds, "second");
        teller.say(&format!("\n{} ({RATE} records a second, for {seconds})", stream.title));
        let end = stop::or_after(stop.clone(), Duration::from_secs(args.seconds));
        run::run_plan(plan, Output::Table, end, teller).await?;
    }
    Ok(())
}

/// Sends records, evenly spaced, of the time at which they are sent.
async fn arrive(mut producer: Producer, kind: Kind, mut generator: Generator) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    loop {
        ticks.tick().await;
        let record = produce::made(&mut generator, SystemClock.now_ms().saturating_mul(1000));
        if let Err(fault) = producer.send_replayed(kind.topic(), &record).await {
            term::say_line(&format!("no more {kind}: {fault}"));
            return;
        }
    }
}
