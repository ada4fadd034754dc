//! Says why a stream gives what it gives while it runs, and hands it on to those who ask by `wasmill state`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::guest::BuildOutput;
use crate::monitor::Monitor;
use crate::pipeline::{Observer, Progress, ReloadEvent, StateReport, has_changed, why, why_silent};

use super::open::Teller;

/// Between two texts of `--why`.
const PAUSE: Duration = Duration::from_secs(1);
/// A stream that has read records and gives nothing for so long says why.
const SILENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether something is to be said.
const TICK: Duration = Duration::from_millis(500);

/// A [`Teller`] that hears of a stream's state too.
pub(super) struct Explainer {
    teller: Arc<Teller>,
    monitor: Mutex<Option<Monitor>>,
    turn: Mutex<Turn>,
}

impl Explainer {
    /// `why`: after each batch; else only once it has been silent for a while.
    pub(super) fn new(teller: Arc<Teller>, why: bool) -> Arc<Self> {
        Arc::new(Self {
            teller,
            monitor: Mutex::default(),
            turn: Mutex::new(Turn::new(why)),
        })
    }

    /// From now on it is found, and asked, by way of this.
    pub(super) fn listen(&self, monitor: Monitor) {
        *self.monitor() = Some(monitor);
    }

    /// Says what is due as time goes by. Ends only by being dropped.
    pub(super) async fn keep_time(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TICK).await;
            self.say(|turn| turn.due(Instant::now()));
        }
    }

    /// Says what is left at the end, and is found by nobody any more. Not left to the drop: a thread of the Kafka client may
    /// still hold on to whoever hears of it.
    pub(super) fn finish(&self) {
        self.say(Turn::rest);
        drop(self.monitor().take());
    }

    fn monitor(&self) -> MutexGuard<'_, Option<Monitor>> {
        self.monitor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, take: impl FnOnce(&mut Turn) -> Option<String>) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Said under the lock: two texts don't change places.
        if let Some(text) = take(&mut turn) {
            self.teller.say(&text);
        }
    }
}

impl Observer for Explainer {
    fn building(&self, said: BuildOutput<'_>) {
        self.teller.building(said);
    }

    fn notice(&self, text: &str) {
        self.teller.notice(text);
    }

    fn before_output(&self, sink: &str, titled: bool) {
        self.teller.before_output(sink, titled);
    }

    fn batch(&self, progress: &Progress) {
        self.teller.batch(progress);
    }

    fn reload(&self, event: &ReloadEvent<'_>) {
        self.teller.reload(event);
    }

    fn state(&self, report: &StateReport) {
        if let Some(monitor) = &*self.monitor() {
            monitor.show(Arc::new(report.clone()));
        }
        self.say(|turn| {
            let now = Instant::now();
            turn.hear(report, now);
            turn.due(now)
        });
    }
}

/// Whose turn it is to speak, and what was said.
struct Turn {
    why: bool,
    latest: Option<StateReport>,
    /// What `--why` has shown, and when.
    shown: Option<(StateReport, Instant)>,
    silence: Silence,
}

/// Records were read and no rows came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// Not since rows came out.
    None,
    /// Since then.
    Since(Instant),
    /// And it was said.
    Explained,
}

impl Turn {
    fn new(why: bool) -> Self {
        Self {
            why,
            latest: None,
            shown: None,
            silence: Silence::None,
        }
    }

    fn hear(&mut self, report: &StateReport, now: Instant) {
        let (records, rows_out) = self
            .latest
            .as_ref()
            .map_or((0, 0), |latest| (latest.records, latest.rows_out));
        if report.rows_out > rows_out {
            self.silence = Silence::None;
        } else if report.records > records && self.silence == Silence::None {
            self.silence = Silence::Since(now);
        }
        self.latest = Some(report.clone());
    }

    fn due(&mut self, now: Instant) -> Option<String> {
        if self.why {
            let too_soon = self.shown.as_ref().is_some_and(|(_, at)| now - *at < PAUSE);
            return if too_soon { None } else { self.show(now) };
        }
        match (self.silence, &self.latest) {
            (Silence::Since(since), Some(latest)) if now - since >= SILENCE => {
                self.silence = Silence::Explained;
                let reason = why_silent(latest, latest.rows_out > 0);
                Some(format!("{reason}\nhint: `--why` shows more"))
            }
            _ => None,
        }
    }

    /// What `--why` has not shown yet.
    fn rest(&mut self) -> Option<String> {
        if self.why { self.show(Instant::now()) } else { None }
    }

    fn show(&mut self, now: Instant) -> Option<String> {
        let latest = self.latest.as_ref()?;
        let before = self.shown.as_ref().map(|(shown, _)| shown);
        if before.is_some_and(|before| !has_changed(latest, before)) {
            return None;
        }
        let text = why(latest, before);
        self.shown = Some((latest.clone(), now));
        Some(text)
    }
}

#[cfg(test)]
#[path = "explain_test.rs"]
mod tests;
