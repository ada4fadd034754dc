//! What a seed makes happen: a pipeline, its records, the network's climate, and blows to its processes.

use std::sync::Arc;

use super::process::{Blow, Moment, Strike};
use super::seed::Dice;
use super::source::{SimRecord, SimTopic};
use super::tables::{Block, Kind, Shared};
use super::weather::Climate;

/// The time at which a world begins: 2026-01-18 10:00:00.
pub(super) const BEGAN_MS: i64 = 1_768_730_400_000;

/// How far a record's time may be from the moment at which it appears: the watermarks' delay is more than twice as long.
const JITTER_MS: u64 = 2_000;

/// How far behind all others the times of the last records are, which close the windows before them.
const LATER_MS: i64 = 3_600_000;

/// What becomes of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plot {
    /// It is killed at one of its requests.
    Killed(Strike),
    /// It is killed after so many milliseconds.
    KilledAfter(u64),
    /// It is stopped at one of its requests, another one takes its place, and so many milliseconds later it wakes up.
    Sleeps(Strike, u64),
    /// It is asked to end after so many milliseconds.
    AskedToEnd(u64),
}

impl Plot {
    /// The blow at one of its requests, if there is one.
    pub(super) fn strike(self) -> Option<Strike> {
        match self {
            Self::Killed(strike) | Self::Sleeps(strike, _) => Some(strike),
            Self::KilledAfter(_) | Self::AskedToEnd(_) => None,
        }
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) blocks: Vec<Block>,
    /// The pipeline file.
    pub(super) text: String,
    pub(super) topic: Arc<SimTopic>,
    /// The same without the records that close windows.
    pub(super) before_close: Arc<SimTopic>,
    pub(super) climate: Climate,
    /// How often, in thousandths, the broker does not answer.
    pub(super) broker_away: u32,
    /// Of the first processes; those behind them are left alone.
    pub(super) plots: Vec<Plot>,
    /// How wrong the clock of each process is, in milliseconds.
    pub(super) skews: Vec<i64>,
    /// Whether a run ends by itself when it has read what is there.
    pub(super) ends_by_itself: bool,
}

impl Scenario {
    /// The scenario of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let several = dice.chance(500);
        let blocks = Block::thrown(&mut dice, several);
        let (topic, before_close) = topic(&mut dice, several, blocks.iter().any(|block| block.closes));
        let last_ms = topic
            .partitions
            .iter()
            .flatten()
            .map(|record| record.appears_ms)
            .max()
            .unwrap_or(0);
        let trigger = *dice.pick(&[
            "as-soon-as-possible",
            "as-soon-as-possible",
            "3 seconds",
            "available-now",
        ]);
        let shared = Shared {
            several,
            roll: *dice.pick::<&str>(&["", "roll_interval = \"2 seconds\"\n", "roll_interval = \"7 seconds\"\n"]),
            idle_after: *dice.pick::<&str>(&["6 seconds", "60 seconds"]),
        };
        let checkpoint = checkpoint(&mut dice);
        let plots: Vec<Plot> = (0..dice.below(5)).map(|_| plot(&mut dice, last_ms)).collect();
        let skews = (0..plots.len()).map(|_| signed(&mut dice, 600_000)).collect();
        Self {
            text: text(&blocks, trigger, shared, &checkpoint),
            blocks,
            topic: Arc::new(topic),
            before_close: Arc::new(before_close),
            climate: Climate::thrown(&mut dice, last_ms + 40_000),
            broker_away: *dice.pick(&[0, 0, 5]),
            plots,
            skews,
            ends_by_itself: trigger == "available-now",
        }
    }

    /// One small pipeline in good weather, whose processes are struck as one likes.
    pub(super) fn small(plots: Vec<Plot>) -> Self {
        let shared = Shared {
            several: false,
            roll: "roll_interval = \"2 seconds\"\n",
            idle_after: "60 seconds",
        };
        let blocks: Vec<Block> = super::tables::BLOCKS
            .into_iter()
            .filter(|block| ["rows", "tumbling_by_k", "by_key"].contains(&block.name))
            .collect();
        let (topic, before_close) = small_topic();
        Self {
            text: text(
                &blocks,
                "as-soon-as-possible",
                shared,
                "{ url = \"s3://lake/checkpoint\", keep = 2 }",
            ),
            blocks,
            topic: Arc::new(topic),
            before_close: Arc::new(before_close),
            climate: Climate::calm(),
            broker_away: 0,
            skews: vec![0; plots.len()],
            plots,
            ends_by_itself: false,
        }
    }

    /// The folders of its Parquet sinks in the store, with their blocks.
    pub(super) fn folders(&self) -> impl Iterator<Item = (String, &Block)> {
        let files = self
            .blocks
            .iter()
            .filter(|block| matches!(block.kind, Kind::Files { .. }));
        files.map(|block| (format!("out/{}", block.name), block))
    }
}

