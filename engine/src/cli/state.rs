//! `wasmill state`: what a running pipeline keeps and waits for.

use serde_json::json;

use crate::error::Result;
use crate::monitor::Running;
use crate::pipeline::StateReport;

use super::args::{StateArgs, StateFormat};
use super::chosen::{Chosen, choose, unreadable};
use super::state_text::{list, text};
use super::{Failure, term};

pub(super) async fn state(args: StateArgs) -> Result<(), Failure> {
    let run = match choose(&args.running).await? {
        Chosen::One(run) => run,
        Chosen::Several(several) => return Ok(print_list(&several, args.output)?),
    };
    let json = run.state().await?;
    match args.output {
        StateFormat::Json => term::print_json(&String::from_utf8_lossy(&json))?,
        StateFormat::Table => {
            let report: StateReport =
                serde_json::from_slice(&json).map_err(|error| unreadable(&run, "the state", error))?;
            term::print(&text(&report)?)?;
        }
    }
    Ok(())
}

fn print_list(running: &[Running], format: StateFormat) -> Result<()> {
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
