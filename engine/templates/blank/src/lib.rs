//! A transform: called for each record, it gives rows.

use wasmill_sdk::{Error, IntoRows, Record, Row, transform};

/// A row: a field is a column.
#[derive(Row)]
struct Line {
    text: String,
    words: i64,
}

/// Called for each record. An error is no disaster: the record is put aside, with the reason.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    let text = str::from_utf8(record.value().unwrap_or_default())?;
    Ok(Line {
        text: text.to_owned(),
        words: text.split_whitespace().count().try_into()?,
    })
}

// Things to try, with `wasmill dev` in another window:
// - No row for some records: `Ok((words > 1).then(|| Line { ... }))`. `None` is no row.
// - A row a word: return a `Vec`.
// - Say no: `return Err(Error::new("an empty line"));`
// - Records of JSON: `wasmill_sdk::json`; `wasmill new --from orders` shows it.

#[cfg(test)]
mod tests;
