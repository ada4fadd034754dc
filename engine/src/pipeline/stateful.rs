//! A table that keeps groups from batch to batch, at work: rows are aggregated on all cores as they come, and merged into
//! what is kept when the batch ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use tokio::task::JoinHandle;

use crate::aggregate::Aggregates;
use crate::batch::TopicPartition;
use crate::error::{Fault, Result};
use crate::event_time::{OutputMode, Times};
use crate::sql::own_fault;
use crate::window::{Groups, GroupsShape, Input, Lateness, Watermark, split};

use super::plan::PlannedGroups;
use super::saved::{SavedTable, SavedWatermark};

/// A table's groups, and the work on them.
pub(super) struct Stateful {
    name: String,
    plan: Arc<PlannedGroups>,
    groups: Groups,
    watermark: Option<Watermark>,
    /// Rows that no worker has yet.
    waiting: Vec<Piece>,
    waiting_rows: usize,
    working: VecDeque<JoinHandle<Result<Part>>>,
    /// Late rows that nobody took yet.
    late: Vec<RecordBatch>,
    /// What this batch did.
    batch: Done,
    /// What all batches did, the one at hand not yet counted.
    total: Done,
    now_ms: i64,
}

/// Counts of rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    /// Rows that came.
    pub(super) rows_in: u64,
    /// Rows that came out.
    pub(super) rows_out: u64,
    /// Rows that came too late, counted once for each window that they missed.
    pub(super) late_rows: u64,
    /// Rows whose time is too far ahead.
    pub(super) rows_ahead: u64,
    /// Rows without a time.
    pub(super) rows_without_time: u64,
    /// Groups that changed.
    pub(super) groups_changed: u64,
    /// Groups that were forgotten.
    pub(super) groups_removed: u64,
    /// Event times.
    pub(super) times: Times,
    /// Time spent on merging rows into groups.
    pub(super) updating: Duration,
    /// Time spent on forgetting groups.
    pub(super) removing: Duration,
}

impl Done {
    fn add(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.late_rows += other.late_rows;
        self.rows_ahead += other.rows_ahead;
        self.rows_without_time += other.rows_without_time;
        self.groups_changed += other.groups_changed;
        self.groups_removed += other.groups_removed;
        self.times = self.times.and(other.times);
        self.updating += other.updating;
        self.removing += other.removing;
    }
}

/// Rows of one input, from one partition if that is known.
struct Piece {
    input: Input,
    origin: Option<TopicPartition>,
    rows: RecordBatch,
}

/// What became of some pieces.
struct Part {
    partial: Vec<RecordBatch>,
    late: Vec<RecordBatch>,
    /// Of each piece where it came from, and what was done with it.
    pieces: Vec<(Input, Option<TopicPartition>, Done)>,
}

/// About how many rows are aggregated at once. With many groups a few thousand rows hardly fall together, and each would be merged by
/// itself; more than this don't fit into a core's cache.
const ROWS_A_PART: usize = 128 << 10;

impl Stateful {
    pub(super) fn new(name: &str, plan: &Arc<PlannedGroups>, watermark: Option<Watermark>) -> Result<Self> {
        let aggregation = &plan.aggregation;
        let unusable = |error| {
            Fault::internal("the groups can't be kept")
                .at(place(name))
                .because(error)
        };
        let shape = GroupsShape {
            window: aggregation.window,
            keys: aggregation.keys.clone(),
            aggregates: Aggregates::new(aggregation.functions.clone()).map_err(unusable)?,
            results: Arc::clone(&aggregation.results),
        };
        Ok(Self {
            name: name.to_owned(),
            plan: Arc::clone(plan),
            groups: Groups::new(shape).map_err(unusable)?,
            watermark,
            waiting: Vec::new(),
            waiting_rows: 0,
            working: VecDeque::new(),
            late: Vec::new(),
            batch: Done::default(),
            total: Done::default(),
            now_ms: 0,
        })
    }

    /// A batch begins, at this time of the clock.
    pub(super) fn begin_batch(&mut self, now_ms: i64) {
        self.batch = Done::default();
        self.now_ms = now_ms;
    }

    /// Takes rows of an input, from one partition if that is known. They are worked on beside whatever else goes on.
    pub(super) async fn feed(
        &mut self,
        input: Input,
        origin: Option<TopicPartition>,
        rows: RecordBatch,
        workers: usize,
    ) -> Result<()> {
        self.waiting_rows += rows.num_rows();
        self.waiting.push(Piece { input, origin, rows });
        if self.waiting_rows < ROWS_A_PART {
            return Ok(());
        }
        while self.working.len() >= workers {
            self.merge_next().await?;
        }
        self.begin_work();
        Ok(())
    }

