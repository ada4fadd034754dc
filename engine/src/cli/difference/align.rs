//! Which row of one table is which row of the other.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::Line;

/// Between two rows that are the same in both tables, so many pairs of others are weighed against each other; where there are
/// more, rows are paired as they come.
const WEIGHED: usize = 40_000;

/// So long it may take to find out which rows are the same; those it was not found out of are paired as they come.
const PATIENCE: Duration = Duration::from_secs(1);

/// The fate of each row, in an order in which both tables' rows stand in theirs. A row is its cells' keys.
pub(super) fn align(before: &[Vec<String>], after: &[Vec<String>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut from_before, mut from_after) = (0, 0);
    for (same_before, same_after) in same(before, after).into_iter().chain([(before.len(), after.len())]) {
        let gap = pairs(&before[from_before..same_before], &after[from_after..same_after]);
        lines.extend(gap.into_iter().map(|line| moved(line, from_before, from_after)));
        if same_before < before.len() {
            lines.push(Line::Same {
                before: same_before,
                after: same_after,
            });
        }
        (from_before, from_after) = (same_before + 1, same_after + 1);
    }
    lines
}

/// The positions of rows that are the same in both.
fn same(before: &[Vec<String>], after: &[Vec<String>]) -> Vec<(usize, usize)> {
    // What stands in one of them only can't be the same, and would take long to be found so.
    let both = |rows: &[Vec<String>], others: &[Vec<String>]| -> Vec<usize> {
        let others: HashSet<&Vec<String>> = others.iter().collect();
        (0..rows.len()).filter(|at| others.contains(&rows[*at])).collect()
    };
    let (in_before, in_after) = (both(before, after), both(after, before));
    let old: Vec<&Vec<String>> = in_before.iter().map(|at| &before[*at]).collect();
    let new: Vec<&Vec<String>> = in_after.iter().map(|at| &after[*at]).collect();
    let deadline = Some(Instant::now() + PATIENCE);
    let mut same = Vec::new();
    for operation in capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        {
            same.extend((0..len).map(|at| (in_before[old_index + at], in_after[new_index + at])));
        }
    }
    same
}

fn moved(line: Line, by_before: usize, by_after: usize) -> Line {
    match line {
        Line::Same { before, after } => Line::Same {
            before: before + by_before,
            after: after + by_after,
        },
        Line::Changed { before, after, columns } => Line::Changed {
            before: before + by_before,
            after: after + by_after,
            columns,
        },
        Line::Removed { before } => Line::Removed {
            before: before + by_before,
        },
        Line::Added { after } => Line::Added {
            after: after + by_after,
        },
    }
}

/// Pairs rows none of which are the same, so that as many cells as possible are: without crossing, and no two that have nothing
/// in common (unless there is but one column, and as many rows).
fn pairs(old: &[Vec<String>], new: &[Vec<String>]) -> Vec<Line> {
    let likeness = |old: &[String], new: &[String]| {
        let alike = old.iter().zip(new).filter(|(old, new)| old == new).count();
        alike + usize::from(old.len() <= 1)
    };
    let is_plain = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| likeness(old, new) > 0);
    if is_plain || old.len().saturating_mul(new.len()) > WEIGHED {
        return as_they_come(old, new, likeness);
    }
    // The most cells alike that the rows from here on can come to.
    let width = new.len() + 1;
    let mut most = vec![0; (old.len() + 1) * width];
    for from_old in (0..old.len()).rev() {
        for from_new in (0..new.len()).rev() {
            let alike = likeness(&old[from_old], &new[from_new]);
            let paired = if alike == 0 {
                0
            } else {
                alike + most[(from_old + 1) * width + from_new + 1]
            };
            most[from_old * width + from_new] = paired
                .max(most[(from_old + 1) * width + from_new])
                .max(most[from_old * width + from_new + 1]);
        }
    }
    let mut lines = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    while at_old < old.len() && at_new < new.len() {
        let alike = likeness(&old[at_old], &new[at_new]);
        let best = most[at_old * width + at_new];
        if alike > 0 && best == alike + most[(at_old + 1) * width + at_new + 1] {
            lines.push(changed(old, new, at_old, at_new));
            (at_old, at_new) = (at_old + 1, at_new + 1);
        } else if best == most[(at_old + 1) * width + at_new] {
            lines.push(Line::Removed { before: at_old });
            at_old += 1;
        } else {
            lines.push(Line::Added { after: at_new });
            at_new += 1;
        }
    }
    lines.extend((at_old..old.len()).map(|before| Line::Removed { before }));
    lines.extend((at_new..new.len()).map(|after| Line::Added { after }));
    lines
}

fn as_they_come(
    old: &[Vec<String>],
    new: &[Vec<String>],
    likeness: impl Fn(&[String], &[String]) -> usize,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for at in 0..old.len().max(new.len()) {
        let (is_old, is_new) = (at < old.len(), at < new.len());
        if is_old && is_new && likeness(&old[at], &new[at]) > 0 {
            lines.push(changed(old, new, at, at));
            continue;
        }
        lines.extend(is_old.then_some(Line::Removed { before: at }));
        lines.extend(is_new.then_some(Line::Added { after: at }));
    }
    lines
}

fn changed(old: &[Vec<String>], new: &[Vec<String>], before: usize, after: usize) -> Line {
    let cells = old[before].iter().zip(&new[after]).enumerate();
    let columns = cells.filter(|(_, (old, new))| old != new).map(|(column, _)| column);
    Line::Changed {
        before,
        after,
        columns: columns.collect(),
    }
}
