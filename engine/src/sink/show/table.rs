//! Cells as a table, or below each other (vertical).

use super::width::width;

/// No column is narrower.
const LEAST_WIDTH: usize = 3;

/// Which side of a cell the blanks stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pad {
    /// Cells that are cut stand on the right.
    Left,
    /// Whole cells stand on the left.
    Right,
}

/// Appends `+---+` rules, the header and the rows.
pub(super) fn write_table(out: &mut String, header: &[String], rows: &[Vec<String>], pad: Pad) {
    let mut widths = vec![LEAST_WIDTH; header.len()];
    for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let mut rule = String::from("+");
    for (index, columns) in widths.iter().enumerate() {
        rule.push_str(if index == 0 { "" } else { "+" });
        push_repeated(&mut rule, '-', *columns);
    }
    rule.push_str("+\n");

    out.push_str(&rule);
    write_row(out, header, &widths, pad);
    out.push_str(&rule);
    for row in rows {
        write_row(out, row, &widths, pad);
    }
    out.push_str(&rule);
}

fn write_row(out: &mut String, cells: &[String], widths: &[usize], pad: Pad) {
    out.push('|');
    for (index, (cell, columns)) in cells.iter().zip(widths).enumerate() {
        out.push_str(if index == 0 { "" } else { "|" });
        push_padded(out, cell, *columns, pad);
    }
    out.push_str("|\n");
}

/// Appends each row as a block of ` name | value ` lines under `-RECORD n---`.
pub(super) fn write_vertical(out: &mut String, header: &[String], rows: &[Vec<String>]) {
    let widest = |cells: &[String]| cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
    let name_width = widest(header).max(LEAST_WIDTH);
    let value_width = rows.iter().map(|row| widest(row)).max().unwrap_or(0).max(LEAST_WIDTH);
    for (number, row) in rows.iter().enumerate() {
        let title = format!("-RECORD {number}");
        out.push_str(&title);
        // " name | value " has five characters besides the two.
        push_repeated(out, '-', (name_width + value_width + 5).saturating_sub(title.len()));
        out.push('\n');
        for (name, cell) in header.iter().zip(row) {
            out.push(' ');
            push_padded(out, name, name_width, Pad::Right);
            out.push_str(" | ");
            push_padded(out, cell, value_width, Pad::Right);
            out.push_str(" \n");
        }
    }
}

fn push_padded(out: &mut String, cell: &str, columns: usize, pad: Pad) {
    let blanks = columns.saturating_sub(width(cell));
    if pad == Pad::Left {
        push_repeated(out, ' ', blanks);
    }
    out.push_str(cell);
    if pad == Pad::Right {
        push_repeated(out, ' ', blanks);
    }
}

fn push_repeated(out: &mut String, character: char, times: usize) {
    out.extend(std::iter::repeat_n(character, times));
}
