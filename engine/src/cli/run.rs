//! `wasmill run`: a pipeline until Ctrl-C, or once.

use std::sync::Arc;

use tokio::sync::watch;

use crate::pipeline::{self, Output, Plan, RunOptions, Summary};

use super::args::{OutputFormat, RunArgs};
use super::open::{self, Teller};
use super::{Failure, stop, term};

pub(super) async fn run(args: RunArgs) -> Result<(), Failure> {
    let teller = Teller::new(args.progress);
    let plan = open::plan(args.pipeline, args.once, &teller).await?;
    let stop = stop::on_ctrl_c(args.stop_after, "batch");
    let output = match args.output {
        OutputFormat::Table => Output::Table,
        OutputFormat::Json => Output::Json,
    };
    let summary = run_plan(plan, output, stop, &teller).await?;
    for (name, wrote) in summary.sinks.iter().filter(|(_, wrote)| wrote.files > 0) {
        teller.say(&format!(
            "sink `{name}`: {} in {}, {} bytes",
            term::count(wrote.rows, "row"),
            term::count(wrote.files, "file"),
            wrote.bytes
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
    let options = RunOptions {
        output,
        ..RunOptions::new(stop, teller.clone())
    };
    let summary = pipeline::run(plan, options).await;
    teller.clear();
    Ok(summary?)
}
