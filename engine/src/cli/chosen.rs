//! Which of the pipelines that run is meant: by its file, its name or its process, or the only one.

use std::path::Path;

use crate::error::{Fault, Result};
use crate::monitor::{self, Running};

use super::args::RunningArgs;

/// What arguments chose.
pub(super) enum Chosen {
    /// This one.
    One(Running),
    /// Nothing was said, and several run.
    Several(Vec<Running>),
}

/// The pipelines that are meant.
pub(super) async fn choose(args: &RunningArgs) -> Result<Chosen> {
    let running = monitor::running().await;
    let mut meant: Vec<Running> = running.iter().filter(|run| is_meant(run, args)).cloned().collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(run), true) => Ok(Chosen::One(run)),
        (None, _) => Err(nothing_found(args, &running)),
        (Some(last), false) => {
            meant.push(last);
            match args.pipeline {
                None => Ok(Chosen::Several(meant)),
                Some(_) => Err(several_found(args, &meant)),
            }
        }
    }
}

/// The pipeline that is meant, where there has to be one.
pub(super) async fn the_one(args: &RunningArgs) -> Result<Running> {
    match choose(args).await? {
        Chosen::One(run) => Ok(run),
        Chosen::Several(several) => {
            let names: Vec<String> = several.iter().map(name).collect();
            Err(Fault::usage(format!("{} pipelines are running", several.len()))
                .hint(format!("name one, or give its `--pid`: {}", names.join(", "))))
        }
    }
}

/// What a run says that can't be read.
pub(super) fn unreadable(run: &Running, what: &str, error: serde_json::Error) -> Fault {
    Fault::usage(format!("can't read {what} of {}", name(run)))
        .because(error)
        .hint("is it another version of wasmill? `--output json` prints what it says")
}

fn is_meant(run: &Running, args: &RunningArgs) -> bool {
    let is_named = args.pipeline.as_deref().is_none_or(|pipeline| {
        let is_file = Path::new(pipeline).canonicalize().is_ok_and(|file| file == run.file());
        pipeline == run.pipeline() || is_file
    });
    is_named && args.pid.is_none_or(|pid| pid == run.process_id())
}

fn nothing_found(args: &RunningArgs, running: &[Running]) -> Fault {
    let what = match (&args.pipeline, args.pid) {
        (Some(pipeline), Some(pid)) => format!("`{pipeline}` is not running in process {pid}"),
        (Some(pipeline), None) => format!("`{pipeline}` is not running"),
        (None, Some(pid)) => format!("no pipeline is running in process {pid}"),
        (None, None) => "no pipeline is running".to_owned(),
    };
    let names: Vec<String> = running.iter().map(name).collect();
    Fault::usage(what).hint(match names.len() {
        0 => {
            "`wasmill run PIPELINE.toml` starts one; a batch, and a run with `--no-monitor`, can't be asked".to_owned()
        }
        1 => format!("what is running is {}", names.join(", ")),
        _ => format!("what is running are {}", names.join(", ")),
    })
}

fn several_found(args: &RunningArgs, several: &[Running]) -> Fault {
    let pipeline = args.pipeline.as_deref().unwrap_or_default();
    let options: Vec<String> = several
        .iter()
        .map(|run| format!("`--pid {}`", run.process_id()))
        .collect();
    Fault::usage(format!("`{pipeline}` is running in {} processes", several.len()))
        .hint(format!("choose one: {}", options.join(" or ")))
}

fn name(run: &Running) -> String {
    format!("`{}` (process {})", run.pipeline(), run.process_id())
}
