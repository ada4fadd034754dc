//! What `wasmill dev` prints of sample records.

use std::fmt::Write;

use crate::cli::difference::Counts;
use crate::cli::term::count;
use crate::error::{Fault, Result};
use crate::guest::Cost;
use crate::pipeline::TrialTable;
use crate::sink::show::{ShowOptions, Truncate, show_on_terminal};

use super::sample::Shown;

/// So many characters of a cell.
const CELL: usize = 60;
/// A change of fuel below this is rounding.
const NOTHING: f64 = 0.000_5;

/// All tables, and what they cost.
pub(super) fn first(now: &Shown, errors: &[String]) -> Result<String> {
    let mut out = String::new();
    for table in &now.report.tables {
        let is_errors = errors.contains(&table.name);
        if is_errors && table.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", title(table, is_errors));
        out.push_str(&printed(table)?);
    }
    out.push_str(&costs(now, None));
    Ok(out)
}

fn title(table: &TrialTable, is_errors: bool) -> String {
    let rows = count(table.len() as u64, "row");
    match is_errors {
        true => format!("`{}`: records that failed", table.name),
        false => format!("`{}`: {rows}", table.name),
    }
}

fn printed(table: &TrialTable) -> Result<String> {
    let options = ShowOptions {
        truncate: Truncate::At(CELL),
        ..ShowOptions::default()
    };
    show_on_terminal(&table.schema, &table.rows, &options)
        .map_err(|error| Fault::internal("the rows can't be shown").because(error))
}

/// What is not as it was before.
pub(super) fn again(before: &Shown, now: &Shown, errors: &[String], colour: bool) -> String {
    let mut out = String::new();
    for (name, rows) in &now.tables {
        let is_errors = errors.contains(name);
        let Some(difference) = before.difference(name, rows) else {
            continue;
        };
        if difference.is_empty() {
            if !is_errors {
                let _ = writeln!(out, "`{name}`: the same {}", count(rows.rows.len() as u64, "row"));
            }
            continue;
        }
        let _ = writeln!(
            out,
            "`{name}`: {}",
            changes(difference.counts(), difference.new_columns(), difference.gone_columns())
        );
        out.push_str(&difference.render(colour));
    }
    out.push_str(&costs(now, Some(before)));
    out
}

/// `3 rows changed, 1 new, 2 gone, 14 as before; new column `x``.
fn changes(counts: Counts, new: &[String], gone: &[String]) -> String {
    let rows = [
        (counts.changed, "changed"),
        (counts.added, "new"),
        (counts.removed, "gone"),
        (counts.same, "as before"),
    ];
    let rows = rows.iter().filter(|(rows, _)| *rows > 0);
    let mut text: Vec<String> = rows
        .map(|(rows, what)| format!("{} {what}", count(*rows as u64, "row")))
        .collect();
    let names = |names: &[String]| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !new.is_empty() {
        text.push(format!("new: {}", names(new)));
    }
    if !gone.is_empty() {
        text.push(format!("gone: {}", names(gone)));
    }
    text.join(", ")
}

/// A line a module, and why the batch came to nothing, if it did.
fn costs(now: &Shown, before: Option<&Shown>) -> String {
    let mut out = String::new();
    if let Some(failure) = &now.report.failure {
        let _ = writeln!(out, "nothing came of it: {failure}");
        if let Some(hint) = failure.advice() {
            let _ = writeln!(out, "hint: {hint}");
        }
    }
    for guest in &now.report.guests {
        let then = before.and_then(|before| before.report.guests.iter().find(|then| then.name == guest.name));
        let failed = guest.errors.num_rows() as u64;
        let mut parts = vec![count(guest.cost.records, "record"), count(guest.cost.rows, "row")];
        if failed > 0 || then.is_some_and(|then| then.errors.num_rows() > 0) {
            parts.push(count(failed, "error"));
        }
        parts.extend(cost(guest.cost, then.map(|then| then.cost)));
        let _ = writeln!(out, "guest `{}` ({}): {}", guest.name, guest.module, parts.join(", "));
    }
    for aggregate in &now.report.aggregates {
        let then = before.and_then(|before| before.report.aggregates.iter().find(|then| then.name == aggregate.name));
        let parts = cost(aggregate.cost, then.map(|then| then.cost));
        let _ = writeln!(
            out,
            "aggregate `{}` ({}): {}",
            aggregate.name,
            aggregate.module,
            parts.join(", ")
        );
    }
    out
}

/// `10312 fuel a record (+7 %)`, `1.1 MiB of memory`.
fn cost(now: Cost, before: Option<Cost>) -> Vec<String> {
    let per_record = |cost: Cost| cost.fuel as f64 / cost.records.max(1) as f64;
    let memory = |cost: Cost| format!("{:.1} MiB of memory", cost.memory_bytes as f64 / f64::from(1 << 20));
    let mut fuel = format!("{:.0} fuel a record", per_record(now));
    let mut held = memory(now);
    if let Some(before) = before {
        let change = per_record(now) / per_record(before).max(f64::MIN_POSITIVE) - 1.0;
        fuel += &match change.abs() < NOTHING {
            true => " (as before)".to_owned(),
            false => format!(" ({:+.1} %)", 100.0 * change),
        };
        if before.memory_bytes != now.memory_bytes {
            let _ = write!(held, " ({} before)", memory(before).trim_end_matches(" of memory"));
        }
    }
    vec![fuel, held]
}