    /// Hands what waits to a worker.
    fn begin_work(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.waiting_rows = 0;
        let (plan, pieces) = (Arc::clone(&self.plan), std::mem::take(&mut self.waiting));
        self.working
            .push_back(tokio::spawn(work(plan, pieces, self.lateness())));
    }

    /// Late rows since the last call.
    pub(super) fn take_late(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.late)
    }

    /// All rows of the batch were fed: merges what is not yet.
    pub(super) async fn settle(&mut self, has_records: bool) -> Result<()> {
        let aggregation = &self.plan.aggregation;
        let is_one_group = aggregation.window.is_none() && aggregation.keys.is_empty();
        let is_fed = !self.waiting.is_empty() || !self.working.is_empty();
        if has_records && is_one_group && !is_fed && self.batch.rows_in == 0 {
            // A result over no rows is one too.
            let partial = aggregation
                .partial
                .run(vec![Vec::new()])
                .await
                .map_err(|fault| self.blame(fault))?;
            partial.iter().try_for_each(|partial| self.merge(partial))?;
        }
        self.begin_work();
        while !self.working.is_empty() {
            self.merge_next().await?;
        }
        Ok(())
    }

    async fn merge_next(&mut self) -> Result<()> {
        let Some(work) = self.working.pop_front() else {
            return Ok(());
        };
        let broken = |error| Fault::internal("a worker broke off").because(error);
        let part = work.await.map_err(broken)?.map_err(|fault| self.blame(fault))?;
        for partial in &part.partial {
            self.merge(partial)?;
        }
        for (input, origin, done) in part.pieces {
            if let Some(watermark) = &mut self.watermark {
                let greatest = done.times.greatest;
                watermark.observe(input, origin.as_ref(), greatest, done.late_rows, self.now_ms);
            }
            self.batch.add(&done);
        }
        self.late.extend(part.late);
        Ok(())
    }

    fn merge(&mut self, partial: &RecordBatch) -> Result<()> {
        let began = Instant::now();
        let merged = self.groups.merge(partial);
        self.batch.updating += began.elapsed();
        merged.map_err(|error| self.failed("groups can't be combined", error))
    }

    /// The table's rows at the end of a batch.
    pub(super) async fn results(&mut self) -> Result<Vec<RecordBatch>> {
        let mode = self.plan.mode;
        let lateness = self.lateness().watermark;
        let watermark = self.final_up_to();
        let results = self.groups.emit(mode, lateness, watermark);
        let results = results.map_err(|error| self.failed("results can't be computed", error))?;
        if results.is_empty() && mode != OutputMode::Complete {
            return Ok(Vec::new());
        }
        let rows = self.plan.aggregation.above.run(vec![results]).await;
        let rows = rows.map_err(|fault| self.blame(fault))?;
        self.batch.rows_out += rows.iter().map(|rows| rows.num_rows() as u64).sum::<u64>();
        Ok(rows)
    }

    /// The batch is through the sinks: what is final is forgotten, time goes on.
    pub(super) fn end_batch(&mut self) {
        self.batch.groups_changed = self.groups.changed() as u64;
        let began = Instant::now();
        self.batch.groups_removed = self.groups.end_batch(self.final_up_to()) as u64;
        self.batch.removing = began.elapsed();
        if let Some(watermark) = &mut self.watermark {
            watermark.advance();
        }
        self.total.add(&self.batch);
    }

    /// Whether a batch without records would have something to do: windows may have become final.
    pub(super) fn is_due(&self) -> bool {
        self.plan.mode != OutputMode::Complete && self.watermark.as_ref().is_some_and(Watermark::moved)
    }

    /// Windows that end at or before it are final; none if no window ever is.
    pub(super) fn final_up_to(&self) -> Option<i64> {
        let forgets = self.plan.aggregation.on_watermark && self.plan.mode != OutputMode::Complete;
        let watermark = self.watermark.as_ref().filter(|_| forgets);
        watermark.map(Watermark::current)
    }

    fn lateness(&self) -> Lateness {
        let forgets = self.plan.aggregation.on_watermark && self.plan.mode != OutputMode::Complete;
        let watermark = self.watermark.as_ref();
        Lateness {
            watermark: watermark.filter(|_| forgets).map(Watermark::late),
            latest: watermark.and_then(|watermark| watermark.latest(self.now_ms)),
        }
    }

    fn failed(&self, what: &str, error: DataFusionError) -> Fault {
        let fault = own_fault(&error).unwrap_or_else(|| Fault::data(what).because(error));
        self.blame(fault)
    }

    fn blame(&self, fault: Fault) -> Fault {
        fault.at(place(&self.name))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn plan(&self) -> &PlannedGroups {
        &self.plan
    }

    pub(super) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(super) fn watermark(&self) -> Option<&Watermark> {
        self.watermark.as_ref()
    }

    pub(super) fn watermark_mut(&mut self) -> Option<&mut Watermark> {
        self.watermark.as_mut()
    }

    /// Counts on from what another one has counted.
    pub(super) fn count_on(&mut self, before: &Self) {
        self.batch = before.batch;
        self.total = before.total;
    }

    /// What the batch at hand did, or the last one.
    pub(super) fn batch(&self) -> &Done {
        &self.batch
    }

    /// What all batches did.
    pub(super) fn total(&self) -> &Done {
        &self.total
    }

    /// What the next run needs to go on.
    pub(super) fn save(&self) -> Result<SavedTable> {
        let groups = self.groups.snapshot().map_err(|error| self.uncopied(error))?;
        Ok(SavedTable {
            pieces: vec![groups],
            ..self.save_progress()
        })
    }

    /// The same without the groups.
    pub(super) fn save_progress(&self) -> SavedTable {
        SavedTable {
            pieces: Vec::new(),
            emitted: self.groups.emitted(),
            forgotten: self.groups.forgotten(),
            watermark: self.watermark.as_ref().map(SavedWatermark::of),
        }
    }

    /// From now on it is remembered which groups change.
    pub(super) fn track(&mut self) {
        self.groups.track();
    }

    /// The groups that changed since they were last taken.
    pub(super) fn take_changes(&mut self) -> Result<RecordBatch> {
        let changes = self.groups.take_changes();
        changes.map_err(|error| self.uncopied(error))
    }

    /// All groups; none counts as changed any more.
    pub(super) fn take_all(&mut self) -> Result<RecordBatch> {
        let all = self.groups.take_all();
        all.map_err(|error| self.uncopied(error))
    }

    fn uncopied(&self, error: DataFusionError) -> Fault {
        self.blame(Fault::internal("the groups can't be copied").because(error))
    }

    /// Goes on from what a run before left.
    pub(super) fn resume(&mut self, saved: &SavedTable) -> Result<()> {
        let resumed = self.groups.restore(&saved.pieces, saved.emitted, saved.forgotten);
        resumed.map_err(|error| {
            let fault = Fault::usage("what was kept is not this query's").because(error.message().into_owned());
            self.blame(fault.hint("go back to the query as it was, or begin anew without what was kept"))
        })?;
        if let (Some(watermark), Some(saved)) = (&mut self.watermark, &saved.watermark) {
            saved.resume(watermark);
        }
        Ok(())
    }
}

