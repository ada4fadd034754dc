//! All tables of a pipeline that keep groups, and the bound on what they keep together.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::batch::{BatchRanges, Offsets, TopicPartition};
use crate::error::{Fault, Result};
use crate::event_time::{Times, Window};
use crate::window::Watermark;

use super::Observer;
use super::group_text::{group_text, groups_text, window_text};
use super::left_out::Told;
use super::plan::{Mode, Plan, PlannedWatermark, TableQuery};
use super::progress::{StateOperatorProgress, iso};
use super::report::TableReport;
use super::reporting;
use super::saved::{SavedTable, SavedWatermark};
use super::stateful::Stateful;

/// How many windows and groups a message names.
const NAMED: usize = 3;

/// The tables that keep groups.
pub(super) struct States {
    /// By their position in the plan.
    tables: BTreeMap<usize, Stateful>,
    /// The watermarks of tables without groups, which are only told.
    watched: BTreeMap<usize, Watched>,
    told: BTreeMap<usize, Told>,
    /// How many rows tables of the first rows have still to give.
    missing: BTreeMap<usize, Missing>,
    limit: usize,
    workers: usize,
    now_ms: i64,
}

/// What is left of a LIMIT.
struct Missing {
    name: String,
    rows: usize,
}

/// A watermark that nothing waits for.
struct Watched {
    name: String,
    watermark: Watermark,
    times: Times,
}

impl States {
    /// Nothing kept yet.
    pub(super) fn new(plan: &Plan, workers: usize) -> Result<Self> {
        let mut tables = BTreeMap::new();
        let mut watched = BTreeMap::new();
        let mut missing = BTreeMap::new();
        for (position, table) in plan.tables.iter().enumerate() {
            if let TableQuery::First { rows, .. } = &table.query {
                let name = table.name.clone();
                missing.insert(position, Missing { name, rows: *rows });
            }
            match (&table.query, &table.watermark) {
                (TableQuery::Groups(groups), watermark) => {
                    tables.insert(
                        position,
                        Stateful::new(&table.name, groups, watermark.as_ref().map(PlannedWatermark::begin))?,
                    );
                }
                (TableQuery::Plain(_) | TableQuery::First { .. }, Some(watermark)) if plan.mode == Mode::Stream => {
                    let watch = Watched {
                        name: table.name.clone(),
                        watermark: watermark.begin(),
                        times: Times::default(),
                    };
                    watched.insert(position, watch);
                }
                (TableQuery::Plain(_) | TableQuery::First { .. }, _) => {}
            }
        }
        Ok(Self {
            tables,
            watched,
            told: BTreeMap::new(),
            missing,
            limit: plan.state_limit,
            workers,
            now_ms: 0,
        })
    }

    /// Counts on from what was counted before, by the same tables in another plan.
    pub(super) fn count_on(&mut self, before: &Self) {
        for table in self.tables.values_mut() {
            if let Some(old) = before.tables.values().find(|old| old.name() == table.name()) {
                table.count_on(old);
            }
        }
        self.now_ms = before.now_ms;
    }

    /// Whether any watermark follows the partitions, so that rows have to be told apart by theirs.
    pub(super) fn follow_partitions(&self) -> bool {
        self.tables.values().any(|table| table.watermark().is_some())
    }

    /// A batch begins, at this time of the clock.
    pub(super) fn begin_batch(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        self.tables.values_mut().for_each(|table| table.begin_batch(now_ms));
        self.watched
            .values_mut()
            .for_each(|watch| watch.times = Times::default());
    }

    /// The latest time that counts in the rows of a table without groups.
    pub(super) fn latest(&self, position: usize) -> Option<i64> {
        self.watched.get(&position)?.watermark.latest(self.now_ms)
    }

    /// Times in rows of an input of the table at this position, which keeps no groups.
    pub(super) fn watch(&mut self, position: usize, input: usize, origin: Option<&TopicPartition>, times: Times) {
        if let Some(watch) = self.watched.get_mut(&position) {
            watch.watermark.observe(input, origin, times.greatest, 0, self.now_ms);
            watch.times = watch.times.and(times);
        }
    }

    /// Rows of an input of the table at this position; gives late ones.
    pub(super) async fn feed(
        &mut self,
        position: usize,
        input: usize,
        origin: Option<&TopicPartition>,
        rows: RecordBatch,
    ) -> Result<Vec<RecordBatch>> {
        let workers = self.workers;
        let table = self.table(position)?;
        table.feed(input, origin.cloned(), rows, workers).await?;
        let late = table.take_late();
        self.check_limit()?;
        Ok(late)
    }

