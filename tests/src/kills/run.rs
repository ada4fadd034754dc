//! One pipeline, disturbed as its plan says, from the first record to the verdict.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wasmill::clock::{Clock, SystemClock};

use super::disk::Disk;
use super::disturb::no_panic;
use super::fault::Plan;
use super::feed::{self, Feed};
use super::instance::{End, Instance};
use super::kind::{Sites, pipeline};
use super::output::{self, Output};
use super::random::Random;
use super::records::{PARTITIONS, Records};
use super::report::Report;
use super::servers::Servers;
use super::state::Checkpoints;
use super::watcher::Watcher;
use super::{GLANCE, pause};
use crate::command::Command;
use crate::unique::random_hex;

/// How long it may take from a start to a checkpoint, also when something has just come back. A broker that was killed takes ten
/// seconds of it, an owner that stands still six, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether somebody wants all of it to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Has Ctrl-C end a run as a failure does, with all that it made put away. For a program of its own.
pub(super) fn heed_ctrl_c() {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let heard = runtime.and_then(|runtime| runtime.block_on(tokio::signal::ctrl_c()));
        INTERRUPTED.store(heard.is_ok(), Ordering::SeqCst);
    });
}

/// A pipeline that is being disturbed.
pub(super) struct Disturbed<'a> {
    pub(super) servers: &'a Servers,
    pub(super) random: Random,
    pub(super) report: Report,
    pub(super) instance: Instance,
    /// How many processes in a row were killed before they came to a checkpoint.
    pub(super) killed_early: usize,
    /// Whether something that it needs is away, so that it may end with an error.
    pub(super) may_end: bool,
    pub(super) disk: Disk,
    pub(super) watcher: Watcher,
    pub(super) checkpoints: Checkpoints,
    /// What it writes, when nobody watches it any more.
    pub(super) output: Option<Box<dyn Output>>,
    feed: Option<Feed>,
    /// Where its file is, and what its processes print.
    folder: PathBuf,
    started: usize,
    began: Instant,
    tell: bool,
    story: String,
}

/// Carries a plan out.
///
/// # Errors
/// What went wrong, with the seed and the folder where all is kept.
pub fn run(plan: &Plan, servers: &Servers) -> Result<Report, String> {
    let workshop = TempDir::with_prefix("wasmill-kills-");
    let workshop = Workshop(Some(
        workshop.unwrap_or_else(|error| panic!("no temporary folder can be made: {error}")),
    ));
    let outcome = run_within(plan, servers, workshop.path());
    outcome.map_err(|wrong| {
        let Plan { kind, seed, kills, .. } = plan;
        format!(
            "{wrong}\n\npipeline `{}`, seed {seed}, {kills} kills; kept in {}",
            kind.name(),
            workshop.keep().display()
        )
    })
}

fn run_within(plan: &Plan, servers: &Servers, folder: &Path) -> Result<Report, String> {
    let kind = plan.kind;
    let mut random = Random::new(plan.seed);
    let name = format!("kills-{}", random_hex(12));
    let disk = Disk::new(&folder.join("disk"), kind.uses_disk());
    let sites = Sites::new(kind, &name, &format!("s3://bronze/{name}"), &folder.join("disk"));
    std::fs::write(folder.join("pipeline.toml"), pipeline(kind, &sites))
        .unwrap_or_else(|error| panic!("the pipeline can't be written: {error}"));
    for topic in [&sites.topic, &sites.out_topic] {
        let partitions = PARTITIONS.to_string();
        let arguments = [
            "topics",
            "create",
            topic,
            "--partitions",
            &partitions,
            "--config",
            "retention.ms=-1",
        ];
        servers.environment(Command::wasmill(arguments)).succeed();
    }

    let records = Arc::new(Records::new(kind.has_broken_records(), SystemClock.now_ms()));
    let order = plan.order(&mut random);
    let feed = Feed::start(servers.kafka(), &sites.topic, &records, Random::new(random.next()));
    let output = output::open(kind, &sites, servers, &records, folder);
    let mut disturbed = Disturbed {
        servers,
        report: Report::default(),
        instance: Instance::start(command(servers, folder), folder, "process-0000", Some(0)),
        killed_early: 0,
        may_end: false,
        disk,
        watcher: Watcher::start(output, Random::new(random.next())),
        checkpoints: Checkpoints::open(&sites.checkpoint, servers),
        output: None,
        feed: Some(feed),
        folder: folder.to_owned(),
        started: 1,
        began: Instant::now(),
        tell: plan.tell,
        story: String::new(),
        random,
    };
    let outcome = order.into_iter().try_for_each(|fault| disturbed.disturb(fault));
    let outcome = outcome.and_then(|()| disturbed.finish());
    if let Err(wrong) = &outcome {
        disturbed.keep();
        if INTERRUPTED.load(Ordering::SeqCst) {
            return Err(wrong.clone());
        }
        disturbed.close_feed();
    }
    // What went wrong must not be our own doing.
    feed::check(servers.kafka(), &sites.topic, &records, records.sent())?;
    outcome.map(|()| disturbed.report)
}

fn command(servers: &Servers, folder: &Path) -> Command {
    let command = Command::wasmill(["run", "--output", "json", "--progress", "json", "pipeline.toml"]);
    servers.environment(command).within(folder)
}

