//! Plays a scenario: process after process over one store, until all is done, and looks at what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::ear::{Ear, Screen};
use super::expected::{Reader, Rows, difference, on_screen, too_many};
use super::plans;
use super::process::Process;
use super::scenario::{BEGAN_MS, Plot, Scenario};
use super::seed::Dice;
use super::server::Server;
use super::source::SimSource;
use super::store::{Request, SimStore};
use super::tables::Kind;
use super::world::{Guard, SimClock, World};
use crate::error::{Fault, Kind as FaultKind};
use crate::pipeline::plan::PlannedSourceKind;
use crate::pipeline::{Output, RunOptions, Summary, run};
use crate::storage::Stores;

/// A run that nothing hinders is through after so many attempts: each that is refused is soon repeated.
const ATTEMPTS: usize = 150;
/// Nothing that is still on its way arrives later.
const SETTLED: Duration = Duration::from_secs(30);
/// A process that woke up knows by then that another one runs.
const WAKING: Duration = Duration::from_secs(600);

/// How a process ended.
enum Ended {
    /// By itself, or as it was asked to.
    Well(Summary),
    Fault(Fault),
    Killed,
}

/// What was played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// How many processes ran.
    pub(super) processes: usize,
    /// How many of them woke up and found that another one had taken over.
    pub(super) fenced: usize,
    /// Requests of each.
    pub(super) requests: Vec<u64>,
    /// All that happened.
    pub(super) trace: Vec<String>,
}

/// A process under way.
struct Started {
    process: Arc<Process>,
    ear: Arc<Ear>,
    stop: watch::Sender<bool>,
    ended: JoinHandle<Ended>,
    /// When it was started, in milliseconds.
    at_ms: u64,
}

/// The stage: what all processes of a scenario have in common.
struct Stage<'s> {
    scenario: &'s Scenario,
    seed: u64,
    world: Arc<World>,
    screens: Vec<Screen>,
    processes: Vec<Arc<Process>>,
    played: Played,
}

/// Plays it; what is wrong, with all that happened before, if anything is.
pub(super) async fn play(seed: u64, scenario: &Scenario) -> Result<Played, (String, Played)> {
    let mut expected = BTreeMap::new();
    for block in &scenario.blocks {
        expected.insert(block.name, plans::oracle(scenario, block).await);
    }
    let reader = Arc::new(Reader::default());
    let guard = guard(scenario, &expected, &reader);
    let mut stage = Stage {
        scenario,
        seed,
        world: World::new(scenario.climate.clone(), Dice::new(seed, 2), guard),
        screens: Vec::new(),
        processes: Vec::new(),
        played: Played::default(),
    };
    let mut outcome = stage.to_the_end().await;
    if outcome.is_ok() {
        tokio::time::sleep(SETTLED).await;
        outcome = stage.compare(&expected, &reader);
    }
    if let Some(violation) = stage.world.violation() {
        outcome = Err(violation);
    }
    let mut played = stage.played;
    played.processes = stage.processes.len();
    played.requests = stage.processes.iter().map(|process| process.requests()).collect();
    played.trace = stage.world.trace();
    match outcome {
        Ok(()) => Ok(played),
        Err(what) => Err((what, played)),
    }
}

