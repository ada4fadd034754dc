//! A run between two batches: it waits for time to go by, for records, for a broker, and hears meanwhile of what else is wanted.

use std::time::Duration;

use crate::batch::Offsets;
use crate::error::Result;
use crate::pipeline::input::Input;

use super::stopping::wanted;
use super::{Run, TICK};

/// Waits until then; for ever, if there is no such time.
async fn at(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn latest_of(inputs: &mut [Input]) -> Result<Vec<Offsets>> {
    let mut latest = Vec::with_capacity(inputs.len());
    for input in inputs {
        latest.push(input.latest().await?);
    }
    Ok(latest)
}

impl Run<'_> {
    /// Waits, telling the sinks that time goes by. False if the run shall end.
    pub(super) async fn pause(&mut self, wait: Duration) -> Result<bool> {
        let until = tokio::time::Instant::now() + wait;
        let mut stop = self.options.stop.clone();
        loop {
            let now = tokio::time::Instant::now();
            if now >= until {
                return Ok(!self.stopped());
            }
            let due = self.checkpoint_due().map_or(until, |due| due.max(now));
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(until.min(now + TICK).min(due)) => {
                    self.tick().await?;
                    self.report_if_due();
                }
                request = self.swaps.next() => self.take(request).await?,
                () = wanted(&mut stop) => return Ok(false),
            }
        }
    }

    /// Waits until a source has records, or a while.
    pub(super) async fn wait_for_records(&mut self) -> Result<()> {
        let mut stop = self.options.stop.clone();
        let due = self.checkpoint_due();
        let waits = self
            .inputs
            .iter_mut()
            .filter(|input| input.is_endless())
            .map(|input| Box::pin(input.wait()));
        // A version is taken at the beginning of the next batch.
        let request = tokio::select! {
            biased;
            (waited, _, _) = futures::future::select_all(waits) => { waited?; None }
            request = self.swaps.next() => Some(request),
            () = at(due) => None,
            () = wanted(&mut stop) => None,
        };
        if let Some(request) = request {
            self.take(request).await?;
        }
        self.report_if_due();
        self.tick().await
    }

    /// Time went by.
    pub(super) async fn tick(&mut self) -> Result<()> {
        self.sinks.tick().await?;
        self.checkpoint_if_due().await
    }

    /// Where the sources end now; none if the run shall end before a broker that is away says so. A version that is to take over does not
    /// wait for the broker: the question is asked again.
    pub(super) async fn latest_unless_stopped(&mut self) -> Result<Option<Vec<Offsets>>> {
        let mut stop = self.options.stop.clone();
        loop {
            let due = self.checkpoint_due();
            let request = {
                let mut latest = std::pin::pin!(latest_of(&mut self.inputs));
                loop {
                    tokio::select! {
                        biased;
                        latest = &mut latest => return latest.map(Some),
                        () = wanted(&mut stop) => return Ok(None),
                        request = self.swaps.next() => break Some(request),
                        // Files become visible in time, whether the broker is there or not.
                        () = at(due) => break None,
                        () = tokio::time::sleep(TICK) => self.sinks.tick().await?,
                    }
                }
            };
            match request {
                Some(request) => self.take(request).await?,
                None => self.checkpoint_if_due().await?,
            }
        }
    }
}
