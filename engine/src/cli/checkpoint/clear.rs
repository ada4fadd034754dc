//! `wasmill checkpoint clear`: the next run begins anew.

use serde_json::json;

use crate::error::Result;
use crate::pipeline::Clearing;

use super::super::args::{CheckpointFormat, ClearArgs};
use super::super::{Failure, term};
use super::text::{heading, shown};

pub(super) async fn clear(args: ClearArgs) -> Result<(), Failure> {
    let keeper = super::keeper(args.pipeline, args.place)?;
    let survey = keeper.survey().await?;
    let clearing = keeper.clearing(&survey);
    if clearing.checkpoints == 0 && survey.chain().is_ok_and(|(_, gone)| gone.is_none()) {
        term::say_line("there is no checkpoint to go on from: nothing is to be done");
        return Ok(());
    }
    term::say(&(heading(&survey) + &told(&clearing)));
    if !super::confirm(args.yes)? {
        return Ok(());
    }
    let cleared = keeper.clear().await?;
    match args.output {
        CheckpointFormat::Table => term::print(&format!(
            "removed {} and {}: the next run begins anew\n",
            term::count(cleared.checkpoints, "checkpoint"),
            term::count(cleared.objects, "object"),
        ))?,
        CheckpointFormat::Json => {
            let done = json!({ "checkpoints": cleared.checkpoints, "objects": cleared.objects });
            term::print_json(&done.to_string())?;
        }
    }
    Ok(())
}

/// What would be done.
fn told(clearing: &Clearing) -> String {
    let Clearing {
        checkpoints,
        rows,
        groups,
        folders,
    } = clearing;
    let mut out = format!("{} to be removed", term::count(*checkpoints, "checkpoint"));
    if *groups > 0 {
        out.push_str(&format!(", with {}", term::count(*groups, "group")));
    }
    out.push('\n');
    if *rows > 0 {
        out.push_str(&format!("up to {} in no file yet, and never will be\n", are(*rows)));
    }
    for folder in folders {
        out.push_str(&format!("the files in `{}` stay\n", shown(folder)));
    }
    out.push_str(
        "records are read again from where `starting_offsets` says, and their rows are written a second time\n",
    );
    out
}

fn are(rows: u64) -> String {
    match rows {
        1 => "1 row is".to_owned(),
        more => format!("{more} rows are"),
    }
}
