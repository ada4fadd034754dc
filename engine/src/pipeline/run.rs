//! Batch after batch, until the end.

mod checkpointing;
mod planned;
mod progress;
mod reloading;
mod reports;
mod stopping;
mod waiting;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::batch::{BatchRanges, Offsets};
use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::sink::{Finished, Print, SinkContext, standard_output};
use crate::source::{Notice, Pace};
use crate::storage::{Notify, Stores};

use super::Observer;
use super::batch_run::{run_batch, workers};
use super::checkpoints::{CheckpointSpec, Checkpointing, Unwritten};
use super::input::Input;
use super::output::Sinks;
use super::plan::{Mode, Plan, PlannedSource};
use super::reload::{Reload, Swaps, migrate, versions_of};
use super::saved::Saved;
use super::states::States;
use super::trigger::Trigger;
use checkpointing::Begun;
use planned::Planned;
use reports::Reports;
use stopping::{overdue, stopped_early, wanted};

/// How often sinks are told that time goes by while nothing arrives.
const TICK: Duration = Duration::from_secs(1);

/// What console sinks print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Tables.
    Table,
    /// JSON lines.
    Json,
}

/// How to run a plan.
pub struct RunOptions {
    /// What console sinks print.
    pub output: Output,
    /// Turns true when the run shall end: after the batch at hand.
    pub stop: watch::Receiver<bool>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who hears of the run.
    pub observer: Arc<dyn Observer>,
    /// Where console sinks print.
    pub print: Print,
    /// Whether that is a terminal, which no row may steer. Elsewhere the bytes are Spark's.
    pub terminal: bool,
    /// What a run of this pipeline before left, to go on from there.
    pub resume: Option<Saved>,
    /// Whether the summary shall hold what the next run needs to go on.
    pub save: bool,
    /// How modules are changed while it runs, if they are.
    pub reload: Option<Reload>,
    /// Where a stream keeps what the next run goes on from, if it does: then it goes on from what is there, and [`RunOptions::resume`] is not
    /// looked at.
    pub checkpoint: Option<CheckpointSpec>,
    /// Which stores targets lead to.
    pub stores: Stores,
}

impl RunOptions {
    /// A run from the beginning, which prints tables on standard output and goes by the system's clock.
    pub fn new(stop: watch::Receiver<bool>, observer: Arc<dyn Observer>) -> Self {
        Self {
            output: Output::Table,
            stop,
            clock: Arc::new(SystemClock),
            observer,
            print: standard_output(),
            terminal: std::io::stdout().is_terminal(),
            resume: None,
            save: false,
            reload: None,
            checkpoint: None,
            stores: Stores::of_environment(),
        }
    }
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many batches.
    pub batches: u64,
    /// How many records.
    pub records: u64,
    /// What each sink wrote, by its name.
    pub sinks: Vec<(String, Finished)>,
    /// What the next run can go on from, if that was asked for.
    pub saved: Option<Saved>,
}

/// Runs a plan to its end: of the records up to now (a batch, `available-now`), or when it is told to stop.
///
/// # Errors
/// What ends a run before its time. What the sinks had not made visible is thrown away.
pub async fn run(plan: Plan, mut options: RunOptions) -> Result<Summary> {
    let spec = options.checkpoint.take().filter(|_| plan.mode == Mode::Stream);
    let observer = Arc::clone(&options.observer);
    let notify: Notify = Arc::new(move |text| observer.notice(text));
    let mut context = SinkContext {
        run: plan.mode.into(),
        clock: Arc::clone(&options.clock),
        kafka: None,
        notify,
        print: Arc::clone(&options.print),
        terminal: options.terminal,
        commits: spec.is_some(),
        mark: None,
        stores: options.stores.clone(),
    };
    let Some(spec) = spec else {
        context.kafka = plan.producer(None, &context.notify).await?;
        return run_from(plan, options, context, None, BTreeMap::new()).await;
    };
    let mut stop = options.stop.clone();
    let Begun {
        mut checkpointing,
        resumed,
        kafka,
    } = tokio::select! {
        biased;
        begun = checkpointing::begin(&spec, &plan, &options, &context) => begun?,
        () = wanted(&mut stop) => return Ok(Summary::default()),
    };
    context.mark = Some(checkpointing.checkpoints.mark());
    context.kafka = kafka;
    let unwritten = match resumed {
        Some(resumed) => {
            options.resume = Some(resumed.saved);
            resumed.unwritten
        }
        None => BTreeMap::new(),
    };
    let ended = run_from(plan, options, context, Some(&mut checkpointing), unwritten).await;
    // Only who starts the pipeline again soon has to wait, if this fails.
    let _ = checkpointing.checkpoints.release(ended.is_ok()).await;
    ended
}

