//! `wasmill produce`: records of a file or of a generator into a topic.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::lab;
use crate::source::{Producer, Replay, ReplayRecord};

use super::args::{Generator, ProduceArgs};
use super::topics::notices;
use super::{Failure, address, stop, term};

impl From<Generator> for lab::Kind {
    fn from(generator: Generator) -> Self {
        match generator {
            Generator::Orders => Self::Orders,
            Generator::Logs => Self::Logs,
            Generator::Metrics => Self::Metrics,
        }
    }
}

pub(super) async fn produce(args: ProduceArgs) -> Result<(), Failure> {
    let mut producer = Producer::connect(&address::client(&args.kafka)?, notices()).await?;
    let mut stop = stop::on_ctrl_c(None, "record");
    let mut pace = Pace::new(args.rate);
    let most = args.count.unwrap_or(u64::MAX);
    let mut sent = 0;
    let mut records = Input::open(args.from, args.generate.map(lab::Kind::from), args.seed)?;
    while sent < most && !*stop.borrow() {
        let Some(record) = records.next()? else {
            break;
        };
        tokio::select! {
            () = pace.wait() => {}
            Ok(_) = stop.wait_for(|stop| *stop) => break,
        }
        producer.send_replayed(&args.topic, &record).await?;
        sent += 1;
    }
    let delivered = producer.flush().await?;
    let records = term::count(delivered, "record");
    term::say_line(&format!("produced {records} to topic `{}`", args.topic));
    Ok(())
}

/// Where the records come from.
enum Input {
    File(Box<Replay>),
    Generator(lab::Generator),
}

impl Input {
    fn open(from: Option<PathBuf>, generate: Option<lab::Kind>, seed: u64) -> Result<Self> {
        match (from, generate) {
            (Some(path), _) => Ok(Self::File(Box::new(Replay::open(path)?))),
            // The arguments' parser asks for one of the two.
            (None, kind) => Ok(Self::Generator(lab::Generator::new(
                kind.unwrap_or(lab::Kind::Orders),
                seed,
            ))),
        }
    }

    fn next(&mut self) -> Result<Option<ReplayRecord>> {
        match self {
            Self::File(replay) => replay.next().transpose(),
            Self::Generator(generator) => Ok(Some(made(generator, SystemClock.now_ms().saturating_mul(1000)))),
        }
    }
}

/// The generator's next record, of this time (microseconds since the epoch).
pub(super) fn made(generator: &mut lab::Generator, at_us: i64) -> ReplayRecord {
    let record = generator.record(at_us);
    ReplayRecord {
        timestamp_ms: Some(at_us.div_euclid(1000)),
        key: Some(record.key.into_bytes()),
        value: Some(record.value.into_bytes()),
        ..ReplayRecord::default()
    }
}

/// Spaces records evenly; what was late is made up for.
struct Pace {
    interval: Option<Duration>,
    next: Instant,
}

impl Pace {
    fn new(rate: Option<f64>) -> Self {
        let interval = rate.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        let next = Instant::now();
        Self { interval, next }
    }

    async fn wait(&mut self) {
        if let Some(interval) = self.interval {
            tokio::time::sleep_until(self.next).await;
            self.next += interval;
        }
    }
}
