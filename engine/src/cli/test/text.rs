//! What `wasmill test` prints for a person.

use std::time::Duration;

use super::verdict::{Change, Outcome, TableDifference, Verdict};
use crate::cli::difference::Difference;
use crate::cli::term::count;

/// `case dirty ... ok`, and below it what `--bless` wrote.
pub(super) fn line(verdict: &Verdict) -> String {
    let name = &verdict.name;
    match &verdict.outcome {
        Outcome::Passed => format!("case {name} ... ok\n"),
        Outcome::Different(_) | Outcome::Broken(_) => format!("case {name} ... FAILED\n"),
        Outcome::Blessed(files) => {
            let mut text = format!("case {name} ... blessed\n");
            for written in files {
                let rows = count(written.rows as u64, "row");
                let file = &written.file;
                text.push_str(&match written.change {
                    Change::New => format!("  wrote `{file}`: {rows}\n"),
                    Change::Changed => format!("  wrote `{file}` anew: {rows}\n"),
                    Change::None => format!("  `{file}` is as it was: {rows}\n"),
                });
            }
            for notice in &verdict.notices {
                text.push_str(&format!("  note: {notice}\n"));
            }
            text
        }
    }
}

/// All that is wrong with a case; empty if nothing is.
pub(super) fn details(verdict: &Verdict, colour: bool) -> String {
    let mut text = String::new();
    match &verdict.outcome {
        Outcome::Passed | Outcome::Blessed(_) => return text,
        Outcome::Different(differences) => {
            for different in differences {
                text.push_str(&table(&verdict.name, different, colour));
            }
        }
        Outcome::Broken(fault) => {
            text.push_str(&format!("case `{}`: {fault}\n", verdict.name));
            if let Some(hint) = fault.advice() {
                text.push_str(&format!("hint: {hint}\n"));
            }
        }
    }
    for notice in &verdict.notices {
        text.push_str(&format!("note: {notice}\n"));
    }
    text.push('\n');
    text
}

fn table(case: &str, different: &TableDifference, colour: bool) -> String {
    let TableDifference {
        table,
        file,
        difference,
        expected,
        actual,
        is_ordered,
    } = different;
    let order = if *is_ordered { "" } else { ", in no order" };
    let rows = |rows: usize| count(rows as u64, "row");
    let mut text = format!(
        "case `{case}`: table `{table}` is not as expected: {}\n\
         - expected, `{file}`: {}{order}\n+ came out: {}{order}\n",
        summary(difference),
        rows(expected.rows.len()),
        rows(actual.rows.len()),
    );
    text.push_str(&difference.render(colour));
    text
}

/// ``2 rows differ (`points`), 1 is missing, 1 is too many``
fn summary(difference: &Difference) -> String {
    let counts = difference.counts();
    let mut parts = Vec::new();
    if !difference.gone_columns().is_empty() {
        let names: Vec<String> = difference
            .gone_columns()
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let (columns, is) = match names.len() {
            1 => ("column", "is"),
            _ => ("columns", "are"),
        };
        parts.push(format!("there {is} no {columns} {}", names.join(", ")));
    }
    if counts.changed > 0 {
        let columns = difference.changed_columns();
        let names: Vec<String> = columns.iter().map(|(name, _)| format!("`{name}`")).collect();
        let verb = if counts.changed == 1 { "differs" } else { "differ" };
        parts.push(format!(
            "{} {verb} ({})",
            count(counts.changed as u64, "row"),
            names.join(", ")
        ));
    }
    for (number, what) in [(counts.removed, "missing"), (counts.added, "too many")] {
        let is = if number == 1 { "is" } else { "are" };
        if number > 0 {
            let number = match parts.is_empty() {
                true => count(number as u64, "row"),
                false => number.to_string(),
            };
            parts.push(format!("{number} {is} {what}"));
        }
    }
    parts.join(", ")
}

/// `test result: ok. 3 passed; 0 failed; 0 filtered out; finished in 0.31s`
pub(super) fn closing(verdicts: &[Verdict], filtered: usize, took: Duration) -> String {
    let tally = super::Tally::of(verdicts);
    let result = if tally.failed == 0 { "ok" } else { "FAILED" };
    let blessed = match tally.blessed {
        0 => String::new(),
        blessed => format!("{blessed} blessed; "),
    };
    format!(
        "\ntest result: {result}. {} passed; {blessed}{} failed; {filtered} filtered out; finished in {:.2}s\n",
        tally.passed,
        tally.failed,
        took.as_secs_f64()
    )
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