/// Runs a plan from where it stands.
async fn run_from(
    mut plan: Plan,
    options: RunOptions,
    context: SinkContext,
    checkpointing: Option<&mut Checkpointing>,
    unwritten: BTreeMap<String, Vec<Unwritten>>,
) -> Result<Summary> {
    let planned = std::mem::take(&mut plan.sources);
    let kafka = context.kafka.clone();
    let mut sinks = Sinks::open(&plan.sinks, options.output, &context).await?;
    let ended = match sinks.take_again(unwritten).await {
        Ok(()) => drive(plan, planned, &mut sinks, options, context, checkpointing).await,
        Err(fault) => Err(fault),
    };
    let has_begun = !matches!(ended, Ok(None));
    let ended = match ended {
        Ok(Some(driven)) => sinks.finish().await.map(|sinks| Summary {
            batches: driven.batches,
            records: driven.records,
            sinks,
            saved: driven.saved,
        }),
        Ok(None) => Ok(Summary::default()),
        Err(fault) => Err(fault),
    };
    // What was taken again stands in the checkpoint still.
    if ended.is_err() || !has_begun {
        sinks.abort().await;
        if let Some(kafka) = kafka {
            kafka.abort().await;
        }
    }
    ended
}

/// What the batches did.
struct Driven {
    batches: u64,
    records: u64,
    saved: Option<Saved>,
}

/// Runs the batches; none if the run shall end before it has begun.
async fn drive(
    plan: Plan,
    planned: Vec<PlannedSource>,
    sinks: &mut Sinks,
    options: RunOptions,
    context: SinkContext,
    checkpointing: Option<&mut Checkpointing>,
) -> Result<Option<Driven>> {
    let mut stop = options.stop.clone();
    let mode = plan.mode;
    let mut run = Run::new(Arc::new(plan), sinks, options, context, checkpointing)?;
    // A broker may be away for long: whoever wants to stop does not wait for it.
    tokio::select! {
        biased;
        opened = run.open(planned) => opened?,
        () = wanted(&mut stop) => return match mode {
            Mode::Batch => Err(stopped_early()),
            Mode::Stream => Ok(None),
        },
    }
    match mode {
        Mode::Batch => tokio::select! {
            biased;
            done = run.once() => done?,
            () = wanted(&mut stop) => return Err(stopped_early()),
        },
        Mode::Stream => {
            // From here on it is known where the next run begins, whatever becomes of this one.
            run.checkpoint(false).await?;
            run.stream().await?;
            // The run ends: everything it did is committed.
            run.checkpoint(true).await?;
        }
    }
    run.driven().map(Some)
}

struct Run<'p> {
    plan: Arc<Plan>,
    options: RunOptions,
    /// What sinks are opened with.
    context: SinkContext,
    swaps: Swaps,
    inputs: Vec<Input>,
    sinks: &'p mut Sinks,
    checkpointing: Option<&'p mut Checkpointing>,
    states: States,
    id: String,
    started_ms: i64,
    first_batch: u64,
    next_batch: u64,
    records: u64,
    last_trigger: Option<Instant>,
    reports: Reports,
}

