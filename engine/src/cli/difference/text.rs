//! A difference as a table: a row that is gone is marked `-`, one that is new `+`, one that changed is there twice, with `^` below
//! the cells that are not the same. Colours only repeat what the marks say.

use serde_json::Value;

use super::cell::{is_number, shown, shown_beside};
use super::{Difference, Line};
use crate::cli::term::count;
use crate::sink::show::width;

/// Rows that are the same and stand beside one that is not: so many are shown.
const NEAR: usize = 2;
/// So many rows that are not the same are shown.
const MOST: usize = 20;
/// Cells are cut so that a line has about so many characters.
const LINE: usize = 200;
/// But not to fewer than the first and not to more than the second.
const CELL: (usize, usize) = (24, 80);
/// What stands where it was cut.
const CUT: &str = "...";

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// A line of the table.
enum Shown {
    Row {
        mark: char,
        cells: Vec<String>,
        /// Positions of cells that are not the same as in the other line.
        differ: Vec<usize>,
    },
    /// Below two lines: which cells differ.
    Marks(Vec<usize>),
    /// Rows that are left out.
    Gap(String),
}

impl Difference {
    /// The table, with a line feed at its end. Empty if nothing differs.
    pub(in crate::cli) fn render(&self, colour: bool) -> String {
        if self.is_empty() {
            return String::new();
        }
        let lines = self.shown();
        let header: Vec<String> = self.columns.iter().map(|name| self.heading(name)).collect();
        let mut widths: Vec<usize> = header.iter().map(|name| width(name)).collect();
        for line in &lines {
            if let Shown::Row { cells, .. } = line {
                for (widest, cell) in widths.iter_mut().zip(cells) {
                    *widest = (*widest).max(width(cell));
                }
            }
        }
        let right = self.numbers();
        let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(*width))).collect();
        let mut out = format!(
            "  {rule}+\n  {}\n  {rule}+\n",
            row(&header, &widths, &right, |_, cell| cell)
        );
        for line in &lines {
            match line {
                Shown::Row { mark, cells, differ } => {
                    let tint = match mark {
                        '-' if colour => RED,
                        '+' if colour => GREEN,
                        _ => "",
                    };
                    let text = row(cells, &widths, &right, |at, cell| {
                        match differ.contains(&at) && colour {
                            true => format!("{BOLD}{cell}{PLAIN}{tint}"),
                            false => cell,
                        }
                    });
                    let end = if tint.is_empty() { "" } else { PLAIN };
                    out.push_str(&format!("{tint}{mark} {text}{end}\n"));
                }
                Shown::Marks(differ) => {
                    let marks = widths.iter().enumerate().map(|(at, width)| {
                        let mark = if differ.contains(&at) { "^" } else { " " };
                        format!(" {}", mark.repeat(*width))
                    });
                    let marks: String = marks.collect();
                    out.push_str(&format!("  {}\n", marks.trim_end()));
                }
                Shown::Gap(text) => out.push_str(&format!("  {text}\n")),
            }
        }
        out.push_str(&format!("  {rule}+\n"));
        out
    }

    /// The name of a column, with a mark if only one of the tables has it.
    fn heading(&self, name: &String) -> String {
        let mark = match (self.gone_columns().contains(name), self.new_columns().contains(name)) {
            (true, _) => "-",
            (_, true) => "+",
            _ => "",
        };
        format!("{mark}{}", self.cut(&shown(Some(&Value::String(name.clone()))), 0))
    }

    fn cut(&self, text: &str, from: usize) -> String {
        let (least, most) = CELL;
        cut(text, (LINE / self.columns.len().max(1)).clamp(least, most), from)
    }

    /// Which columns are numbers.
    fn numbers(&self) -> Vec<bool> {
        let is_right = |column: usize| {
            let values = self.before.iter().chain(&self.after).map(|row| row[column].as_ref());
            let mut values = values
                .filter(|value| !matches!(value, None | Some(Value::Null)))
                .peekable();
            values.peek().is_some() && values.all(is_number)
        };
        (0..self.columns.len()).map(is_right).collect()
    }

    /// The lines worth showing.
    fn shown(&self) -> Vec<Shown> {
        let differs: Vec<usize> = (0..self.lines.len())
            .filter(|at| !matches!(self.lines[*at], Line::Same { .. }))
            .collect();
        let last = differs.get(MOST - 1).copied().unwrap_or(usize::MAX);
        // With nothing but columns that differ, the first rows show them.
        let near: Vec<usize> = if differs.is_empty() { vec![0] } else { differs.clone() };
        let is_near = |at: usize| near.iter().any(|near| near.abs_diff(at) <= NEAR && *near <= last);
        let mut shown = Vec::new();
        let mut same = 0;
        let mut more = 0;
        for (at, line) in self.lines.iter().enumerate() {
            let is_same = matches!(line, Line::Same { .. });
            if is_same && !is_near(at) {
                same += 1;
                continue;
            }
            if !is_same && at > last {
                more += 1;
                continue;
            }
            if same > 0 {
                shown.push(Shown::Gap(format!("... {}", same_rows(same))));
                same = 0;
            }
            self.put(&mut shown, line);
        }
        if same > 0 {
            shown.push(Shown::Gap(format!("... {}", same_rows(same))));
        }
        if more > 0 {
            shown.push(Shown::Gap(format!(
                "... {} that differ",
                count(more as u64, "more row")
            )));
        }
        shown
    }

    fn put(&self, lines: &mut Vec<Shown>, line: &Line) {
        let whole = |row: &[Option<Value>]| row.iter().map(|value| self.cut(&shown(value.as_ref()), 0)).collect();
        let row = |mark, row: &[Option<Value>]| Shown::Row {
            mark,
            cells: whole(row),
            differ: Vec::new(),
        };
        match line {
            Line::Same { before, after } => {
                let gone = self.before[*before].iter();
                let either = self.after[*after]
                    .iter()
                    .zip(gone)
                    .map(|(after, before)| after.as_ref().or(before.as_ref()));
                lines.push(Shown::Row {
                    mark: ' ',
                    cells: either.map(|value| self.cut(&shown(value), 0)).collect(),
                    differ: Vec::new(),
                });
            }
            Line::Removed { before } => lines.push(row('-', &self.before[*before])),
            Line::Added { after } => lines.push(row('+', &self.after[*after])),
            Line::Changed { before, after, columns } => {
                let pairs = self.before[*before].iter().zip(&self.after[*after]);
                let cells = pairs.map(|(before, after)| {
                    let (before, after) = shown_beside(before.as_ref(), after.as_ref());
                    let from = first_difference(&before, &after);
                    (self.cut(&before, from), self.cut(&after, from))
                });
                let (before, after): (Vec<String>, Vec<String>) = cells.unzip();
                for (mark, cells) in [('-', before), ('+', after)] {
                    lines.push(Shown::Row {
                        mark,
                        cells,
                        differ: columns.clone(),
                    });
                }
                lines.push(Shown::Marks(columns.clone()));
            }
        }
    }
}