impl Disturbed<'_> {
    /// Another process of the same pipeline.
    pub(super) fn another(&mut self) -> Instance {
        let name = format!("process-{:04}", self.started);
        self.started += 1;
        let before = self.checkpoints.next();
        Instance::start(command(self.servers, &self.folder), &self.folder, &name, before)
    }

    /// The next process, in the place of one that ended.
    pub(super) fn start_again(&mut self) {
        self.instance = self.another();
        self.report.restarts += 1;
    }

    /// Says what happens, for somebody who looks into what went wrong.
    pub(super) fn note(&mut self, what: &str) {
        let process = self.started - 1;
        let at = self.began.elapsed().as_secs_f64();
        let line = format!("{at:8.3} s, process {process:04}: {what}");
        if self.tell {
            eprintln!("{line}");
        }
        let _ = writeln!(self.story, "{line}");
    }

    /// A moment in which nothing is done to it: is all well?
    ///
    /// # Errors
    /// What is not.
    pub(super) fn tick(&mut self) -> Result<(), String> {
        if INTERRUPTED.load(Ordering::SeqCst) {
            return Err("interrupted".to_owned());
        }
        self.watcher.check()?;
        if let Some(end) = self.instance.ended() {
            self.ended(&end)?;
        }
        self.note_commit();
        pause(GLANCE);
        Ok(())
    }

    /// It ended, and nobody asked it to.
    fn ended(&mut self, end: &End) -> Result<(), String> {
        no_panic(end)?;
        if !self.may_end || !end.is_chosen() {
            return Err(format!("it ended by itself: {end}"));
        }
        self.note(&format!("ended by itself: {}", end.error()));
        self.report.ended += 1;
        pause(Duration::from_millis(300));
        self.start_again();
        Ok(())
    }

    /// Notes how long it took to the first checkpoint. The first new manifest is the claim; the next one is a checkpoint.
    fn note_commit(&mut self) {
        if self.instance.first_commit.is_some() {
            return;
        }
        let Some(next) = self.checkpoints.next() else {
            return;
        };
        let before = *self.instance.before.get_or_insert(next);
        if next >= before + 2 {
            let age = self.instance.age();
            self.instance.first_commit = Some(age);
            self.report.first_commits.push(age);
            self.note(&format!("its first checkpoint after {:.2} s", age.as_secs_f64()));
        }
    }

    /// Lets it run for a while.
    ///
    /// # Errors
    /// What went wrong meanwhile.
    pub(super) fn wait(&mut self, time: Duration) -> Result<(), String> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.tick()?;
        }
        Ok(())
    }

    /// Waits until the process at hand has made a checkpoint.
    ///
    /// # Errors
    /// It does not come to one, or what else went wrong.
    pub(super) fn wait_for_a_commit(&mut self) -> Result<(), String> {
        let began = Instant::now();
        while self.instance.first_commit.is_none() {
            self.tick()?;
            self.patience(began)?;
        }
        Ok(())
    }

    /// Waits for a checkpoint that begins from now on.
    ///
    /// # Errors
    /// As above.
    pub(super) fn wait_for_progress(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let mut from = None;
        loop {
            self.tick()?;
            self.patience(began)?;
            let Some(next) = self.checkpoints.next() else {
                continue;
            };
            // One may be on its way already.
            let enough = next >= *from.get_or_insert(next) + 2;
            if enough && self.instance.first_commit.is_some() {
                return Ok(());
            }
        }
    }

    /// Waits until the next manifest is there, for a while: nothing may be going on.
    ///
    /// # Errors
    /// What went wrong meanwhile.
    pub(super) fn wait_for_a_manifest(&mut self) -> Result<(), String> {
        self.tick()?;
        let from = self.checkpoints.next();
        let until = Instant::now() + Duration::from_secs(1);
        while self.checkpoints.next() == from && Instant::now() < until {
            pause(Duration::from_micros(300));
        }
        Ok(())
    }

    fn patience(&mut self, began: Instant) -> Result<(), String> {
        if began.elapsed() < PATIENCE {
            return Ok(());
        }
        let end = self.instance.kill();
        Err(format!(
            "no checkpoint came in {} s; it was killed, and had said: {end}",
            PATIENCE.as_secs()
        ))
    }

    /// Stops the records: how many there are.
    pub(super) fn close_feed(&mut self) -> u64 {
        self.feed.take().map_or(0, Feed::close)
    }

    /// Keeps what a person needs who looks into what went wrong.
    fn keep(&mut self) {
        self.instance.kill();
        self.disk.keep(&self.folder.join("disk-copy"));
        self.checkpoints.keep(&self.folder.join("checkpoint"));
        if let Some(output) = self.output.take().or_else(|| self.watcher.stop()) {
            output.keep(&self.folder);
        }
        // What can't be kept is not the matter here.
        let _ = std::fs::write(self.folder.join("story.txt"), &self.story);
    }
}

/// The run's folder: gone with it, unless something went wrong.
struct Workshop(Option<TempDir>);

impl Workshop {
    fn path(&self) -> &Path {
        self.0.as_ref().map_or(Path::new("."), TempDir::path)
    }

    fn keep(mut self) -> PathBuf {
        self.0.take().map(TempDir::keep).unwrap_or_default()
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(folder) = self.0.take()
        {
            eprintln!("kept in {}", folder.keep().display());
        }
    }
}
