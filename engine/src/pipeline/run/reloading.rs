//! Between two batches, another version of a module takes over.

use std::sync::Arc;
use std::time::Instant;

use crate::batch::Offsets;
use crate::error::{Fault, Result};
use crate::pipeline::batch_run::workers;
use crate::pipeline::plan::Plan;
use crate::pipeline::reload::{Candidate, Change, ModuleName, Request, Taken, migrate};
use crate::pipeline::states::States;

use super::Run;

impl Run<'_> {
    /// Takes whatever waits to be taken.
    pub(super) async fn take_waiting(&mut self) -> Result<()> {
        while let Some(request) = self.swaps.try_next() {
            self.take(request).await?;
        }
        Ok(())
    }

    /// Takes a version, and answers whoever asked. That it can't be taken is no error of the run; a sink that fails is.
    pub(super) async fn take(&mut self, request: Request) -> Result<()> {
        if request.answer.is_closed() {
            return Ok(());
        }
        let began = Instant::now();
        let since_ms = self.options.clock.now_ms();
        let since = match request.change.plan {
            None => self.exchange(&request.change, since_ms),
            Some(_) => match self.replan(request.change, since_ms).await? {
                Ok(since) => Ok(since),
                Err(fault) => Err(fault),
            },
        };
        let taken = since.map(|since| Taken {
            since_ms,
            since,
            pause: began.elapsed(),
        });
        // Whoever asked may have gone meanwhile.
        let _ = request.answer.send(taken);
        Ok(())
    }

    /// One that is like the one before takes its place, and nothing else changes.
    fn exchange(&self, change: &Change, since_ms: i64) -> Result<Offsets> {
        match (&change.name, &change.next) {
            (ModuleName::Guest(name), Candidate::Guest(next)) => {
                let guest = self.plan.guests.iter().find(|guest| guest.live.name() == name);
                let guest = guest.ok_or_else(|| gone(&change.name))?;
                let since = self.position_of(guest.source);
                guest.live.put(Arc::clone(next), since_ms, since.clone());
                Ok(since)
            }
            (ModuleName::Aggregate(name), Candidate::Aggregate(next)) => {
                let called = name.to_lowercase();
                let aggregate = self.plan.aggregates.iter().find(|aggregate| aggregate.name() == called);
                aggregate.ok_or_else(|| gone(&change.name))?.swap(next);
                Ok(Offsets::new())
            }
            _ => Err(gone(&change.name)),
        }
    }

    /// Goes on by another plan, with what the tables keep. The inner result is whether it could; if not, nothing has changed.
    async fn replan(&mut self, change: Change, since_ms: i64) -> Result<Result<Offsets>> {
        let Some(mut plan) = change.plan else {
            return Ok(Err(gone(&change.name)));
        };
        let states = match self.moved(&plan) {
            Ok(states) => states,
            Err(fault) => return Ok(Err(fault)),
        };
        let reopened = match self
            .sinks
            .open_changed(&plan.sinks, self.options.output, &self.context)
            .await
        {
            Ok(reopened) => reopened,
            Err(fault) => return Ok(Err(fault)),
        };
        // What the sinks before have of rows is committed before they end, with the plan that made them.
        self.checkpoint(true).await?;
        // From here on there is no way back.
        self.sinks.put(reopened).await?;
        if let Some(checkpointing) = self.checkpointing.as_deref_mut() {
            checkpointing.begin_anew();
        }
        let mut since = Offsets::new();
        for guest in &mut plan.guests {
            // The place stays, with its versions; what is in it may be another one.
            if let Some(old) = self.plan.guests.iter().find(|old| old.live.name() == guest.live.name()) {
                guest.live = Arc::clone(&old.live);
            }
            if let (ModuleName::Guest(name), Candidate::Guest(next)) = (&change.name, &change.next)
                && name == guest.live.name()
            {
                since = self.position_of(guest.source);
                guest.live.put(Arc::clone(next), since_ms, since.clone());
            }
        }
        plan.last.clone_from(&self.plan.last);
        self.states = states;
        self.plan = Arc::new(*plan);
        Ok(Ok(since))
    }

    /// What the tables keep, for another plan.
    fn moved(&self, plan: &Plan) -> Result<States> {
        if plan.source_names != self.plan.source_names {
            return Err(Fault::guest("with it the pipeline would read other sources")
                .hint("stop the pipeline and start it again"));
        }
        let mut saved = self.save()?;
        migrate(&mut saved, plan)?;
        let mut states = States::new(plan, workers())?;
        states.resume(&saved.tables)?;
        states.resume_missing(&saved.missing);
        states.count_on(&self.states);
        if self.checkpointing.is_some() {
            states.track();
        }
        Ok(states)
    }

    fn position_of(&self, source: usize) -> Offsets {
        self.inputs
            .get(source)
            .map(|input| input.position.clone())
            .unwrap_or_default()
    }
}

fn gone(name: &ModuleName) -> Fault {
    Fault::internal(format!("`{}` is not part of the pipeline", name.key()))
}