impl<'p> Run<'p> {
    fn new(
        plan: Arc<Plan>,
        sinks: &'p mut Sinks,
        mut options: RunOptions,
        context: SinkContext,
        mut checkpointing: Option<&'p mut Checkpointing>,
    ) -> Result<Self> {
        let mut states = States::new(&plan, workers())?;
        let mut next_batch = 0;
        let started_ms = options.clock.now_ms();
        if let Some(saved) = &mut options.resume {
            let is_migrated = migrate(saved, &plan)?;
            states.resume(&saved.tables)?;
            states.resume_missing(&saved.missing);
            next_batch = saved.next_batch;
            // The groups are in their places.
            saved.tables.clear();
            if let Some(checkpointing) = &mut checkpointing
                && is_migrated
            {
                checkpointing.begin_anew();
            }
        }
        if checkpointing.is_some() {
            states.track();
        }
        let swaps = options.reload.take().map_or_else(Swaps::none, |reload| reload.swaps);
        Ok(Self {
            reports: Reports::new(&plan),
            plan,
            options,
            context,
            swaps,
            inputs: Vec::new(),
            sinks,
            checkpointing,
            states,
            id: uuid::Uuid::new_v4().to_string(),
            started_ms,
            first_batch: next_batch,
            next_batch,
            records: 0,
            last_trigger: None,
        })
    }

    /// What was done.
    fn driven(&self) -> Result<Driven> {
        let saved = match self.options.save {
            true => Some(self.save()?),
            false => None,
        };
        Ok(Driven {
            batches: self.next_batch - self.first_batch,
            records: self.records,
            saved,
        })
    }

    /// What the next run can go on from.
    fn save(&self) -> Result<Saved> {
        let names = self.plan.source_names.iter();
        let positions = self.inputs.iter().map(|input| input.position.clone());
        Ok(Saved {
            next_batch: self.next_batch,
            positions: names.cloned().zip(positions).collect(),
            identities: BTreeMap::new(),
            tables: self.states.save()?,
            aggregates: versions_of(&self.plan),
            missing: self.states.save_missing(),
        })
    }

    /// Opens the sources.
    async fn open(&mut self, planned: Vec<PlannedSource>) -> Result<()> {
        for source in planned {
            let observer = Arc::clone(&self.options.observer);
            let notify = Arc::new(move |notice: Notice| observer.notice(&notice.to_string()));
            let clock = Arc::clone(&self.options.clock);
            let saved = self.options.resume.as_ref();
            let before = saved.and_then(|saved| {
                let position = saved.positions.get(&source.name)?.clone();
                let identity = saved.identities.get(&source.name);
                Some((position, identity.cloned().unwrap_or_default()))
            });
            self.inputs
                .push(Input::open(source, self.plan.mode, clock, notify, before).await?);
        }
        let now_ms = self.options.clock.now_ms();
        for guest in &self.plan.guests {
            let input = self.inputs.get(guest.source);
            guest
                .live
                .begin(now_ms, input.map(|input| input.position.clone()).unwrap_or_default());
        }
        Ok(())
    }

    /// One batch over everything up to now.
    async fn once(&mut self) -> Result<()> {
        let began = Instant::now();
        let mut latest = Vec::with_capacity(self.inputs.len());
        for input in &mut self.inputs {
            latest.push(input.end().await?);
        }
        let planned = self.ranges(latest, Pace::Drain, began)?;
        if planned.is_empty() {
            for input in &mut self.inputs {
                let why = input.why_empty().await?;
                self.options.observer.notice(&why);
            }
        }
        // Also without a record: an aggregate over nothing has a row, and a file without rows has a schema.
        self.batch(planned, began).await
    }

