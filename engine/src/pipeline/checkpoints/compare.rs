//! What may change in a pipeline between two runs, and what may not.
//!
//! Free to change: modules and queries, as long as groups are kept by the same windows, keys and aggregates; the delay of a watermark;
//! sources, tables and sinks that are new or gone; rates, triggers, limits. What can't be gone on with is told before anything runs.

use crate::checkpoint::{Manifest, QueryShape, SinkState, State};
use crate::error::{Fault, Result};
use crate::pipeline::plan::{Plan, PlannedSource, PlannedSourceKind};
use crate::sink::SinkSpec;
use crate::storage::Target;

use super::shape::shape_of;

/// Whether this plan can go on from a checkpoint.
///
/// # Errors
/// `Usage`: what is kept does not fit.
pub(super) fn check(manifest: &Manifest, plan: &Plan) -> Result<()> {
    let Some(state) = &manifest.state else {
        return Ok(());
    };
    check_sources(state, plan)?;
    check_tables(state, plan)?;
    check_sinks(state, plan)
}

/// What is kept and no longer wanted, a line each.
pub(super) fn forgotten(state: &State, plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for name in state.sources.keys().filter(|name| !plan.source_names.contains(name)) {
        lines.push(format!("source `{name}` is gone: how far it was read is forgotten"));
    }
    for (name, kept) in state.tables.iter().filter(|(_, kept)| kept.query.is_some()) {
        let is_there = plan
            .tables
            .iter()
            .any(|table| table.name == *name && shape_of(table).is_some());
        if !is_there && kept.groups > 0 {
            let groups = kept.groups;
            lines.push(format!(
                "table `{name}` is gone: the {groups} groups that it kept are forgotten"
            ));
        }
    }
    lines
}

/// What a source reads, as the progress describes it.
pub(super) fn reads(source: &PlannedSource) -> String {
    match &source.kind {
        PlannedSourceKind::Kafka(options) => options.description(),
        PlannedSourceKind::Replay(_) => format!("Replay[{}]", source.name),
        #[cfg(test)]
        PlannedSourceKind::Simulated(topic) => topic.description(),
    }
}

fn check_sources(state: &State, plan: &Plan) -> Result<()> {
    for source in &plan.sources {
        let Some(kept) = state.sources.get(&source.name) else {
            continue;
        };
        let now = reads(source);
        if now != kept.reads {
            let was = &kept.reads;
            return Err(
                Fault::usage(format!("it reads {now}, and what is kept was read of {was}"))
                    .at(format!("source `{}`", source.name))
                    .hint("give the source another name, to begin it anew beside what is kept; or `wasmill checkpoint clear`, to begin all anew"),
            );
        }
    }
    Ok(())
}

fn check_tables(state: &State, plan: &Plan) -> Result<()> {
    for table in &plan.tables {
        let Some(kept) = state.tables.get(&table.name) else {
            continue;
        };
        let (Some(kept), Some(now)) = (&kept.query, shape_of(table)) else {
            continue;
        };
        if let Some(what) = difference(kept, &now) {
            return Err(Fault::usage(what).at(format!("table `{}`", table.name)).hint(
                "go back to the query as it was; or give the table another name, to begin its groups anew; or `wasmill checkpoint clear`, to begin all anew",
            ));
        }
    }
    Ok(())
}

/// Why groups of one shape are of no use to the other.
fn difference(kept: &QueryShape, now: &QueryShape) -> Option<String> {
    let list = |names: &[String]| match names {
        [] => "nothing".to_owned(),
        names => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "no windows".to_owned());
    if kept.window != now.window {
        let (was, is) = (or_none(&kept.window), or_none(&now.window));
        return Some(format!("it groups by {is}, and what is kept by {was}"));
    }
    if kept.keys != now.keys {
        return Some(format!(
            "it groups by {}, and what is kept by {}",
            list(&now.keys),
            list(&kept.keys)
        ));
    }
    if kept.aggregates != now.aggregates {
        return Some(format!(
            "it aggregates {}, and what is kept is of {}",
            list(&now.aggregates),
            list(&kept.aggregates)
        ));
    }
    if kept.mode != now.mode {
        return Some(format!(
            "its rows come out in {} mode, and what is kept is of {} mode",
            now.mode, kept.mode
        ));
    }
    if kept.watermark != now.watermark {
        let column = |column: &Option<String>| match column {
            Some(column) => format!("a watermark on `{column}`"),
            None => "no watermark".to_owned(),
        };
        let (was, is) = (column(&kept.watermark), column(&now.watermark));
        return Some(format!("it has {is}, and what is kept {was}"));
    }
    None
}

/// Rows of files that a run was writing when it died go to the same folder, or they would be lost.
fn check_sinks(state: &State, plan: &Plan) -> Result<()> {
    for (name, kept) in state.sinks.iter().filter(|(_, kept)| !kept.rows.is_empty()) {
        let now = plan.sinks.iter().find(|sink| sink.name == *name);
        let now = now.and_then(|now| match &now.spec {
            SinkSpec::Parquet(options) => {
                let target = Target::parse(&options.url).ok()?.absolute();
                Some((target, options.file_columns(&now.schema)))
            }
            _ => None,
        });
        match now {
            Some((target, columns)) if target == kept.target && columns == kept.columns => {}
            Some((target, _)) if target == kept.target => {
                return Err(unwritten(name, kept, "its rows have other columns now"));
            }
            _ => return Err(unwritten(name, kept, "the sink does not write there now")),
        }
    }
    Ok(())
}

fn unwritten(name: &str, kept: &SinkState, why: &str) -> Fault {
    let rows: u64 = kept.rows.iter().map(|kept| kept.object.rows).sum();
    Fault::usage(format!(
        "up to {rows} rows for `{}` are not in a file yet, since the run before died, and {why}",
        kept.target
    ))
    .at(format!("sink `{name}`"))
    .hint("start the pipeline once with the sink as it was, and stop it by Ctrl-C: then everything is written")
}

#[cfg(test)]
#[path = "compare_test.rs"]
mod tests;
