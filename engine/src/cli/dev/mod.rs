//! `wasmill dev`: a transform while it is written. Its rows on sample records, again whenever it is saved, with what changed marked;
//! and, where there is a broker, the stream that goes on meanwhile.

mod live;
mod sample;
mod samples_only;
mod text;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::{Fault, Result};
use crate::guest::Watch;
use crate::pipeline::{Mode, Pipeline, Project, Resources};

use super::args::{DevArgs, ProgressFormat};
use super::open::{self, Teller};
use super::{Failure, stop, term};

use sample::{Origin, Sample};

/// How long a broker is given to answer before the samples of the crate are taken.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn dev(args: DevArgs) -> Result<(), Failure> {
    let teller = Teller::new(Some(ProgressFormat::None));
    let stop = stop::on_ctrl_c(args.stop_after, "batch");
    let project = Project::find(&args.project)?;
    let resources = open::resources(&args.kafka, &teller)?;
    let mut has_begun = false;
    while !*stop.borrow() {
        match session(&args, &project, &resources, &teller, stop.clone()).await {
            Ok(Ended::Stopped) => break,
            Ok(Ended::PipelineChanged) => teller.say("\nthe pipeline file has changed: beginning again"),
            // What is wrong from the start ends the command; what becomes wrong can be mended.
            Err(failure) if !has_begun => return Err(failure),
            Err(failure) => {
                tell(&failure);
                let files = project.pipeline_file().into_iter();
                let files = files.chain([project.folder().join("samples.jsonl")]).collect();
                if !changed(Watch::new(files)?, &teller, &mut stop.clone()).await {
                    break;
                }
            }
        }
        has_begun = true;
    }
    Ok(())
}

/// As long as the pipeline's file stays as it is.
async fn session(
    args: &DevArgs,
    project: &Project,
    resources: &Resources,
    teller: &Arc<Teller>,
    stop: watch::Receiver<bool>,
) -> Result<Ended, Failure> {
    let pipeline = project.pipeline(args.overrides.clone())?.on_screen();
    let last = match args.samples {
        true => None,
        false => last_of_topics(&pipeline, args.records, resources, teller).await,
    };
    let is_there = |records: &Records| !records.values().flatten().all(|records| records.is_empty());
    let has_broker = last.is_some();
    let sample = match last.filter(is_there) {
        Some(records) => Ok(Sample::of(Origin::Topics(args.records), records)),
        None => Sample::of_files(project, &pipeline),
    };
    // A batch has no stream to go on: its tables may sort and join.
    if has_broker && pipeline.mode(false) == Mode::Stream {
        // An empty topic and no samples: the stream shows what comes.
        return live::run(project, pipeline, sample.ok(), resources.clone(), teller, stop).await;
    }
    samples_only::run(project, &pipeline, sample?, resources, teller, stop).await
}

/// Why there is nothing more to do with a pipeline.
pub(super) enum Ended {
    /// The user wants to stop.
    Stopped,
    /// Its file is another one.
    PipelineChanged,
}

type Records = std::collections::BTreeMap<String, Vec<crate::batch::Records>>;

/// The last records of the topics, if there are topics, and a broker has them. Why not is said.
async fn last_of_topics(
    pipeline: &Pipeline,
    count: usize,
    resources: &Resources,
    teller: &Arc<Teller>,
) -> Option<Records> {
    if !pipeline.has_topics() {
        return None;
    }
    let fault = match tokio::time::timeout(PATIENCE, pipeline.last_records(count, resources)).await {
        Ok(Ok(records)) => return Some(records),
        Ok(Err(fault)) => fault,
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            Fault::unavailable(format!("the broker has not answered for {seconds} seconds"))
        }
    };
    teller.say(&format!("no stream, only samples: {fault}"));
    if let Some(hint) = fault.advice() {
        teller.say(&format!("hint: {hint}"));
    }
    None
}

/// Waits until one of these changes, after what is wrong with them was told. False if the user wants to stop.
pub(super) async fn changed(mut watch: Watch, teller: &Teller, stop: &mut watch::Receiver<bool>) -> bool {
    teller.say("waiting for a change");
    tokio::select! {
        _ = watch.next() => true,
        stopped = stop.wait_for(|stop| *stop) => {
            drop(stopped);
            false
        }
    }
}

/// Tells why a pipeline can't be planned.
pub(super) fn tell(failure: &Failure) {
    match failure {
        Failure::Fault(fault) => term::say(&fault.report()),
        Failure::Invalid(invalid) => term::say_coloured(&invalid.report(term::colour())),
        Failure::Told => {}
    }
}
