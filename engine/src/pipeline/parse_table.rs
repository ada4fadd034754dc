//! `[table.NAME]`: a query, and how long the rows that it groups are waited for.

use std::time::Duration;

use crate::sql::interval_micros;
use crate::window::{Per, WatermarkSpec};

use super::mistake::Mistakes;
use super::parse_values::{interval, mistake_at};
use super::reader::{Reader, Spanned};
use super::spec::{Name, TableSpec, WatermarkPart};
use super::tree::Table;

/// How long a silent partition is waited for where the pipeline does not say.
const IDLE_AFTER: Duration = Duration::from_secs(60);

/// Reads a table.
pub(super) fn table(name: Name, table: &Table, mistakes: &mut Mistakes) -> Option<TableSpec> {
    let mut reader = Reader::new(table, format!("table `{}`", name.text), mistakes);
    let sql = reader.string("sql");
    if sql.is_none() && table.get("sql").is_none() {
        reader.missing(
            "sql",
            name.span,
            "the query that gives its rows: sql = \"SELECT * FROM raw\"",
        );
    }
    let watermark = reader.table("watermark");
    let watermark = watermark.and_then(|part| watermark_of(&name, &part, reader.mistakes()));
    reader.finish();
    Some(TableSpec {
        name,
        sql: sql?,
        watermark,
    })
}

fn watermark_of(name: &Name, part: &Spanned<&Table>, mistakes: &mut Mistakes) -> Option<WatermarkPart> {
    let mut reader = Reader::new(part.value, format!("the watermark of table `{}`", name.text), mistakes);
    let column = reader.string("column");
    let delay = reader.string("delay");
    for (key, is_missing) in [("column", column.is_none()), ("delay", delay.is_none())] {
        if is_missing && part.value.get(key).is_none() {
            let hint = "for example watermark = { column = \"event_time\", delay = \"1 minute\" }";
            reader.missing(key, part.span, hint);
        }
    }
    let delay = delay.and_then(|text| delay_of(&mut reader, &text));
    let idle_after = interval(&mut reader, "idle_after");
    let per = reader.string("per");
    let per = match per.as_ref().map(|per| per.value.as_str()) {
        Some("partition") => Per::Partition {
            idle_after: idle_after.unwrap_or(IDLE_AFTER),
        },
        None | Some("all") => {
            if let (Some(_), Some(entry)) = (idle_after, part.value.get("idle_after")) {
                let message = "`idle_after` counts only where each partition is waited for".to_owned();
                mistake_at(&mut reader, entry.key_span, message, "add per = \"partition\"");
            }
            Per::All
        }
        Some(other) => {
            let message = format!("`per` can't be {other:?}");
            let hint = "\"all\" (one watermark, from the greatest time in any partition) or \"partition\" (the least of theirs)";
            let span = per.as_ref().map_or(part.span, |per| per.span);
            mistake_at(&mut reader, span, message, hint);
            Per::All
        }
    };
    let max_ahead = interval(&mut reader, "max_ahead");
    reader.finish();
    let column = column?;
    Some(WatermarkPart {
        spec: WatermarkSpec {
            column: column.value,
            delay: delay?,
            per,
            max_ahead: max_ahead.map(|ahead| i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX)),
        },
        column_span: column.span,
    })
}

/// A delay in microseconds; none at all is one too.
fn delay_of(reader: &mut Reader<'_, '_>, text: &Spanned<String>) -> Option<i64> {
    let problem = match interval_micros(&text.value) {
        Ok(micros @ 0..) => return Some(micros),
        Ok(_) => "it can't be negative".to_owned(),
        Err(problem) => problem,
    };
    let message = format!("`delay` can't be {:?}: {problem}", text.value);
    mistake_at(reader, text.span, message, "for example \"1 minute\"");
    None
}

#[cfg(test)]
#[path = "parse_table_test.rs"]
mod tests;