/// At no moment readers of a folder see a row too often.
fn guard(scenario: &Scenario, expected: &BTreeMap<&'static str, Rows>, reader: &Arc<Reader>) -> Guard {
    let folders: Vec<(String, &'static str, Kind, Rows)> = scenario
        .folders()
        .map(|(folder, block)| (folder, block.name, block.kind, expected[block.name].clone()))
        .collect();
    let reader = Arc::clone(reader);
    Box::new(move |server: &Server, request: &Request| {
        for (folder, name, kind, expected) in &folders {
            if request.path.starts_with(&format!("{folder}/")) {
                let surplus = too_many(expected, &reader.visible(server, folder, *kind)?);
                if !surplus.is_empty() {
                    return Err(format!("sink `{name}`:\n  {}", surplus.join("\n  ")));
                }
            }
        }
        Ok(())
    })
}

impl Stage<'_> {
    async fn to_the_end(&mut self) -> Result<(), String> {
        let mut asleep: Vec<Started> = Vec::new();
        for (number, plot) in self.scenario.plots.iter().enumerate() {
            let started = self.start(*plot, self.scenario.skews[number]).await;
            if let Some(sleeper) = self.follow(started, Some(*plot)).await? {
                self.wake_later(&sleeper, number);
                asleep.push(sleeper);
            }
            self.pause(number).await;
        }
        for attempt in 0.. {
            if attempt == ATTEMPTS {
                return Err(format!("not through after {ATTEMPTS} attempts without a blow"));
            }
            let number = self.processes.len();
            let started = self.start_plain().await;
            let began_ms = started.at_ms;
            let done = self.follow_to_its_end(started).await?;
            if done && (!self.scenario.ends_by_itself || began_ms > self.last_ms()) {
                break;
            }
            self.pause(number).await;
        }
        for sleeper in asleep {
            sleeper.process.go_on();
            self.bury(sleeper).await?;
        }
        Ok(())
    }

    /// When the last record appears.
    fn last_ms(&self) -> u64 {
        let records = self.scenario.topic.partitions.iter().flatten();
        records.map(|record| record.appears_ms).max().unwrap_or(0)
    }

    async fn start(&mut self, plot: Plot, skew: i64) -> Started {
        let strike = match plot {
            Plot::Killed(strike) | Plot::Sleeps(strike) => Some(strike),
            Plot::KilledAfter(_) | Plot::AskedToEnd(_) => None,
        };
        let number = self.processes.len();
        self.world.tell(format_args!("#{number} starts: {plot:?}"));
        self.start_as(Process::new(number, strike), skew).await
    }

    async fn start_plain(&mut self) -> Started {
        let number = self.processes.len();
        self.world.tell(format_args!("#{number} starts, and is left alone"));
        self.start_as(Process::new(number, None), 0).await
    }

    async fn start_as(&mut self, process: Process, skew: i64) -> Started {
        let scenario = self.scenario;
        let (number, process) = (process.number(), Arc::new(process));
        let mut plan = plans::stream(&scenario.text).await;
        let dice = Dice::new(self.seed, 100 + number as u64);
        let source = SimSource::new(&scenario.topic, self.world.began(), dice, scenario.broker_away);
        plan.sources[0].kind = PlannedSourceKind::Simulated(source);
        let ear = Ear::new(&self.world, number, &scenario.topic.end());
        let (stop, stopped) = watch::channel(false);
        let screen = Screen::default();
        let clock = SimClock {
            began: self.world.began(),
            began_ms: BEGAN_MS + skew,
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

    /// Follows a process until it ends; or gives it back if it fell asleep.
    async fn follow(&mut self, mut started: Started, plot: Option<Plot>) -> Result<Option<Started>, String> {
        let after = match plot {
            Some(Plot::KilledAfter(ms) | Plot::AskedToEnd(ms)) => Some(Duration::from_millis(ms)),
            _ => None,
        };
        let blow = async {
            match after {
                Some(after) => tokio::time::sleep(after).await,
                None => std::future::pending().await,
            }
        };
        let process = Arc::clone(&started.process);
        tokio::select! {
            biased;
            ended = &mut started.ended => return self.judge(&started.process, ended).map(|_| None),
            () = process.struck(), if process_sleeps(plot) => {}
            () = started.ear.quiet() => {}
            () = blow => {
                if matches!(plot, Some(Plot::KilledAfter(_))) {
                    started.process.kill();
                }
            }
        }
        if started.process.is_stopped() {
            return Ok(Some(started));
        }
        // It is through, or asked to end.
        let _it_may_have_ended = started.stop.send(true);
        tokio::select! {
            biased;
            ended = &mut started.ended => self.judge(&started.process, ended).map(|_| None),
            () = process.struck(), if process_sleeps(plot) => Ok(started.process.is_stopped().then_some(started)),
            () = tokio::time::sleep(WAKING) => Err(format!("#{} does not end when it is asked to", process.number())),
        }
    }

    /// Follows a process that nothing happens to; says whether it ended well.
    async fn follow_to_its_end(&mut self, mut started: Started) -> Result<bool, String> {
        tokio::select! {
            biased;
            ended = &mut started.ended => return self.judge(&started.process, ended),
            () = started.ear.quiet() => {}
            () = tokio::time::sleep(WAKING * 6) => {
                return Err(format!("#{} is not through after {:?}", started.process.number(), WAKING * 6));
            }
        }
        let _it_may_have_ended = started.stop.send(true);
        match tokio::time::timeout(WAKING, &mut started.ended).await {
            Ok(ended) => self.judge(&started.process, ended),
            Err(_) => Err(format!("#{} does not end when it is asked to", started.process.number())),
        }
    }

    /// A process that slept has to see by itself that its time is over.
    async fn bury(&mut self, mut sleeper: Started) -> Result<(), String> {
        match tokio::time::timeout(WAKING, &mut sleeper.ended).await {
            Ok(ended) => self.judge(&sleeper.process, ended).map(drop),
            Err(_) => Err(format!(
                "#{} woke up and goes on, though another one has taken over",
                sleeper.process.number()
            )),
        }
    }

    /// Lets a sleeper go on at some moment, while others run.
    fn wake_later(&self, sleeper: &Started, number: usize) {
        let mut dice = Dice::new(self.seed, 1000 + number as u64);
        let later = Duration::from_millis(dice.between(10, 45_000));
        let (process, world) = (Arc::clone(&sleeper.process), Arc::clone(&self.world));
        tokio::spawn(async move {
            tokio::time::sleep(later).await;
            world.tell(format_args!("#{} wakes up", process.number()));
            process.go_on();
        });
    }

    async fn pause(&self, number: usize) {
        let mut dice = Dice::new(self.seed, 2000 + number as u64);
        tokio::time::sleep(Duration::from_millis(dice.between(1, 3_000))).await;
    }

    /// Whether a process ended well; an end that nothing explains is wrong.
    fn judge(
        &mut self,
        process: &Process,
        ended: Result<Ended, tokio::task::JoinError>,
    ) -> Result<bool, String> {
        let number = process.number();
        let has_followers = number + 1 < self.processes.len();
        match ended {
            Err(error) => Err(format!("#{number} broke: {error}")),
            Ok(Ended::Killed) => Ok(false),
            Ok(Ended::Well(_)) => Ok(true),
            Ok(Ended::Fault(fault)) if fault.kind() == FaultKind::Unavailable => Ok(false),
            Ok(Ended::Fault(fault)) if has_followers && is_fenced(&fault) => {
                self.played.fenced += 1;
                Ok(false)
            }
            // Requests of the one before may still arrive.
            Ok(Ended::Fault(fault)) if number > 0 && is_told_of_another(&fault) => Ok(false),
            Ok(Ended::Fault(fault)) => Err(format!("#{number} ended: {}", fault.report())),
        }
    }

    /// What is there in the end is what a batch over the same records gives.
    fn compare(&self, expected: &BTreeMap<&'static str, Rows>, reader: &Reader) -> Result<(), String> {
        let mut wrong = Vec::new();
        for block in &self.scenario.blocks {
            let found = match block.kind {
                Kind::Files { .. } => {
                    reader.visible(self.world.server(), &format!("out/{}", block.name), block.kind)?
                }
                _ => {
                    let printed: Vec<_> = self.screens.iter().map(|screen| screen.of(block.name)).collect();
                    on_screen(block, &printed)
                }
            };
            wrong.extend(difference(block.name, &expected[block.name], &found));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

fn process_sleeps(plot: Option<Plot>) -> bool {
    matches!(plot, Some(Plot::Sleeps(_)))
}

fn is_fenced(fault: &Fault) -> bool {
    fault.to_string().contains("another run of this pipeline has taken over")
}

fn is_told_of_another(fault: &Fault) -> bool {
    fault.kind() == FaultKind::Refused && fault.to_string().contains("runs already")
}
