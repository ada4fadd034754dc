//! The modules of a run as text: a sentence and a table of versions each.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;

use crate::error::Result;
use crate::pipeline::{ModuleReport, ModuleState, VersionReport};
use crate::text::one_line;

use super::columns::{counts, table, texts, time, times};
use super::control::ModulesReport;

/// So many partitions are named.
const NAMED: usize = 8;
/// What names and reasons may have, in bytes.
const MOST_BYTES: usize = 1024;
/// Digits of a digest, as everywhere in messages.
const DIGITS: usize = 6;

/// All of a report.
pub(super) fn text(report: &ModulesReport) -> Result<String> {
    let mut out = format!(
        "pipeline `{}`, process {}, since {}\n",
        shown(&report.pipeline),
        report.process_id,
        time(report.started_ms)
    );
    if report.modules.is_empty() {
        out.push_str("it has no modules\n");
    }
    for module in &report.modules {
        out.push('\n');
        out.push_str(&module_text(module, report.now_ms)?);
    }
    Ok(out)
}

fn module_text(module: &ModuleReport, now_ms: i64) -> Result<String> {
    let mut out = format!(
        "{} `{}` of `{}`: ",
        shown(&module.kind),
        shown(&module.name),
        shown(&module.path)
    );
    let Some(live) = module.versions.first() else {
        return Ok(out + "no version is known\n");
    };
    match module.state {
        ModuleState::Live => out.push_str(&format!("{} is live{}\n", label(live), since(live))),
        ModuleState::Held => {
            let reason = module.held.as_deref().map(shown).unwrap_or_default();
            out.push_str(&format!("{} was set aside: {reason}\n", label(live)));
            out.push_str(
                "  the stream stands still: mend the module and save it, and it goes on with the same records\n",
            );
        }
    }
    let is_guest = module.kind == "guest";
    let goes_on = module.state == ModuleState::Live;
    if is_guest
        && goes_on
        && let Some(pace) = pace(live, now_ms)
    {
        out.push_str(&format!("  {pace}\n"));
    }
    out.push_str(&versions(module, is_guest)?);
    Ok(out)
}

/// `1.5 records a second since then, 1204 fuel a record`
fn pace(live: &VersionReport, now_ms: i64) -> Option<String> {
    let millis = now_ms - live.since_ms;
    if live.since_ms == 0 || millis <= 0 {
        return None;
    }
    let rate = live.records_since as f64 * 1000.0 / millis as f64;
    let mut text = format!("{rate:.1} records a second since then");
    if let Some(fuel) = fuel_a_record(live) {
        text.push_str(&format!(", {fuel} fuel a record"));
    }
    Some(text)
}

fn fuel_a_record(version: &VersionReport) -> Option<u64> {
    version.fuel.checked_div(version.records)
}

fn versions(module: &ModuleReport, is_guest: bool) -> Result<String> {
    let versions = &module.versions;
    let each = |value: fn(&VersionReport) -> Option<u64>| counts(versions.iter().map(value));
    let mut columns: Vec<(&'static str, ArrayRef)> = vec![
        (
            "version",
            texts(versions.iter().map(|version| Some(format!("v{}", version.version)))),
        ),
        ("module", texts(versions.iter().map(|version| Some(name(version))))),
        (
            "live_since",
            times(versions.iter().map(|version| match version.since_ms {
                0 => None,
                // To the second.
                ms => Some(ms.div_euclid(1000).saturating_mul(1_000_000)),
            })),
        ),
    ];
    // Of an aggregate nothing is counted.
    if is_guest {
        columns.push(("records", each(|version| Some(version.records))));
        columns.push(("errors", each(|version| Some(version.errors))));
        columns.push(("rows", each(|version| Some(version.rows))));
        columns.push(("fuel_a_record", each(fuel_a_record)));
    }
    if versions.iter().any(|version| version.set_aside.is_some()) {
        let reasons = versions.iter().map(|version| version.set_aside.as_deref().map(shown));
        columns.push((
            "set_aside",
            texts(reasons.map(|reason| Some(reason.unwrap_or_default()))),
        ));
    }
    table(columns)
}

/// `v12 (commandes@3fa9c1)`
fn label(version: &VersionReport) -> String {
    format!("v{} ({})", version.version, name(version))
}

fn name(version: &VersionReport) -> String {
    let digits: String = version.digest.chars().take(DIGITS).collect();
    format!("{}@{}", shown(&version.module), shown(&digits))
}

/// ` since 2026-01-18 10:00:00, partition 0 offset 1042`; with the topics, if there are several.
fn since(version: &VersionReport) -> String {
    if version.since_ms == 0 {
        return ", and waits for its source".to_owned();
    }
    let mut text = format!(" since {}", time(version.since_ms));
    let places = |(topic, partitions): (&String, &BTreeMap<i32, i64>)| {
        let topic = match version.since.len() {
            1 => String::new(),
            _ => format!("topic `{}` ", shown(topic)),
        };
        let places = partitions.iter();
        let places = places.map(move |(partition, offset)| format!("{topic}partition {partition} offset {offset}"));
        places.collect::<Vec<_>>()
    };
    let places: Vec<String> = version.since.iter().flat_map(places).collect();
    for place in places.iter().take(NAMED) {
        text.push_str(&format!(", {place}"));
    }
    match places.len().saturating_sub(NAMED) {
        0 => {}
        more => text.push_str(&format!(" and {more} more")),
    }
    text
}

/// What another process said.
fn shown(text: &str) -> String {
    one_line(text, MOST_BYTES)
}

#[cfg(test)]
#[path = "modules_text_test.rs"]
mod tests;
