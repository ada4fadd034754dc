//! Processes of a scenario: started, followed until they end, and judged by how.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::ear::{Ear, Screen};
use super::plans;
use super::play::Played;
use super::process::Process;
use super::scenario::{BEGAN_MS, Plot, Scenario};
use super::seed::Dice;
use super::source::SimSource;
use super::store::SimStore;
use super::world::{SimClock, World};
use crate::checkpoint::Checkpoints;
use crate::error::{Fault, Kind};
use crate::pipeline::plan::PlannedSourceKind;
use crate::pipeline::{Output, RunOptions, Summary, run};
use crate::storage::Stores;

/// Whoever is asked to end has ended by then.
const PATIENCE: Duration = Duration::from_secs(600);
/// Whoever wakes up behind another one has noticed by then.
const NOTICES: Duration = Duration::from_secs(60);
/// Whoever is left alone has read everything by then.
const LONGEST: Duration = Duration::from_secs(3600);

/// How a process ended.
#[derive(Debug)]
enum Ended {
    Well(Summary),
    Fault(Fault),
    Killed,
}

/// What follows from how a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// It ended well.
    Through,
    /// Another process has to go on.
    Open,
    /// The same, since it was told that another one runs.
    Refused,
    /// All checkpoints are damaged: only a user can decide what now.
    Damaged,
}

/// A process under way.
pub(super) struct Started {
    pub(super) process: Arc<Process>,
    /// When it was started, in milliseconds.
    pub(super) at_ms: u64,
    ear: Arc<Ear>,
    stop: watch::Sender<bool>,
    ended: JoinHandle<Ended>,
}

/// What all processes of a scenario have in common.
pub(super) struct Stage<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) seed: u64,
    pub(super) world: Arc<World>,
    pub(super) screens: Vec<Screen>,
    pub(super) processes: Vec<Arc<Process>>,
    pub(super) played: Played,
}

