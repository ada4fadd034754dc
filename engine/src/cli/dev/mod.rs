//! `wasmill dev`: a transform while it is written. Its rows on sample records, again whenever it is saved, with what changed marked;
//! and, where there is a broker, the stream that goes on meanwhile.

mod live;
mod sample;
mod samples_only;
mod text;

use std::sync::Arc;
use std::time::Duration;

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
    while !*stop.borrow() {
        let pipeline = project.pipeline(args.overrides.clone())?.on_screen();
        let stream = match args.samples {
            true => None,
            false => last_of_topics(&pipeline, args.records, &resources, &teller).await,
        };
        let sample = |records: Option<_>| match records {
            Some(records) => Ok(Sample::of(Origin::Topics(args.records), records)),
            None => Sample::of_files(&project, &pipeline),
        };
        let ended = match stream {
            // A batch has no stream to go on: its tables may sort and join.
            Some(records) if pipeline.mode(false) == Mode::Stream => {
                let sample = match records.values().flatten().all(|records| records.is_empty()) {
                    true => sample(None).ok(),
                    false => Some(sample(Some(records))?),
                };
                live::run(&project, pipeline, sample, resources.clone(), &teller, stop.clone()).await?
            }
            records => {
                let records = records.filter(|records| !records.values().flatten().all(|records| records.is_empty()));
                let sample = sample(records)?;
                samples_only::run(&project, &pipeline, sample, &resources, &teller, stop.clone()).await?
            }
        };
        match ended {
            Ended::Stopped => break,
            Ended::PipelineChanged => teller.say("\nthe pipeline file has changed: beginning again"),
        }
    }
    Ok(())
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

/// The modules' files and crates, then the pipeline's file: changes are told by their position.
pub(super) fn watch(project: &Project, pipeline: &Pipeline) -> Result<(Watch, usize)> {
    let mut paths = pipeline.module_paths();
    let modules = paths.len();
    paths.extend(project.pipeline_file());
    Ok((Watch::new(paths)?, modules))
}

/// Waits until a module or the pipeline's file changes, after what is wrong with them was told. False if the user wants to stop.
pub(super) async fn mended(
    project: &Project,
    pipeline: &Pipeline,
    teller: &Teller,
    stop: &mut tokio::sync::watch::Receiver<bool>,
) -> Result<bool> {
    let (mut watch, _) = watch(project, pipeline)?;
    teller.say("waiting for a change");
    tokio::select! {
        _ = watch.next() => Ok(true),
        stopped = stop.wait_for(|stop| *stop) => {
            drop(stopped);
            Ok(false)
        }
    }
}

/// Tells why a pipeline can't be planned.
pub(super) fn tell(failure: &Failure) {
    match failure {
        Failure::Fault(fault) => term::say(&fault.report()),
        Failure::Invalid(invalid) => term::say(&invalid.report(term::colour())),
        Failure::Told => {}
    }
}
