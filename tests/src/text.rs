//! Comparison of printed tables.

use crate::rows::nearly_equal;

/// Whether a printed table is the expected one, character by character; the cells of the columns in `sums` may differ by
/// 1e-9 relative (and so may the width they give their column).
pub fn compare_table(expected: &str, actual: &str, sums: &[&str]) -> Result<(), String> {
    let same = expected == actual || (!sums.is_empty() && same_cells(expected, actual, sums));
    if same {
        return Ok(());
    }
    Err(first_difference(expected, actual))
}

fn same_cells(expected: &str, actual: &str, sums: &[&str]) -> bool {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let is_rule = |line: &str| line.starts_with('+');
    let header = expected
        .lines()
        .find(|line| line.starts_with('|'))
        .map(cells)
        .unwrap_or_default();
    let same_line = |(want, got): (&str, &str)| {
        if is_rule(want) {
            return is_rule(got);
        }
        let (want, got) = (cells(want), cells(got));
        let same_cell = |(column, (want, got)): (usize, (&String, &String))| {
            let is_sum = header.get(column).is_some_and(|name| sums.contains(&name.as_str()));
            match (want.parse(), got.parse()) {
                (Ok(want), Ok(got)) if is_sum => nearly_equal(want, got),
                _ => want == got,
            }
        };
        want.len() == got.len() && want.iter().zip(&got).enumerate().all(same_cell)
    };
    expected.lines().count() == actual.lines().count() && expected.lines().zip(actual.lines()).all(same_line)
}

/// Both texts from the first line on that differs.
fn first_difference(expected: &str, actual: &str) -> String {
    let common = expected
        .lines()
        .zip(actual.lines())
        .take_while(|(want, got)| want == got)
        .count();
    let rest = |text: &str| {
        text.lines()
            .skip(common)
            .take(12)
            .map(|line| format!("  {line}\n"))
            .collect::<String>()
    };
    let line = common + 1;
    format!(
        "different from line {line} on; expected:\n{}printed:\n{}",
        rest(expected),
        rest(actual)
    )
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
