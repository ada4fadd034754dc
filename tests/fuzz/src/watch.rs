//! Ends the process when an input takes too long: a hang can't be caught as a panic can.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

type Current = Mutex<Option<(Instant, Vec<u8>)>>;

/// A thread that looks at the clock, for as long as this lives.
pub(crate) struct Watch {
    current: Arc<Current>,
    _alive: Sender<()>,
}

impl Watch {
    /// Watches inputs, each of which may take as long as `patience`; one that takes longer is kept at the path that `place` gives.
    pub(crate) fn begin(
        name: &'static str,
        patience: Duration,
        place: impl Fn(&[u8]) -> PathBuf + Send + 'static,
    ) -> Self {
        let current = Arc::new(Current::default());
        let (alive, ended) = mpsc::channel::<()>();
        let watched = Arc::clone(&current);
        thread::spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(Duration::from_millis(100)) {
                let current = watched.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some((begun, input)) = current
                    && begun.elapsed() > patience
                {
                    let path = place(&input);
                    let kept = std::fs::write(&path, &input);
                    eprintln!(
                        "fuzz {name}: an input takes longer than {} s: `{}` ({kept:?})",
                        patience.as_secs(),
                        path.display()
                    );
                    std::process::abort();
                }
            }
        });
        Self { current, _alive: alive }
    }

    /// This input is tried now; none between two.
    pub(crate) fn now(&self, input: Option<&[u8]>) {
        let input = input.map(|input| (Instant::now(), input.to_vec()));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = input;
    }
}