impl Stage<'_> {
    /// Starts a process, to which this happens; or nothing.
    pub(super) async fn start(&mut self, plot: Option<Plot>) -> Started {
        let (scenario, number) = (self.scenario, self.processes.len());
        self.world.tell(match plot {
            Some(plot) => format!("#{number} starts: {plot:?}"),
            None => format!("#{number} starts, and is left alone"),
        });
        let process = Arc::new(Process::new(number, plot.and_then(Plot::strike)));
        let mut plan = plans::stream(&scenario.text).await;
        let ear = Ear::new(&self.world, number, &scenario.topic.end());
        let dice = Dice::new(self.seed, 100 + number as u64);
        let (topic, away) = (&scenario.topic, scenario.broker_away);
        let source = SimSource::new(topic, self.world.began(), dice, away, ear.through());
        plan.sources[0].kind = PlannedSourceKind::Simulated(source);
        let (stop, stopped) = watch::channel(false);
        let screen = Screen::default();
        let clock = SimClock {
            began: self.world.began(),
            began_ms: BEGAN_MS + scenario.skews.get(number).copied().unwrap_or(0),
        };
        let options = RunOptions {
            output: Output::Json,
            print: screen.print(),
            terminal: false,
            clock: Arc::new(clock),
            checkpoint: plan.checkpoint.clone(),
            stores: Stores::given(Arc::new(SimStore::new(&self.world, &process))),
            ..RunOptions::new(stopped, ear.clone())
        };
        self.screens.push(screen);
        self.processes.push(Arc::clone(&process));
        let (inside, world) = (Arc::clone(&process), Arc::clone(&self.world));
        let ended = tokio::spawn(async move {
            let ended = match inside.run(run(plan, options)).await {
                None => Ended::Killed,
                Some(Ok(summary)) => Ended::Well(summary),
                Some(Err(fault)) => Ended::Fault(fault),
            };
            world.tell(match &ended {
                Ended::Well(summary) => format!("#{number} ends well after {} batches", summary.batches),
                Ended::Fault(fault) => format!("#{number} ends: {fault}"),
                Ended::Killed => format!("#{number} is dead"),
            });
            // Whatever it left beside itself dies with it.
            inside.kill();
            ended
        });
        Started {
            process,
            ear,
            stop,
            ended,
            at_ms: self.world.now_ms(),
        }
    }

    /// Follows a process until it ends, or falls asleep: then it is given back. One that has read everything is asked to end.
    pub(super) async fn follow(
        &mut self,
        mut started: Started,
        plot: Option<Plot>,
    ) -> Result<(Course, Option<Started>), String> {
        let process = Arc::clone(&started.process);
        let fate = async {
            match plot {
                Some(Plot::KilledAfter(ms) | Plot::AskedToEnd(ms)) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = &mut started.ended => return Ok((self.judge(&process, ended)?, None)),
            () = process.stopped() => return Ok((Course::Open, Some(started))),
            () = fate => {}
            () = started.ear.quiet() => {}
            () = tokio::time::sleep(LONGEST) => {
                return Err(format!("#{} is not through after {LONGEST:?}", process.number()));
            }
        }
        match plot {
            Some(Plot::KilledAfter(_)) => process.kill(),
            _ => {
                self.world.tell(format_args!("#{} is asked to end", process.number()));
                let _it_may_have_ended = started.stop.send(true);
            }
        }
        tokio::select! {
            biased;
            ended = &mut started.ended => Ok((self.judge(&process, ended)?, None)),
            () = process.stopped() => Ok((Course::Open, Some(started))),
            () = tokio::time::sleep(PATIENCE) => Err(format!("#{} does not end when it is asked to", process.number())),
        }
    }

    /// Lets a sleeper go on later, while others run.
    pub(super) fn wake_later(&self, sleeper: &Started, later: Duration) {
        let (process, world) = (Arc::clone(&sleeper.process), Arc::clone(&self.world));
        tokio::spawn(async move {
            tokio::time::sleep(later).await;
            if process.is_stopped() {
                world.tell(format_args!("#{} wakes up", process.number()));
                process.go_on();
            }
        });
    }

    /// Asks a process to end that woke up before another one took its place.
    pub(super) fn ask_to_end(&self, sleeper: &Started) {
        if !sleeper.process.is_stopped() && !sleeper.process.is_dead() {
            self.world
                .tell(format_args!("#{} is asked to end", sleeper.process.number()));
            let _it_may_have_ended = sleeper.stop.send(true);
        }
    }

    /// A process that slept has to see by itself that its time is over; one that slept before it had begun goes on, and is asked to end.
    pub(super) async fn bury(&mut self, mut sleeper: Started) -> Result<(), String> {
        sleeper.process.go_on();
        let mut ended = tokio::time::timeout(NOTICES, &mut sleeper.ended).await;
        if ended.is_err() {
            self.played.asked += 1;
            self.ask_to_end(&sleeper);
            ended = tokio::time::timeout(PATIENCE, &mut sleeper.ended).await;
        }
        match ended {
            Ok(ended) => self.judge(&sleeper.process, ended).map(drop),
            Err(_) => Err(format!(
                "#{} does not end when it is asked to",
                sleeper.process.number()
            )),
        }
    }

    /// What follows from how a process ended; an end that nothing explains is wrong.
    fn judge(&mut self, process: &Process, ended: Result<Ended, JoinError>) -> Result<Course, String> {
        let number = process.number();
        let has_followers = number + 1 < self.processes.len();
        let fault = match ended {
            Err(error) => return Err(format!("#{number} broke: {error}")),
            Ok(Ended::Killed) => return Ok(Course::Open),
            Ok(Ended::Well(_)) => return Ok(Course::Through),
            Ok(Ended::Fault(fault)) => fault,
        };
        match fault.kind() {
            Kind::Unavailable => Ok(Course::Open),
            Kind::Refused if has_followers && Checkpoints::is_fenced(&fault) => {
                self.played.fenced += 1;
                Ok(Course::Open)
            }
            // What the one before sent may still arrive, and look as if it lived.
            Kind::Refused if number > 0 && fault.to_string().contains("runs already") => Ok(Course::Refused),
            Kind::Data if !self.world.torn().is_empty() => Ok(Course::Damaged),
            _ => Err(format!("#{number} ended: {}", fault.report())),
        }
    }
}
