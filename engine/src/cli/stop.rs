//! Ctrl-C: the first one asks for a clean end, a second one ends at once.

use std::time::Duration;

use tokio::sync::watch;

use super::term;

/// Ctrl-C, or the polite end that a supervisor asks for. Listened for from the moment this is made, so that none is missed
/// between what a command says and when it begins to wait.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Interrupts {
    /// Begins to listen.
    pub(super) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals =
                signal(SignalKind::interrupt()).and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
            Self { signals: signals.ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next one; for ever where signals can't be had.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some((interrupt, terminate)) = &mut self.signals {
            tokio::select! {
                Some(()) = interrupt.recv() => return,
                Some(()) = terminate.recv() => return,
                else => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_ok() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// A signal that turns true when the run shall end: the user wants it to, or its time is over. What is at hand, a `unit`,
/// is still finished.
pub(super) fn on_ctrl_c(after: Option<Duration>, unit: &'static str) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    let began = std::time::Instant::now();
    let mut interrupts = Interrupts::listen();
    tokio::spawn(async move {
        tokio::select! {
            () = interrupts.next() => {}
            () = over(after) => {}
        }
        if after.is_none_or(|after| after > began.elapsed()) {
            term::say_line(&format!("stopping after this {unit}; Ctrl-C again stops at once"));
        }
        let _ = sender.send(true);
        interrupts.next().await;
        std::process::exit(130);
    });
    receiver
}

/// The same signal, or the end of this time.
pub(super) fn or_after(mut stop: watch::Receiver<bool>, after: Duration) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(*stop.borrow());
    tokio::spawn(async move {
        tokio::select! {
            Ok(_) = stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(after) => {}
        }
        // Nobody may be left to be told.
        let _ = sender.send(true);
    });
    receiver
}

async fn over(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after).await,
        None => std::future::pending().await,
    }
}