fn signed(dice: &mut Dice, most: u64) -> i64 {
    let size = i64::try_from(dice.below(most)).unwrap_or(0);
    if dice.chance(500) { size } else { -size }
}

fn text(blocks: &[Block], trigger: &str, shared: Shared, checkpoint: &str) -> String {
    let tables: String = blocks.iter().map(|block| block.toml(shared)).collect();
    format!(
        "name = \"simulated\"\ntrigger = \"{trigger}\"\ncheckpoint = {checkpoint}\n[source.raw]\nsubscribe = \"t\"\n\
         starting_offsets = \"earliest\"\n{tables}"
    )
}

fn checkpoint(dice: &mut Dice) -> String {
    let interval = dice.pick(&["", ", interval = \"300 milliseconds\"", ", interval = \"4 seconds\""]);
    let keep = dice.pick(&["", ", keep = 1", ", keep = 2"]);
    format!("{{ url = \"s3://lake/checkpoint\"{interval}{keep} }}")
}

fn plot(dice: &mut Dice, last_ms: u64) -> Plot {
    let strike = |dice: &mut Dice, blow| {
        // The few requests with which a run begins are struck as often as the many of a run that goes on.
        let most = *dice.pick(&[10, 25, 60, 200]);
        Strike {
            at: dice.below(most),
            moment: if dice.chance(500) {
                Moment::Before
            } else {
                Moment::After
            },
            blow,
        }
    };
    match dice.below(8) {
        0..=3 => Plot::Killed(strike(dice, Blow::Kill)),
        4 => Plot::KilledAfter(dice.below(last_ms + 5000)),
        5 | 6 => Plot::Sleeps(strike(dice, Blow::Stop), dice.between(10, 45_000)),
        _ => Plot::AskedToEnd(dice.below(last_ms + 5000)),
    }
}

/// The topic, and what it is without the records that close windows.
fn topic(dice: &mut Dice, several: bool, closes: bool) -> (SimTopic, SimTopic) {
    let partitions = if several { dice.between(2, 3) } else { 1 };
    let (count, span_ms) = (dice.between(1, 40), dice.between(1_000, 30_000));
    let mut moments: Vec<u64> = (0..count).map(|_| dice.below(span_ms)).collect();
    moments.sort_unstable();
    let mut before = SimTopic {
        name: "t".to_owned(),
        partitions: vec![Vec::new(); usize::try_from(partitions).unwrap_or(1)],
    };
    for (number, appears_ms) in (1..).zip(moments) {
        let to = usize::try_from(dice.below(partitions)).unwrap_or(0);
        let offset = i64::try_from(dice.below(2 * JITTER_MS)).unwrap_or(0) - JITTER_MS as i64;
        before.partitions[to].push(SimRecord {
            appears_ms,
            timestamp_ms: BEGAN_MS + i64::try_from(appears_ms).unwrap_or(0) + offset,
            key: *dice.pick::<&str>(&["a", "b", "c d", "é=1"]),
            value: format!("{number}"),
        });
    }
    let mut all = before.clone();
    if closes {
        let last = i64::from(u32::try_from(count).unwrap_or(0));
        close(&mut all, span_ms + dice.below(3_000), last);
    }
    (all, before)
}

/// A record at the end of each partition, so much later that all windows are over.
fn close(topic: &mut SimTopic, appears_ms: u64, last: i64) {
    for (number, records) in (last + 1..).zip(&mut topic.partitions) {
        records.push(SimRecord {
            appears_ms,
            timestamp_ms: BEGAN_MS + LATER_MS,
            key: "z",
            value: number.to_string(),
        });
    }
}

fn small_topic() -> (SimTopic, SimTopic) {
    let record = |number: u64| SimRecord {
        appears_ms: number * 900,
        timestamp_ms: BEGAN_MS + i64::try_from(number * 2500).unwrap_or(0),
        key: if number.is_multiple_of(2) { "a" } else { "b" },
        value: (number + 1).to_string(),
    };
    let before = SimTopic {
        name: "t".to_owned(),
        partitions: vec![(0..8).map(record).collect()],
    };
    let mut all = before.clone();
    close(&mut all, 7_500, 8);
    (all, before)
}
