//! `wasmill checkpoint rewind`: the next run goes on from an older checkpoint.

use serde_json::json;

use crate::error::{Fault, Result};
use crate::pipeline::Rewind;

use super::super::args::{CheckpointFormat, RewindArgs};
use super::super::{Failure, term};
use super::text::shown;

/// So many files are named.
const NAMED: usize = 20;

pub(super) async fn rewind(args: RewindArgs) -> Result<(), Failure> {
    let (keeper, number) = super::keeper_and_number(args.pipeline, args.number, args.place)?;
    let number = number.ok_or_else(|| {
        Fault::usage("which checkpoint to go back to is missing").hint("`wasmill checkpoint list` has the numbers")
    })?;
    let survey = keeper.survey().await?;
    let Some(rewind) = keeper.rewinding(&survey, number)? else {
        term::say_line(&format!(
            "checkpoint {number} is the newest: the next run goes on from it, and nothing is to be done"
        ));
        return Ok(());
    };
    term::say(&told(&rewind));
    if !super::confirm(args.yes)? {
        return Ok(());
    }
    let written = keeper.rewind(&survey, &rewind).await?;
    let batch = rewind.next_batch;
    match args.output {
        CheckpointFormat::Table => term::print(&format!(
            "the next run goes on from checkpoint {written}, which is {number} again, with batch {batch}\n"
        ))?,
        CheckpointFormat::Json => {
            let files = rewind.files.iter().map(|file| {
                json!({
                    "sink": file.sink,
                    "folder": file.target,
                    "path": file.path,
                    "rows": file.rows,
                    "bytes": file.bytes,
                })
            });
            let done = json!({
                "rewoundTo": number,
                "checkpoint": written,
                "nextBatch": batch,
                "records": rewind.records,
                "removed": files.collect::<Vec<_>>(),
            });
            term::print_json(&done.to_string())?;
        }
    }
    Ok(())
}

/// What would be done.
fn told(rewind: &Rewind) -> String {
    let Rewind {
        number,
        newest,
        files,
        records,
        ..
    } = rewind;
    if number == newest {
        return format!(
            "checkpoint {number} is the newest: the next run goes on from it, whether Kafka has committed its transaction or not\n"
        );
    }
    let mut out = format!(
        "from checkpoint {newest} back to {number}: {} read again\n",
        match records {
            1 => "1 record is".to_owned(),
            more => format!("{more} records are"),
        }
    );
    if files.is_empty() {
        out.push_str("no file was written behind it\n");
    } else {
        let (bytes, rows): (u64, u64) = (
            files.iter().map(|file| file.bytes).sum(),
            files.iter().map(|file| file.rows).sum(),
        );
        let (count, rows) = (term::count(files.len(), "file"), term::count(rows, "row"));
        out.push_str(&format!(
            "{count} with {rows}, {bytes} bytes, written behind it, to be removed:\n"
        ));
        for file in files.iter().take(NAMED) {
            let folder = file.target.trim_end_matches('/');
            out.push_str(&format!("  {}/{}\n", shown(folder), shown(&file.path)));
        }
        if files.len() > NAMED {
            out.push_str(&format!("  and {} more\n", files.len() - NAMED));
        }
    }
    out.push_str("what was printed or produced to Kafka behind it can't be taken back, and comes again\n");
    out
}
