//! `wasmill checkpoint orphans`: what runs that died have left over.

use serde_json::{Value, json};

use crate::error::{Fault, Result};
use crate::pipeline::{Orphan, Orphans};

use super::super::args::{CheckpointFormat, OrphansArgs};
use super::super::columns::{table, texts};
use super::super::{Failure, term};
use super::text::shown;

pub(super) async fn orphans(args: OrphansArgs) -> Result<(), Failure> {
    let keeper = super::keeper(args.pipeline, args.place)?;
    if !args.remove {
        let survey = keeper.survey().await?;
        let orphans = keeper.orphans(&survey).await?;
        match args.output {
            CheckpointFormat::Table if orphans.found.is_empty() => term::say_line("nothing is left over"),
            CheckpointFormat::Table => term::print(&text(&orphans.found)?)?,
            CheckpointFormat::Json => term::print_json(&listed(&orphans).to_string())?,
        }
        if let Some(owner) = &orphans.left_out {
            let owner = shown(&owner.to_string());
            term::say_line(&format!("files of {owner} are left out: that run may go on"));
        }
        say_unseen(&orphans);
        return Ok(());
    }
    let (removed, rest) = keeper.remove_orphans().await?;
    match args.output {
        CheckpointFormat::Table => {
            if !removed.is_empty() {
                term::print(&text(&removed)?)?;
            }
            term::say_line(&format!("{} removed", term::count(removed.len(), "leftover")));
        }
        CheckpointFormat::Json => {
            let removed: Vec<Value> = removed.iter().map(one).collect();
            let rest: Vec<Value> = rest.found.iter().map(one).collect();
            term::print_json(&json!({ "removed": removed, "stayed": rest }).to_string())?;
        }
    }
    say_unseen(&rest);
    match rest.found.first() {
        None => Ok(()),
        Some(first) => Err(Fault::refused(format!(
            "{} could not be removed",
            term::count(rest.found.len(), "leftover")
        ))
        .at(format!("`{}/{}`", first.folder, first.path))
        .into()),
    }
}

fn say_unseen(orphans: &Orphans) {
    for line in &orphans.unseen {
        term::say_line(&format!("not all could be looked at: {line}"));
    }
}

fn text(orphans: &[Orphan]) -> Result<String> {
    table([
        (
            "what",
            texts(orphans.iter().map(|orphan| Some(orphan.kind.name().to_owned()))),
        ),
        (
            "folder",
            texts(orphans.iter().map(|orphan| Some(shown(&orphan.folder)))),
        ),
        ("path", texts(orphans.iter().map(|orphan| Some(shown(&orphan.path))))),
    ])
}

fn listed(orphans: &Orphans) -> Value {
    json!({
        "orphans": orphans.found.iter().map(one).collect::<Vec<_>>(),
        "unseen": orphans.unseen,
        "leftOut": orphans.left_out.as_ref().map(|owner| owner.to_string()),
    })
}

fn one(orphan: &Orphan) -> Value {
    json!({ "kind": orphan.kind.name(), "folder": orphan.folder, "path": orphan.path })
}
