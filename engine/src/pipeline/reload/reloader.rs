//! Hears of changes, makes versions of them, and has the run take them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::clock::{Clock, SystemClock};
use crate::error::{Fault, Result};
use crate::guest::{Digest, GuestAggregate, Transform, Watch};
use crate::pipeline::given::{Given, LoadedModules};
use crate::pipeline::plan::Plan;
use crate::pipeline::{Mode, Pipeline, Resources};

use super::canary::Canary;
use super::candidate::{Candidate, Made, make};
use super::event::{ReloadEvent, Step};
use super::last::LastRecords;
use super::live::Live;
use super::modules::{Entry, Modules, Slot};
use super::swap::{Asking, Change, Swaps, Taken, channel};
use super::versions::{Version, Versioned};

/// A file that can't be read as a module may be half written: it is refused only if it does not change for so long.
const HALF_WRITTEN: Duration = Duration::from_millis(300);

/// What a run needs so that its modules can be changed: see [`reload`].
pub struct Reload {
    pub(in crate::pipeline) swaps: Swaps,
    /// The modules.
    pub modules: Modules,
}

/// Changes the modules of a run: to be run beside it, as a task of its own.
pub struct Reloader {
    pipeline: Pipeline,
    resources: Resources,
    modules: Modules,
    asking: Asking,
    commands: mpsc::Receiver<Command>,
    /// Without it, modules change only by command.
    watch: Option<Watch>,
    last: Arc<LastRecords>,
    /// What was read of each module the last time.
    seen: BTreeMap<usize, Digest>,
}

/// Asks for another version, from any thread. Cheap to clone.
#[derive(Clone)]
pub struct ReloadControl(mpsc::Sender<Command>);

struct Command {
    name: String,
    answer: oneshot::Sender<Result<String>>,
}

