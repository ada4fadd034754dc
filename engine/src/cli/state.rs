//! `wasmill state`: what a running pipeline keeps and waits for.

use std::path::Path;

use serde_json::json;

use crate::error::{Fault, Result};
use crate::monitor::{self, Running};
use crate::pipeline::StateReport;

use super::args::{StateArgs, StateFormat};
use super::state_text::{list, text};
use super::{Failure, term};

pub(super) async fn state(args: StateArgs) -> Result<(), Failure> {
    let running = monitor::running().await;
    let chosen: Vec<&Running> = running.iter().filter(|run| is_meant(run, &args)).collect();
    let run = match chosen.as_slice() {
        [run] => *run,
        [] => return Err(nothing_found(&args, &running).into()),
        several if args.pipeline.is_none() => return Ok(print_list(several, args.output)?),
        several => return Err(several_found(&args, several).into()),
    };
    let json = run.state().await?;
    match args.output {
        StateFormat::Json => term::print_json(&String::from_utf8_lossy(&json))?,
        StateFormat::Table => {
            let report: StateReport = serde_json::from_slice(&json).map_err(|error| {
                let (name, process) = (run.pipeline(), run.process_id());
                Fault::usage(format!("can't read the state of `{name}` (process {process})"))
                    .because(error)
                    .hint("is it another version of wasmill? `--output json` prints what it says")
            })?;
            term::print(&text(&report)?)?;
        }
    }
    Ok(())
}

fn is_meant(run: &Running, args: &StateArgs) -> bool {
    let is_named = args.pipeline.as_deref().is_none_or(|pipeline| {
        let is_file = Path::new(pipeline).canonicalize().is_ok_and(|file| file == run.file());
        pipeline == run.pipeline() || is_file
    });
    is_named && args.pid.is_none_or(|pid| pid == run.process_id())
}

fn nothing_found(args: &StateArgs, running: &[Running]) -> Fault {
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

fn several_found(args: &StateArgs, several: &[&Running]) -> Fault {
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

fn print_list(running: &[&Running], format: StateFormat) -> Result<()> {
    match format {
        StateFormat::Json => {
            let runs = running.iter().map(|run| {
                json!({
                    "pipeline": run.pipeline(),
                    "file": run.file(),
                    "processId": run.process_id(),
                    "startedMs": run.started_ms(),
                })
            });
            term::print_json(&serde_json::Value::from_iter(runs).to_string())
        }
        StateFormat::Table => {
            term::print(&list(running)?)?;
            term::say_line("several pipelines are running: name one to see what it keeps");
            Ok(())
        }
    }
}
