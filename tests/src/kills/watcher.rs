//! A reader beside the run: looks again and again, at moments of its own, and remembers the first thing that is wrong.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::output::{Output, Verdict};
use super::pause;
use super::random::Random;

/// The reader itself failed, which is no finding.
const BROKEN: &str = "the reader beside the run broke down";

/// A thread that looks.
pub(super) struct Watcher {
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<Box<dyn Output>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: bool,
    looks: u64,
    wrong: Option<String>,
    /// How many records there are, once that is known.
    end: Option<u64>,
    /// What is missing yet.
    verdict: Option<Verdict>,
}

impl Watcher {
    /// Begins to look.
    pub(super) fn start(mut output: Box<dyn Output>, mut random: Random) -> Self {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let told = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            loop {
                let looked = output.look();
                {
                    let mut shared = told.lock().unwrap_or_else(PoisonError::into_inner);
                    shared.looks += u64::from(matches!(looked, Ok(true)));
                    shared.wrong = looked.err();
                    shared.verdict = shared.end.map(|end| output.verdict(end));
                    if shared.stop || shared.wrong.is_some() {
                        return output;
                    }
                }
                pause(random.millis(5, 150));
            }
        });
        Self {
            shared,
            thread: Some(thread),
        }
    }

    fn shared<T>(&self, with: impl FnOnce(&mut Shared) -> T) -> T {
        with(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// # Errors
    /// What was wrong when it looked.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) {
            // It does not end by itself unless something is wrong.
            return Err(self.wrong().unwrap_or_else(|| BROKEN.to_owned()));
        }
        Ok(())
    }

    /// Tells it how many records there are, so that it can say when all are there.
    pub(super) fn expect(&self, end: u64) {
        self.shared(|shared| shared.end = Some(end));
    }

    /// Whether all that is expected is there.
    pub(super) fn has_all(&self) -> bool {
        self.shared(|shared| shared.verdict.is_some_and(Verdict::is_clean))
    }

    /// What was wrong when it looked last.
    pub(super) fn wrong(&self) -> Option<String> {
        self.shared(|shared| shared.wrong.clone())
    }

    /// How often it could look.
    pub(super) fn looks(&self) -> u64 {
        self.shared(|shared| shared.looks)
    }

    /// Stops it, and returns what it looked at; none if it was stopped before.
    pub(super) fn stop(&mut self) -> Option<Box<dyn Output>> {
        self.shared(|shared| shared.stop = true);
        self.thread.take()?.join().ok()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared(|shared| shared.stop = true);
    }
}