    /// The rows that a table of the first rows has still to give, of these.
    pub(super) fn first_of(&mut self, position: usize, rows: &RecordBatch) -> RecordBatch {
        let missing = self.missing.get_mut(&position).map(|missing| &mut missing.rows);
        let given = rows.num_rows().min(missing.as_deref().copied().unwrap_or(0));
        if let Some(missing) = missing {
            *missing -= given;
        }
        rows.slice(0, given)
    }

    /// All rows of the batch came: the late ones among them that nobody has yet.
    pub(super) async fn settle(&mut self, position: usize, has_records: bool) -> Result<Vec<RecordBatch>> {
        let table = self.table(position)?;
        table.settle(has_records).await?;
        let late = table.take_late();
        self.check_limit()?;
        Ok(late)
    }

    /// The rows of a table at the end of a batch.
    pub(super) async fn results(&mut self, position: usize) -> Result<Vec<RecordBatch>> {
        self.table(position)?.results().await
    }

    /// The batch is through the sinks.
    pub(super) fn end_batch(&mut self) {
        self.tables.values_mut().for_each(Stateful::end_batch);
        self.watched.values_mut().for_each(|watch| watch.watermark.advance());
    }

    /// Tells of rows that were left out of the batch at hand.
    pub(super) fn tell(&mut self, batch: u64, observer: &dyn Observer) {
        for (position, table) in &self.tables {
            self.told.entry(*position).or_default().tell(table, batch, observer);
        }
    }

    /// Whether a batch without records would have something to do.
    pub(super) fn are_due(&self) -> bool {
        self.tables.values().any(Stateful::is_due)
    }

    /// What each source has and what of it is in the next batch, so that watermarks know who is silent.
    pub(super) fn assigned(&mut self, ranges: &[BatchRanges], latest: &[Offsets], now_ms: i64) {
        for table in self.tables.values_mut() {
            let sources = table.plan().sources.clone();
            let Some(watermark) = table.watermark_mut() else {
                continue;
            };
            for (input, sources) in sources.iter().enumerate() {
                let partitions: BTreeMap<TopicPartition, bool> = sources
                    .iter()
                    .filter_map(|source| Some((ranges.get(*source)?, latest.get(*source)?)))
                    .flat_map(|(ranges, latest)| {
                        ranges.iter().map(|(partition, range)| {
                            let waiting = latest.get(partition).is_some_and(|latest| *latest > range.from);
                            (partition.clone(), waiting)
                        })
                    })
                    .collect();
                watermark.assigned(input, &partitions, now_ms);
            }
            watermark.refresh();
        }
    }

