//! `wasmill modules`: what is live in a running pipeline, and what was.

use super::args::{ModulesArgs, ModulesFormat};
use super::chosen::{the_one, unreadable};
use super::control::ModulesReport;
use super::modules_text::text;
use super::{Failure, term};

pub(super) async fn modules(args: ModulesArgs) -> Result<(), Failure> {
    let run = the_one(&args.running).await?;
    let json = run.modules().await?;
    match args.output {
        ModulesFormat::Json => term::print(&format!("{}\n", String::from_utf8_lossy(&json)))?,
        ModulesFormat::Table => {
            let report: ModulesReport =
                serde_json::from_slice(&json).map_err(|error| unreadable(&run, "the modules", error))?;
            term::print(&text(&report)?)?;
        }
    }
    Ok(())
}
