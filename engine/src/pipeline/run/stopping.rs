//! How a run ends when it is asked to.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::Fault;
use crate::pipeline::plan::Plan;

/// How often is looked whether the batch at hand can end at all.
const LOOK: Duration = Duration::from_millis(50);
/// How long a batch may still take once the run shall end.
const GRACE: Duration = Duration::from_secs(30);

/// Half a batch is no batch.
pub(super) fn stopped_early() -> Fault {
    Fault::usage("stopped before the batch was complete; nothing of it was written")
}

/// A stream finishes the batch at hand when it shall end; unless that takes too long, since a broker or a store is away, or it waits
/// for a module to be mended.
pub(super) async fn overdue(stop: &mut watch::Receiver<bool>, plan: &Plan, batch: u64) -> Fault {
    wanted(stop).await;
    let until = tokio::time::Instant::now() + GRACE;
    while tokio::time::Instant::now() < until {
        let held = plan
            .guests
            .iter()
            .find_map(|guest| Some((guest.live.name(), guest.live.held()?)));
        if let Some((name, reason)) = held {
            return Fault::guest(format!(
                "stopped in the middle of batch {batch}, which waited for guest `{name}` to be mended"
            ))
            .because(reason)
            .hint("nothing of the batch was written; the next run begins with it");
        }
        tokio::time::sleep(LOOK).await;
    }
    stopped_in(batch)
}

fn stopped_in(batch: u64) -> Fault {
    let seconds = GRACE.as_secs();
    Fault::unavailable(format!(
        "stopped in the middle of batch {batch}, which was not done after another {seconds} seconds"
    ))
    .hint("is the broker or the store away? what was not complete is thrown away")
}

/// Waits until the run should have ended: for ever if it need not.
pub(super) async fn late(stop: &mut watch::Receiver<bool>) {
    wanted(stop).await;
    tokio::time::sleep(GRACE).await;
}

/// Waits until the run shall end: for ever if nobody can say so any more.
pub(super) async fn wanted(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
