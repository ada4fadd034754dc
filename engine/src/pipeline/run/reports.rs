//! What is kept, told now and then: to look at a million groups after every batch of ten records would cost more than the batch.

use std::time::{Duration, Instant};

use crate::pipeline::batch_run::BatchOutcome;
use crate::pipeline::plan::{Mode, Plan};
use crate::pipeline::report::{SourceReport, StateReport};

use super::{Planned, Run};

/// Between two reports.
const PAUSE: Duration = Duration::from_millis(500);

/// What a report has besides what tables keep.
pub(super) struct Reports {
    report: StateReport,
    /// When the last one was given.
    given: Option<Instant>,
    /// Whether a batch has ended since.
    is_due: bool,
}

impl Reports {
    pub(super) fn new(plan: &Plan) -> Self {
        let sources = plan.sources_named().map(|name| SourceReport {
            name: name.to_owned(),
            ..SourceReport::default()
        });
        Self {
            report: StateReport {
                pipeline: plan.name.clone(),
                process_id: std::process::id(),
                sources: sources.collect(),
                limit_bytes: Some(plan.state_limit as u64),
                ..StateReport::default()
            },
            given: None,
            is_due: false,
        }
    }
}

impl Run<'_> {
    /// A batch ended: a report is due.
    pub(super) fn ended(&mut self, batch: u64, planned: &Planned, outcome: &BatchOutcome) {
        if self.plan.mode == Mode::Batch {
            return;
        }
        let now_ms = self.options.clock.now_ms();
        let report = &mut self.reports.report;
        report.run_id = Some(self.id.clone());
        report.batch = Some(batch);
        report.batch_ended_ms = Some(now_ms);
        report.records += outcome.records.iter().sum::<u64>();
        report.rows_out += outcome.rows_out.iter().sum::<u64>();
        for (at, source) in report.sources.iter_mut().enumerate() {
            source.records += outcome.records.get(at).copied().unwrap_or_default();
            source.waiting = planned.waiting_behind(at);
        }
        self.reports.is_due = true;
        self.report_if_due();
    }

    /// Tells what is kept, if anything has changed and the last time is a while ago.
    pub(super) fn report_if_due(&mut self) {
        let is_soon = self.reports.given.is_some_and(|given| given.elapsed() < PAUSE);
        if !self.reports.is_due || is_soon {
            return;
        }
        self.report();
    }

    /// Tells what is kept.
    pub(super) fn report(&mut self) {
        if self.reports.report.batch.is_none() {
            return;
        }
        self.reports.report.started_ms = self.started_ms;
        self.reports.report.tables = self.states.report();
        self.options.observer.state(&self.reports.report);
        self.reports.given = Some(Instant::now());
        self.reports.is_due = false;
    }
}
