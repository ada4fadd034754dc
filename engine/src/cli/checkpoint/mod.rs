//! `wasmill checkpoint`: what the next run goes on from, looked at and changed while none runs.

mod clear;
mod list;
mod orphans;
mod rewind;
mod show;
mod text;

use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use crate::clock::SystemClock;
use crate::error::{Fault, Result};
use crate::pipeline::{CheckpointPlace, Keeper, Pipeline};
use crate::sink::Stores;

use super::args::{CheckpointAction, CheckpointArgs, PlaceArgs};
use super::{Failure, term};

pub(super) async fn checkpoint(args: CheckpointArgs) -> Result<(), Failure> {
    match args.action {
        CheckpointAction::List(args) => list::list(args).await,
        CheckpointAction::Show(args) => show::show(args).await,
        CheckpointAction::Rewind(args) => rewind::rewind(args).await,
        CheckpointAction::Clear(args) => clear::clear(args).await,
        CheckpointAction::Orphans(args) => orphans::orphans(args).await,
    }
}

/// Who handles the checkpoint that is meant.
fn keeper(pipeline: Option<String>, place: PlaceArgs) -> Result<Keeper, Failure> {
    let place = match (place.url, pipeline) {
        (Some(url), _) => CheckpointPlace {
            url,
            pipeline: None,
            folders: Vec::new(),
        },
        (None, Some(file)) => {
            let pipeline = Pipeline::read(Path::new(&file), place.overrides)?;
            pipeline.checkpoint()?.ok_or_else(|| {
                Fault::usage("the pipeline keeps no checkpoint")
                    .at(format!("`{file}`"))
                    .hint("`checkpoint = false` says so; without it the checkpoint is beside the pipeline file")
            })?
        }
        (None, None) => {
            return Err(Fault::usage("which checkpoint is meant is missing")
                .hint("name a pipeline file, or the checkpoint's folder by `--url`")
                .into());
        }
    };
    let notify = Arc::new(|text: &str| term::say_line(text));
    Ok(Keeper::new(
        place,
        Stores::of_environment(),
        Arc::new(SystemClock),
        notify,
    ))
}

/// With `--url` there is no pipeline file: what stands in its place is the number.
fn keeper_and_number(
    first: Option<String>,
    second: Option<String>,
    place: PlaceArgs,
) -> Result<(Keeper, Option<u64>), Failure> {
    let (pipeline, number) = match (&place.url, second) {
        (Some(_), Some(_)) => {
            return Err(Fault::usage("a pipeline file and `--url` name two checkpoints")
                .hint("give one of them")
                .into());
        }
        (Some(_), None) => (None, first),
        (None, second) => (first, second),
    };
    let parse = |text: String| {
        text.parse().map_err(|_| {
            Fault::usage(format!("`{text}` is no number of a checkpoint"))
                .hint("`wasmill checkpoint list` has the numbers")
        })
    };
    let number = number.map(parse).transpose()?;
    Ok((keeper(pipeline, place)?, number))
}

/// Whether to do what was told, which can't be undone.
///
/// # Errors
/// Nobody is there to be asked.
fn confirm(yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !(std::io::stdin().is_terminal() && term::is_terminal()) {
        return Err(
            Fault::usage("nothing was done: it can't be undone, and nobody can be asked").hint("`--yes` does it"),
        );
    }
    term::say("go on? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Fault::machine("can't read the answer").because(error))?;
    let is_yes = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        term::say_line("nothing was done");
    }
    Ok(is_yes)
}