fn same_rows(rows: usize) -> String {
    format!("{} the same", count(rows as u64, "row"))
}

/// How many characters two texts have in common at their beginning; none if they are the same.
fn first_difference(one: &str, other: &str) -> usize {
    if one == other {
        return 0;
    }
    one.chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count()
}

/// A text cut to so many characters, so that the one at `from` is seen.
fn cut(text: &str, cell: usize, from: usize) -> String {
    let characters = text.chars().count();
    if characters <= cell {
        return text.to_owned();
    }
    let room = cell - 2 * CUT.len();
    let start = match from {
        from if from < room => 0,
        from => from - room / 3,
    };
    let start = start.min(characters - room);
    let kept: String = text.chars().skip(start).take(room).collect();
    let before = if start > 0 { CUT } else { "" };
    let behind = if start + room < characters { CUT } else { "" };
    format!("{before}{kept}{behind}")
}

/// `|a |  1|`
fn row(cells: &[String], widths: &[usize], right: &[bool], paint: impl Fn(usize, String) -> String) -> String {
    let mut line = String::from("|");
    for (at, ((cell, wide), right)) in cells.iter().zip(widths).zip(right).enumerate() {
        let padding = " ".repeat(wide.saturating_sub(width(cell)));
        let cell = match right {
            true => format!("{padding}{cell}"),
            false => format!("{cell}{padding}"),
        };
        line.push_str(&paint(at, cell));
        line.push('|');
    }
    line
}
