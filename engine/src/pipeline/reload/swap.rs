//! Between two batches, another version takes over.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::batch::Offsets;
use crate::error::{Fault, Result};
use crate::pipeline::plan::Plan;

use super::candidate::Candidate;
use super::modules::ModuleName;

/// A version that is to take over.
pub(in crate::pipeline) struct Change {
    pub(in crate::pipeline) name: ModuleName,
    pub(in crate::pipeline) next: Candidate,
    /// The pipeline planned with it, if it is not like the one before.
    pub(in crate::pipeline) plan: Option<Box<Plan>>,
}

/// Asks the run to take it.
pub(in crate::pipeline) struct Request {
    pub(in crate::pipeline) change: Change,
    pub(in crate::pipeline) answer: oneshot::Sender<Result<Taken>>,
}

/// It was taken.
#[derive(Debug)]
pub(in crate::pipeline) struct Taken {
    /// When, in milliseconds since the epoch.
    pub(in crate::pipeline) since_ms: i64,
    /// The first offset of each partition that it gets; none for an aggregate.
    pub(in crate::pipeline) since: Offsets,
    /// How long the stream stood still for it.
    pub(in crate::pipeline) pause: Duration,
}

/// Those who ask the run for a change.
#[derive(Clone)]
pub(super) struct Asking(mpsc::Sender<Request>);

/// The run's end of it.
pub(in crate::pipeline) struct Swaps(Option<mpsc::Receiver<Request>>);

/// Both ends.
pub(super) fn channel() -> (Asking, Swaps) {
    let (send, receive) = mpsc::channel(1);
    (Asking(send), Swaps(Some(receive)))
}

impl Asking {
    /// Asks, and waits until the run has come to the end of a batch.
    pub(super) async fn ask(&self, change: Change) -> Result<Taken> {
        let ended = || Fault::usage("the run has ended");
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Request { change, answer }).await;
        sent.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Swaps {
    /// Nobody asks.
    pub(in crate::pipeline) fn none() -> Self {
        Self(None)
    }

    /// The next one that waits, if there is one.
    pub(in crate::pipeline) fn try_next(&mut self) -> Option<Request> {
        self.0.as_mut()?.try_recv().ok()
    }

    /// The next one; for ever, if nobody asks any more.
    pub(in crate::pipeline) async fn next(&mut self) -> Request {
        let request = match &mut self.0 {
            Some(requests) => requests.recv().await,
            None => None,
        };
        match request {
            Some(request) => request,
            None => std::future::pending().await,
        }
    }
}
