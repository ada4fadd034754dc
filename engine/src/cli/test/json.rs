//! What `wasmill test --output json` prints: one object.
//!
//! ```json
//! {"project": "mine", "passed": 1, "failed": 1, "blessed": 0, "filtered": 0, "seconds": 0.31, "cases": [
//!   {"case": "dirty", "result": "passed", "records": 3, "notices": [], "guests": [
//!     {"guest": "rows", "module": "mine@3fa9c1", "records": 3, "rows": 3, "fuel": 5120, "memory_bytes": 1114112, "errors": 0}]},
//!   {"case": "large", "result": "failed", ..., "error": {"message": "...", "hint": null}},
//!   {"case": "small", "result": "failed", ..., "tables": [
//!     {"table": "rows", "file": "mine/cases/small/rows.jsonl", "ordered": true, "expected_rows": 3, "actual_rows": 3,
//!      "no_columns": [], "changed": [{"expected": {...}, "actual": {...}, "columns": ["points"]}],
//!      "missing": [{...}], "unexpected": [{...}]}]}]}
//! ```
//!
//! `result` is `passed`, `failed` or `blessed`, and a blessed case has `files`: `[{"file", "rows", "change": "new" | "changed" |
//! "none"}]`.

use std::time::Duration;

use serde_json::{Value, json};

use super::Tally;
use super::verdict::{Change, Outcome, TableDifference, Verdict};
use crate::cli::difference::Line;

/// The object, on one line.
pub(super) fn report(project: &str, verdicts: &[Verdict], filtered: usize, took: Duration) -> String {
    let tally = Tally::of(verdicts);
    let report = json!({
        "project": project,
        "passed": tally.passed,
        "failed": tally.failed,
        "blessed": tally.blessed,
        "filtered": filtered,
        "seconds": took.as_secs_f64(),
        "cases": verdicts.iter().map(case).collect::<Vec<_>>(),
    });
    format!("{report}\n")
}

fn case(verdict: &Verdict) -> Value {
    let guests = verdict.guests.iter().map(|guest| {
        json!({
            "guest": guest.name,
            "module": guest.module,
            "records": guest.cost.records,
            "rows": guest.cost.rows,
            "fuel": guest.cost.fuel,
            "memory_bytes": guest.cost.memory_bytes,
            "errors": guest.errors.num_rows(),
        })
    });
    let result = match verdict.outcome {
        Outcome::Passed => "passed",
        Outcome::Different(_) | Outcome::Broken(_) => "failed",
        Outcome::Blessed(_) => "blessed",
    };
    let mut case = json!({
        "case": verdict.name,
        "result": result,
        "records": verdict.records,
        "notices": verdict.notices,
        "guests": guests.collect::<Vec<_>>(),
    });
    match &verdict.outcome {
        Outcome::Passed => {}
        Outcome::Different(differences) => case["tables"] = differences.iter().map(table).collect(),
        Outcome::Broken(fault) => case["error"] = json!({"message": fault.to_string(), "hint": fault.advice()}),
        Outcome::Blessed(files) => {
            let file = |written: &super::verdict::Written| {
                let change = match written.change {
                    Change::New => "new",
                    Change::Changed => "changed",
                    Change::None => "none",
                };
                json!({"file": written.file, "rows": written.rows, "change": change})
            };
            case["files"] = files.iter().map(file).collect();
        }
    }
    case
}

fn table(different: &TableDifference) -> Value {
    let TableDifference {
        difference,
        expected,
        actual,
        ..
    } = different;
    let (mut changed, mut missing, mut unexpected) = (Vec::new(), Vec::new(), Vec::new());
    for line in difference.lines() {
        match line {
            Line::Same { .. } => {}
            Line::Changed { before, after, columns } => changed.push(json!({
                "expected": expected.object(*before),
                "actual": actual.object(*after),
                "columns": columns.iter().map(|at| difference.column(*at)).collect::<Vec<_>>(),
            })),
            Line::Removed { before } => missing.push(expected.object(*before)),
            Line::Added { after } => unexpected.push(actual.object(*after)),
        }
    }
    json!({
        "table": different.table,
        "file": different.file,
        "ordered": different.is_ordered,
        "expected_rows": expected.rows.len(),
        "actual_rows": actual.rows.len(),
        "no_columns": difference.gone_columns(),
        "changed": changed,
        "missing": missing,
        "unexpected": unexpected,
    })
}

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;
