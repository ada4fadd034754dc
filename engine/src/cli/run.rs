//! `wasmill run`: a pipeline until Ctrl-C, or once.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::{Clock, SystemClock};
use crate::monitor::{Monitor, RunName};
use crate::pipeline::{
    self, CheckpointSpec, Mode, Observer, Output, Plan, Reload, ReloadControl, RunOptions, SourceReport, StateReport,
    Summary,
};

use super::args::{OutputFormat, RunArgs};
use super::control::RunControl;
use super::explain::Explainer;
use super::open::{self, Planned, Teller};
use super::{Failure, stop, term};

pub(super) async fn run(args: RunArgs) -> Result<(), Failure> {
    let teller = Teller::new(args.progress);
    let file = args.pipeline.pipeline.clone();
    let Planned {
        pipeline,
        mut plan,
        mut resources,
    } = open::plan(args.pipeline, args.once, &teller).await?;
    let stop = stop::on_ctrl_c(args.stop_after, "batch");
    let output = match args.output {
        OutputFormat::Table => Output::Table,
        OutputFormat::Json => Output::Json,
    };
    let is_stream = plan.mode == Mode::Stream;
    if args.why && !is_stream {
        teller.say("`--why` is for streams: this is a batch, whose rows come when all is read");
    }
    if args.watch && !is_stream {
        teller.say("`--watch` is for streams: this is a batch, which reads its modules once");
    }
    let explainer = Explainer::new(Arc::clone(&teller), args.why);
    // A task of its own: a batch that computes for long does not keep it.
    let time = tokio::spawn(Arc::clone(&explainer).keep_time());
    resources.observer = explainer.clone();
    let mut reloading = JoinSet::new();
    let reload = match is_stream {
        true => {
            let (reload, control, reloader) = pipeline::reload(pipeline, &mut plan, resources, args.watch)?;
            if !args.no_monitor
                && let Some(monitor) = monitor(&plan, &file, &reload, control, &teller).await
            {
                explainer.listen(monitor);
            }
            reloading.spawn(reloader.run());
            Some(reload)
        }
        false => None,
    };
    let checkpoint = plan.checkpoint.clone();
    let ran = run_plan_heard(plan, output, stop, explainer.clone(), reload, checkpoint, &teller).await;
    reloading.abort_all();
    time.abort();
    explainer.finish();
    let summary = ran?;
    for (name, wrote) in summary.sinks.iter().filter(|(_, wrote)| wrote.files > 0) {
        teller.say(&format!(
            "sink `{name}`: {} in {}, {} bytes",
            term::count(wrote.rows, "row"),
            term::count(wrote.files, "file"),
            wrote.bytes
        ));
    }
    for (name, wrote) in summary.sinks.iter().filter(|(_, wrote)| wrote.records > 0) {
        teller.say(&format!(
            "sink `{name}`: {} delivered",
            term::count(wrote.records, "record")
        ));
    }
    Ok(())
}

/// Runs a plan with this process's clock.
pub(super) async fn run_plan(
    plan: Plan,
    output: Output,
    stop: watch::Receiver<bool>,
    teller: &Arc<Teller>,
) -> Result<Summary, Failure> {
    run_plan_heard(plan, output, stop, teller.clone(), None, None, teller).await
}

/// The same with somebody else to hear of the run, modules that change, and a checkpoint, where these are wanted.
pub(super) async fn run_plan_heard(
    plan: Plan,
    output: Output,
    stop: watch::Receiver<bool>,
    observer: Arc<dyn Observer>,
    reload: Option<Reload>,
    checkpoint: Option<CheckpointSpec>,
    teller: &Teller,
) -> Result<Summary, Failure> {
    let options = RunOptions {
        output,
        reload,
        checkpoint,
        ..RunOptions::new(stop, observer)
    };
    let summary = pipeline::run(plan, options).await;
    teller.clear();
    Ok(summary?)
}

/// Lets `wasmill state` and its like find the run. That they can't is no reason not to run.
async fn monitor(
    plan: &Plan,
    file: &Path,
    reload: &Reload,
    control: ReloadControl,
    teller: &Teller,
) -> Option<Monitor> {
    let started_ms = SystemClock.now_ms();
    let sources = plan.sources.iter().map(|source| SourceReport {
        name: source.name.clone(),
        ..SourceReport::default()
    });
    let nothing_yet = StateReport {
        pipeline: plan.name.clone(),
        process_id: std::process::id(),
        started_ms,
        sources: sources.collect(),
        ..StateReport::default()
    };
    let run = RunName {
        pipeline: plan.name.clone(),
        file: file.canonicalize().unwrap_or_else(|_| file.to_owned()),
        started_ms,
    };
    let control = RunControl {
        pipeline: plan.name.clone(),
        started_ms,
        modules: reload.modules.clone(),
        reload: control,
        book: Arc::clone(teller.book()),
    };
    match Monitor::start(run, Arc::new(nothing_yet), Arc::new(control)).await {
        Ok(monitor) => Some(monitor),
        Err(fault) => {
            teller.say(&format!("{fault}; `wasmill state` does not find this run"));
            None
        }
    }
}