fn place(name: &str) -> String {
    format!("table `{name}`")
}

/// Rows to partial states.
async fn work(plan: Arc<PlannedGroups>, pieces: Vec<Piece>, lateness: Lateness) -> Result<Part> {
    let aggregation = &plan.aggregation;
    let mut counted = Vec::new();
    let mut late = Vec::new();
    let mut done_of = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let mut done = Done {
            rows_in: piece.rows.num_rows() as u64,
            ..Done::default()
        };
        let mut inputs = vec![Vec::new(); aggregation.rows.inputs().len()];
        inputs[piece.input].push(piece.rows);
        let (rows, times) = aggregation.rows.run_observed(inputs, lateness.latest).await?;
        done.times = times;
        for rows in rows {
            let Some(window) = aggregation.window else {
                counted.push(rows);
                continue;
            };
            let timed = split(window, lateness, &rows)
                .map_err(|error| Fault::internal("rows can't be put in their windows").because(error))?;
            done.late_rows += timed.late_rows;
            done.rows_ahead += timed.rows_ahead;
            done.rows_without_time += timed.rows_without_time;
            late.extend(timed.late);
            counted.push(timed.rows);
        }
        done_of.push((piece.input, piece.origin, done));
    }
    Ok(Part {
        partial: aggregation.partial.run(vec![counted]).await?,
        late,
        pieces: done_of,
    })
}