    async fn stream(&mut self) -> Result<()> {
        let target = match self.plan.trigger {
            Trigger::AvailableNow => match self.latest_unless_stopped().await? {
                Some(latest) => Some(latest),
                None => return Ok(()),
            },
            _ => None,
        };
        let mut last_ms = None;
        while !self.stopped() {
            let wait = self.plan.trigger.wait(self.options.clock.now_ms(), last_ms);
            if !self.pause(wait).await? {
                break;
            }
            self.take_waiting().await?;
            let began = Instant::now();
            last_ms = Some(self.options.clock.now_ms());
            let (latest, pace) = match &target {
                Some(target) => (target.clone(), Pace::Drain),
                None => match self.latest_unless_stopped().await? {
                    Some(latest) => (latest, Pace::Trigger),
                    None => break,
                },
            };
            let planned = self.ranges(latest, pace, began)?;
            // As Spark, a stream that finds nothing begins with a batch of nothing.
            let is_first = self.next_batch == 0 && planned.nothing_waits();
            if !planned.is_empty() || is_first || self.states.are_due() {
                let mut stop = self.options.stop.clone();
                let batch = self.next_batch;
                let plan = Arc::clone(&self.plan);
                tokio::select! {
                    biased;
                    done = self.batch(planned, began) => done?,
                    fault = overdue(&mut stop, &plan, batch) => return Err(fault),
                }
                continue;
            }
            for (input, ranges) in self.inputs.iter_mut().zip(&planned.ranges) {
                input.move_to(ranges);
            }
            if target.is_some() || !self.inputs.iter().any(Input::is_endless) {
                break;
            } else if self.plan.trigger == Trigger::AsSoonAsPossible {
                self.wait_for_records().await?;
            }
        }
        Ok(())
    }

    fn stopped(&self) -> bool {
        *self.options.stop.borrow()
    }

    fn ranges(&mut self, latest: Vec<Offsets>, pace: Pace, began: Instant) -> Result<Planned> {
        let inputs = self.inputs.iter_mut().zip(&latest);
        let ranges: Result<Vec<BatchRanges>> = inputs.map(|(input, latest)| input.plan(latest, pace)).collect();
        let ranges = ranges?;
        // What a file numbers as its offsets are not the partitions of its records.
        let of_brokers: Vec<BatchRanges> = self
            .inputs
            .iter()
            .zip(&ranges)
            .map(|(input, ranges)| match input.is_endless() {
                true => ranges.clone(),
                false => BatchRanges::new(),
            })
            .collect();
        self.states.assigned(&of_brokers, &latest, self.options.clock.now_ms());
        Ok(Planned {
            ranges,
            latest,
            took: began.elapsed(),
        })
    }

    async fn batch(&mut self, planned: Planned, began: Instant) -> Result<()> {
        let batch = self.next_batch;
        let triggered_ms = self.options.clock.now_ms() - i64::try_from(began.elapsed().as_millis()).unwrap_or(0);
        let observer = Arc::clone(&self.options.observer);
        self.states.begin_batch(self.options.clock.now_ms());
        let plan = Arc::clone(&self.plan);
        let outcome = run_batch(
            &plan,
            &mut self.states,
            batch,
            &mut self.inputs,
            &planned.ranges,
            self.sinks,
            &*observer,
        )
        .await?;
        // Before time goes on: with the watermark that this batch used.
        let mut progress = self.progress(batch, triggered_ms, began, &planned, &outcome);
        self.states.tell(batch, &*observer);
        self.states.end_batch();
        progress.state_operators = self.states.operators();
        for (input, ranges) in self.inputs.iter_mut().zip(&planned.ranges) {
            input.advance(ranges);
        }
        self.next_batch += 1;
        self.records += progress.num_input_rows;
        self.last_trigger = Some(began);
        if let Some(checkpointing) = self.checkpointing.as_deref_mut() {
            checkpointing.touch();
        }
        self.checkpoint_if_due().await?;
        self.add_checkpoint(&mut progress);
        observer.batch(&progress);
        self.ended(batch, &planned, &outcome);
        Ok(())
    }
}

#[cfg(test)]
#[path = "run_test.rs"]
mod tests;
