//! `wasmill bench`: what a record costs, against the last run.

mod clock;
mod figures;
mod last;
mod measure;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::error::Fault;
use crate::guest;
use crate::pipeline::{LoadedModules, Observer, Project, Trial, read_records};

use super::args::{BenchArgs, BenchFormat, KafkaArgs};
use super::open::{self, Teller};
use super::{Failure, term};

use figures::Figures;

pub(super) async fn bench(args: BenchArgs) -> Result<(), Failure> {
    let teller = Teller::new(None);
    let project = Project::find(&args.project)?;
    let pipeline = project.pipeline(args.overrides)?;
    let samples = project.samples(&pipeline)?;
    let kept = kept_in(&project, &teller).await?;

    let resources = open::resources(&KafkaArgs::default(), &teller)?;
    let planned = Trial::plan(&pipeline, &pipeline.shown(), &LoadedModules::default(), &resources).await;
    teller.clear();
    let mut trial = planned?;
    let samples = read_records(&samples, trial.sources())?;
    if samples.values().flatten().all(|records| records.is_empty()) {
        return Err(Fault::usage("the files of sample records are empty")
            .at(format!("`{}`", project.name()))
            .into());
    }
    if cfg!(debug_assertions) {
        teller.say("note: this wasmill is a debug build: only fuel, memory and rows mean something");
    }
    let on_round = |round: usize| {
        if term::is_terminal() {
            teller.doing(&format!("round {round} of {}", args.rounds));
        }
    };
    let measured = measure::measure(&mut trial, &samples, args.records, args.rounds, on_round).await;
    teller.clear();
    let now = measured?;

    let before = kept.as_deref().and_then(last::read);
    let last = before.as_ref().filter(|last| now.is_like(last));
    if before.is_some() && last.is_none() {
        teller.say("note: the last run was over other samples, or by another build of wasmill: it is not compared");
    }
    term::print(&match args.output {
        BenchFormat::Text => text::text(&project.name(), &now, last),
        BenchFormat::Json => json(&project.name(), &now, last)?,
    })?;
    match &kept {
        Some(file) => last::keep(file, &now)?,
        None => teller
            .say("note: there is no crate beside the pipeline, so that the next run will have nothing to compare with"),
    }
    Ok(())
}

/// Where the figures are kept: in the target folder of the project's crate, which is built to know it.
async fn kept_in(project: &Project, teller: &Arc<Teller>) -> Result<Option<PathBuf>, Failure> {
    let Some(folder) = project.crate_folder().map(Path::to_owned) else {
        return Ok(None);
    };
    let observer = Arc::clone(teller);
    let built = tokio::task::spawn_blocking(move || guest::build(&folder, |said| observer.building(said)))
        .await
        .map_err(|error| Fault::internal("the build broke off").because(error))??;
    let pipeline = project.pipeline_file();
    let stem = pipeline.as_deref().and_then(Path::file_stem);
    let stem = stem.map_or_else(|| "rows".into(), |stem| stem.to_string_lossy());
    Ok(last::file(&built, &stem))
}

/// `{"project", "now": {"records", "samples", "rounds", "clock", "guests": [{"guest", "module", "ns_per_record": {"median", "low",
/// "high"}, "fuel_per_record", "memory_bytes", "rows_per_record", "errors_per_record"}], "aggregates": [...],
/// "pipeline_ns_per_record": {...}}, "last": the same or null}`, on one line. Times are nanoseconds; `low` and `high` are quartiles.
fn json(project: &str, now: &Figures, last: Option<&Figures>) -> Result<String, Failure> {
    let document = serde_json::to_string(&json!({"project": project, "now": now, "last": last}));
    let document = document.map_err(|error| Fault::internal("the figures can't be written as JSON").because(error))?;
    Ok(document + "\n")
}
