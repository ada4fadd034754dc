//! Ctrl-C: the first one asks for a clean end, a second one ends at once.

use std::time::Duration;

use tokio::sync::watch;

use super::term;

/// Waits for Ctrl-C.
pub(super) async fn wanted() {
    if !interrupted().await {
        std::future::pending::<()>().await;
    }
}

/// A signal that turns true when the run shall end: the user wants it to, or its time is over. What is at hand, a `unit`,
/// is still finished.
pub(super) fn on_ctrl_c(after: Option<Duration>, unit: &'static str) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    let began = std::time::Instant::now();
    tokio::spawn(async move {
        let wanted = tokio::select! {
            interrupted = interrupted() => interrupted,
            () = over(after) => true,
        };
        if !wanted {
            return;
        }
        if after.is_none_or(|after| after > began.elapsed()) {
            term::say_line(&format!("stopping after this {unit}; Ctrl-C again stops at once"));
        }
        let _ = sender.send(true);
        if interrupted().await {
            std::process::exit(130);
        }
    });
    receiver
}

async fn over(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after).await,
        None => std::future::pending().await,
    }
}

/// Waits for Ctrl-C, or for the polite end that a supervisor asks for. False where signals can't be had.
async fn interrupted() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            ctrl_c = tokio::signal::ctrl_c() => ctrl_c.is_ok(),
            _ = terminate.recv() => true,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}