impl ReloadControl {
    /// Puts the version into use that was live before the one in use. Gives what to say of it.
    ///
    /// # Errors
    /// If there is no such module, no version before, or it can't take over.
    pub async fn rollback(&self, name: String) -> Result<String> {
        let ended = || Fault::usage("the run has ended");
        let (answer, answered) = oneshot::channel();
        self.0.send(Command { name, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

/// Makes the modules of a plan such that they can be changed while it runs: by [`ReloadControl`], and if `watched` whenever their files
/// change. `pipeline` is what the plan was made of.
///
/// # Errors
/// `Machine`: the files can't be watched.
pub fn reload(
    pipeline: Pipeline,
    plan: &mut Plan,
    resources: Resources,
    watched: bool,
) -> Result<(Reload, ReloadControl, Reloader)> {
    let modules = Modules::of(plan, pipeline.modules());
    let watch = match watched {
        true => {
            let paths = modules.entries().iter().map(|entry| entry.path.clone());
            Some(Watch::new(paths.collect())?)
        }
        false => None,
    };
    for entry in modules.entries().iter().filter(|_| watched) {
        if let Slot::Guest(live) = &entry.slot {
            live.watch();
        }
    }
    let last = Arc::new(LastRecords::default());
    plan.last = watched.then(|| Arc::clone(&last));
    let (asking, swaps) = channel();
    let (commands, receiver) = mpsc::channel(4);
    let reload = Reload {
        swaps,
        modules: modules.clone(),
    };
    let reloader = Reloader {
        pipeline,
        resources,
        modules,
        asking,
        commands: receiver,
        watch,
        last,
        seen: BTreeMap::new(),
    };
    Ok((reload, ReloadControl(commands), reloader))
}

impl Reloader {
    /// Goes on as long as the run does. Ends only by being dropped.
    pub async fn run(mut self) {
        if self.watch.is_some() {
            // They may have changed since the plan was made; and what a crate is built of besides its folder is told by building it.
            for at in 0..self.modules.entries().len() {
                self.look_at(at, false).await;
            }
        }
        loop {
            tokio::select! {
                module = next_change(&mut self.watch) => self.look_at(module, true).await,
                Some(command) = self.commands.recv() => self.obey(command).await,
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        let outcome = self.rollback(&command.name).await;
        // Whoever asked may have gone.
        let _ = command.answer.send(outcome);
    }

    /// Makes a candidate; whoever asks for something else meanwhile does not wait for a build.
    async fn make(&mut self, at: usize, entry: &Entry) -> Made {
        // A file that is written is meant; in a crate's folder much else may have changed.
        let seen = self.seen.get(&at).copied().filter(|_| entry.path.is_dir());
        let mut making = std::pin::pin!(make(entry.clone(), self.resources.clone(), seen));
        let outcome = loop {
            tokio::select! {
                outcome = &mut making => break outcome,
                Some(command) = self.commands.recv() => self.obey(command).await,
            }
        };
        if let Some(watch) = self.watch.as_mut().filter(|_| !outcome.sources.is_empty()) {
            watch.also(at, outcome.sources);
        }
        if let Some(digest) = outcome.digest {
            self.seen.insert(at, digest);
        }
        outcome.made
    }

    /// `is_told`: that there is a change was told; else only what comes of it is worth a word.
    async fn look_at(&mut self, at: usize, is_told: bool) {
        let Some(entry) = self.modules.entries().get(at).cloned() else {
            return;
        };
        let module = entry.name.name();
        let observer = Arc::clone(&self.resources.observer);
        if is_told {
            observer.reload(&ReloadEvent::Changed { module });
        }
        let made = self.make(at, &entry).await;
        let refuse = |step: Step, fault: &Fault| {
            observer.reload(&ReloadEvent::Refused {
                module,
                step,
                fault,
                live: entry.live_label(),
            });
        };
        match made {
            Made::Unchanged if !is_told => {}
            Made::Unchanged => observer.reload(&ReloadEvent::Unchanged {
                module,
                live: entry.live_label(),
            }),
            // What is not whole yet is not worth a word if it changes again.
            Made::Gone(path) if !self.changes_again(at).await => observer.reload(&ReloadEvent::Gone {
                module,
                path: path.display().to_string(),
                live: entry.live_label(),
            }),
            Made::Refused(step @ (Step::Read | Step::Load), fault)
                if !entry.path.is_dir() && !self.changes_again(at).await =>
            {
                refuse(step, &fault);
            }
            Made::Gone(_) => {}
            Made::Refused(step, fault) if entry.path.is_dir() => refuse(step, &fault),
            Made::Refused(..) => {}
            Made::Candidate(next) => match self.take_over(&entry, next, true).await {
                Ok(done) => drop(self.tell(&entry, &done)),
                Err((step, fault)) => refuse(step, &fault),
            },
        }
    }

    async fn changes_again(&mut self, at: usize) -> bool {
        match &mut self.watch {
            Some(watch) => watch.changes_within(at, HALF_WRITTEN).await,
            None => false,
        }
    }

    async fn rollback(&mut self, name: &str) -> Result<String> {
        let entry = self.modules.find(name)?.clone();
        let none = |live: String| {
            Fault::usage(format!("there is no version before {live} that could take its place"))
                .hint("versions are those of this run, without those that were set aside or rolled back")
        };
        let (now, next) = match &entry.slot {
            Slot::Guest(live) => {
                let before = live.versions().before();
                let next = before.map(|version| Candidate::Guest(Arc::clone(&version.module)));
                (live.versions().live().number, next)
            }
            Slot::Aggregate(live) => {
                let before = live.versions.before();
                let next = before.map(|version| Candidate::Aggregate(version.module.clone()));
                (live.versions.live().number, next)
            }
        };
        let next = next.ok_or_else(|| none(entry.live_label()))?;
        let done = self.take_over(&entry, next, false).await.map_err(|(_, fault)| fault)?;
        match &entry.slot {
            Slot::Guest(live) => live.versions().rolled_back(now),
            Slot::Aggregate(live) => live.versions.rolled_back(now),
        }
        Ok(self.tell(&entry, &done))
    }

    /// Tells of a version that is live now.
    fn tell(&self, entry: &Entry, done: &Done) -> String {
        let event = ReloadEvent::Live {
            module: entry.name.name(),
            version: done.version.clone(),
            since: done.taken.since.clone(),
            canary: done.canary.as_ref(),
            pause: done.taken.pause,
        };
        self.resources.observer.reload(&event);
        event.to_string()
    }

    /// Types, tries and swaps.
    async fn take_over(&mut self, entry: &Entry, next: Candidate, try_it: bool) -> Result<Done, (Step, Fault)> {
        let plan = match is_like(&entry.slot, &next) {
            true => None,
            false => Some(
                self.plan_with(entry, &next)
                    .await
                    .map_err(|fault| (Step::Types, fault))?,
            ),
        };
        let canary = match (&entry.slot, &next) {
            (Slot::Guest(live), Candidate::Guest(next)) if try_it => {
                tried(live, next).await.map_err(|fault| (Step::Canary, fault))?
            }
            (Slot::Aggregate(_), Candidate::Aggregate(_)) if try_it => {
                let modules = self.modules_with(entry, &next);
                let tried = self.last.try_with(&self.pipeline, &modules, &self.resources).await;
                tried.map_err(|fault| (Step::Canary, fault))?;
                None
            }
            _ => None,
        };
        let taken = self
            .swap(entry, &next, plan)
            .await
            .map_err(|fault| (Step::Swap, fault))?;
        let version = match (&entry.slot, next) {
            (Slot::Guest(live), Candidate::Guest(next)) => put(live, next, &taken),
            (Slot::Aggregate(live), Candidate::Aggregate(next)) => {
                live.versions.put(next, taken.since_ms, taken.since.clone()).label()
            }
            _ => entry.live_label(),
        };
        Ok(Done { version, taken, canary })
    }

    /// Has the run take it between two batches; or, if it stands in the middle of one and waits for just such a version, gives it to
    /// it there.
    async fn swap(&self, entry: &Entry, next: &Candidate, mut plan: Option<Box<Plan>>) -> Result<Taken> {
        let is_other = plan.is_some();
        loop {
            if self.modules.is_held() {
                if is_other {
                    return Err(half_done());
                }
                let since = match &entry.slot {
                    Slot::Guest(live) => live.held_since().ok_or_else(half_done)?,
                    Slot::Aggregate(_) => return Err(half_done()),
                };
                return Ok(Taken {
                    since_ms: SystemClock.now_ms(),
                    since,
                    pause: Duration::ZERO,
                });
            }
            if is_other && plan.is_none() {
                // It was on its way when a batch began to stand still, and was called back.
                return Err(half_done());
            }
            let change = Change {
                name: entry.name.clone(),
                next: next.clone(),
                plan: plan.take(),
            };
            let answered = self.asking.ask(change);
            tokio::select! {
                // What the run has answered counts, whatever happened since.
                biased;
                taken = answered => return taken,
                () = self.modules.wait_until_held() => {}
            }
        }
    }

    /// The modules that are live, and this one in its place.
    fn modules_with(&self, entry: &Entry, next: &Candidate) -> LoadedModules {
        let mut modules = self.modules.loaded();
        let name = entry.name.name();
        match next {
            Candidate::Guest(next) => drop(modules.guests.insert(name.to_owned(), next.module().clone())),
            Candidate::Aggregate(next) => drop(modules.aggregates.insert(name.to_lowercase(), next.module())),
        }
        modules
    }

    /// The pipeline with this module in its place.
    async fn plan_with(&self, entry: &Entry, next: &Candidate) -> Result<Box<Plan>> {
        let given = Given {
            modules: self.modules_with(entry, next),
            ..Given::default()
        };
        let plan = self.pipeline.plan_with(Mode::Stream, &self.resources, &given).await;
        plan.map(Box::new).map_err(|invalid| invalid.as_fault())
    }
}

/// A version that is live now.
struct Done {
    version: String,
    taken: Taken,
    canary: Option<Canary>,
}

/// The run has put it into use already, between two batches, unless it was held in one.
fn put(live: &Arc<Live>, next: Arc<Transform>, taken: &Taken) -> String {
    let now = live.versions().live();
    if now.module.digest() == next.digest() {
        return now.label();
    }
    live.versions().put(next, taken.since_ms, taken.since.clone()).label()
}

fn half_done() -> Fault {
    Fault::guest("a batch stands still half done, and it can't be put in the middle of that")
        .hint("mend the module that was set aside first, or stop the pipeline and start it again")
}

async fn next_change(watch: &mut Option<Watch>) -> usize {
    match watch {
        Some(watch) => watch.next().await,
        None => std::future::pending().await,
    }
}

fn is_like(slot: &Slot, next: &Candidate) -> bool {
    match (slot, next) {
        (Slot::Guest(live), Candidate::Guest(next)) => live.transform().schema() == next.schema(),
        (Slot::Aggregate(live), Candidate::Aggregate(next)) => {
            let now: Arc<Version<GuestAggregate>> = live.versions.live();
            now.module.is_like(next)
        }
        _ => false,
    }
}

/// The candidate on the last records, if there are some.
async fn tried(live: &Arc<Live>, next: &Arc<Transform>) -> Result<Option<Canary>> {
    let Some(records) = live.last_records() else {
        return Ok(None);
    };
    let (now, next) = (live.transform(), Arc::clone(next));
    let tried = tokio::task::spawn_blocking(move || Canary::run(records, &now, &next));
    let broken = |error| Fault::internal("the trial broke off").because(error);
    tried.await.map_err(broken)?.map(Some)
}