    /// The tables, in the order of the plan.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stateful> {
        self.tables.values()
    }

    /// The same, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Stateful> {
        self.tables.values_mut()
    }

    /// From now on what changes is remembered.
    pub(super) fn track(&mut self) {
        self.tables.values_mut().for_each(Stateful::track);
    }

    /// The watermarks of tables that keep no groups, by the tables' names.
    pub(super) fn watched(&self) -> impl Iterator<Item = (&str, SavedWatermark)> {
        let watched = self.watched.values();
        watched.map(|watch| (watch.name.as_str(), SavedWatermark::of(&watch.watermark)))
    }

    /// What the next run needs to go on, by the tables' names.
    pub(super) fn save(&self) -> Result<BTreeMap<String, SavedTable>> {
        let groups = self.iter().map(|table| Ok((table.name().to_owned(), table.save()?)));
        let watched = self.watched().map(|(name, watermark)| {
            let saved = SavedTable {
                pieces: Vec::new(),
                emitted: i64::MIN,
                forgotten: i64::MIN,
                watermark: Some(watermark),
            };
            Ok((name.to_owned(), saved))
        });
        groups.chain(watched).collect()
    }

    /// How many rows tables of the first rows have still to give, by their names.
    pub(super) fn save_missing(&self) -> BTreeMap<String, usize> {
        let missing = self.missing.values();
        missing.map(|missing| (missing.name.clone(), missing.rows)).collect()
    }

    /// Goes on from what a run before left.
    pub(super) fn resume_missing(&mut self, saved: &BTreeMap<String, usize>) {
        for missing in self.missing.values_mut() {
            missing.rows = saved.get(&missing.name).copied().unwrap_or(missing.rows);
        }
    }

    /// Goes on from what a run before left; tables that it did not have begin anew.
    pub(super) fn resume(&mut self, saved: &BTreeMap<String, SavedTable>) -> Result<()> {
        for table in self.tables.values_mut() {
            if let Some(saved) = saved.get(table.name()) {
                table.resume(saved)?;
            }
        }
        for watch in self.watched.values_mut() {
            if let Some(saved) = saved.get(&watch.name).and_then(|saved| saved.watermark.as_ref()) {
                saved.resume(&mut watch.watermark);
            }
        }
        Ok(())
    }

    /// What the tables keep and wait for.
    pub(super) fn report(&self) -> Vec<TableReport> {
        self.iter().map(reporting::table).collect()
    }

    /// The tables' parts of the progress of the batch that ended.
    pub(super) fn operators(&self) -> Vec<StateOperatorProgress> {
        self.iter().map(reporting::operator).collect()
    }

    /// The event times of the batch at hand and the watermark that it used, in Spark's names; the least watermark where tables
    /// have several.
    pub(super) fn event_time(&self) -> BTreeMap<String, String> {
        let of_groups = self.iter().filter_map(|table| Some(table.watermark()?.current()));
        let watched = self.watched.values().map(|watch| watch.watermark.current());
        let Some(watermark) = of_groups.chain(watched).min() else {
            return BTreeMap::new();
        };
        let times = self.iter().map(|table| table.batch().times);
        let times = times.chain(self.watched.values().map(|watch| watch.times));
        let times = times.fold(Times::default(), Times::and);
        let average = i64::try_from(times.sum / i128::from(times.count.max(1))).ok();
        let named = [
            ("min", times.least),
            ("max", times.greatest),
            ("avg", average.filter(|_| times.count > 0)),
            ("watermark", Some(watermark)),
        ];
        let shown = |(name, micros): (&str, Option<i64>)| Some((name.to_owned(), iso(micros?.div_euclid(1000))));
        named.into_iter().filter_map(shown).collect()
    }

    fn table(&mut self, position: usize) -> Result<&mut Stateful> {
        let table = self.tables.get_mut(&position);
        table.ok_or_else(|| Fault::internal("a table without groups was asked for them"))
    }

    /// Ends the run, with a message, before the system ends the process without one.
    fn check_limit(&self) -> Result<()> {
        let bytes = |table: &Stateful| table.groups().bytes();
        let held: usize = self.tables.values().map(bytes).sum();
        if held <= self.limit {
            return Ok(());
        }
        let limit = self.limit;
        let Some(largest) = self.tables.values().max_by_key(|table| bytes(table)) else {
            return Ok(());
        };
        let mut text = format!("{} bytes in {}", bytes(largest), groups_text(largest.groups().len()));
        // A session is a group: to name some says no more than the groups below.
        let mut windows = match largest.plan().aggregation.window {
            Some(Window::Fixed(_)) => largest.groups().open_windows(None),
            Some(Window::Session { .. }) | None => Vec::new(),
        };
        windows.sort_by_key(|window| std::cmp::Reverse(window.groups));
        let named: Vec<String> = windows
            .iter()
            .take(NAMED)
            .map(|window| {
                format!(
                    "{} with {}",
                    window_text(window.start, window.end),
                    groups_text(window.groups)
                )
            })
            .collect();
        if !named.is_empty() {
            text.push_str(&format!("; largest windows: {}", named.join(", ")));
        }
        let groups = largest.groups().largest(NAMED).unwrap_or_default();
        let names = &largest.plan().aggregation.key_names;
        let named: Vec<String> = groups
            .iter()
            .map(|group| format!("{} with {} bytes", group_text(names, group), group.bytes))
            .collect();
        if !named.is_empty() {
            text.push_str(&format!("; largest groups: {}", named.join(", ")));
        }
        let hint = match largest.watermark() {
            Some(_) => {
                "group by fewer keys or by longer windows, shorten the watermark's `delay`, or raise `state_limit`"
            }
            None => {
                "without a watermark groups are kept for ever: give the table one, group by fewer keys, or raise `state_limit`"
            }
        };
        Err(Fault::machine(format!(
            "the pipeline keeps more than its `state_limit` of {limit} bytes"
        ))
        .at(format!("table `{}`", largest.name()))
        .because(text)
        .hint(hint))
    }
}

#[cfg(test)]
#[path = "states_test.rs"]
mod tests;
