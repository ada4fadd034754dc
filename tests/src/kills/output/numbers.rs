//! A row a record, and a dead letter for each that can't be read.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::files::Files;
use super::{Output, Verdict, number};
use crate::kills::records::{PARTITIONS, Records};
use crate::kills::servers::Servers;
use crate::rows::Row;

pub(super) struct Numbers {
    records: Arc<Records>,
    rows: Files,
    letters: Option<Files>,
    /// The file that a record's row is in.
    seen: HashMap<u64, String>,
    twice: u64,
}

impl Numbers {
    pub(super) fn new(records: Arc<Records>, rows: Files, letters: Option<Files>) -> Self {
        Self {
            records,
            rows,
            letters,
            seen: HashMap::new(),
            twice: 0,
        }
    }

    fn take(&mut self, number: u64, at: u64, file: &str) -> Result<(), String> {
        if at != number || number >= self.records.sent() {
            return Err(format!("`{file}` has record {number} where record {at} is"));
        }
        match self.seen.insert(number, file.to_owned()) {
            None => Ok(()),
            Some(before) => {
                self.twice += 1;
                Err(format!("record {number} is there twice: in `{before}` and in `{file}`"))
            }
        }
    }

    /// Takes all rows, also behind one that is wrong; the first thing that is wrong is what is told.
    fn take_all(&mut self, files: Vec<super::files::Seen>, is_letter: bool) -> Result<(), String> {
        let mut outcome = Ok(());
        for seen in files {
            for row in &seen.rows {
                let found = if is_letter { letter(row) } else { order(row) };
                let taken = found.and_then(|(number, at)| {
                    if self.records.is_broken(number) != is_letter {
                        return Err(format!(
                            "record {number} is in `{}`, where it does not belong",
                            seen.file
                        ));
                    }
                    self.take(number, at, &seen.file)
                });
                outcome = outcome.and(taken);
            }
        }
        outcome
    }
}

impl Output for Numbers {
    fn look(&mut self) -> Result<bool, String> {
        let mut looked = true;
        let files = self.rows.look()?;
        looked &= files.is_some();
        self.take_all(files.unwrap_or_default(), false)?;
        if let Some(letters) = &mut self.letters {
            let files = letters.look()?;
            looked &= files.is_some();
            self.take_all(files.unwrap_or_default(), true)?;
        }
        Ok(looked)
    }

    fn verdict(&self, end: u64) -> Verdict {
        Verdict {
            lost: end.saturating_sub(self.seen.len() as u64),
            twice: self.twice,
        }
    }

    fn others_agree(&self, servers: &Servers) -> Result<(), String> {
        self.rows.others_agree(servers)?;
        self.letters
            .iter()
            .try_for_each(|letters| letters.others_agree(servers))
    }

    fn keep(&self, folder: &Path) {
        self.rows.keep(&folder.join("out"));
        if let Some(letters) = &self.letters {
            letters.keep(&folder.join("letters"));
        }
    }
}

/// The number that an order's row says, and the one that its place says.
fn order(row: &Row) -> Result<(u64, u64), String> {
    let at = number(row, "kafka_offset")? * PARTITIONS + number(row, "kafka_partition")?;
    Ok((number(row, "order_id")?, at))
}

/// The same of a dead letter.
fn letter(row: &Row) -> Result<(u64, u64), String> {
    let at = number(row, "offset")? * PARTITIONS + number(row, "partition")?;
    // Its value is bytes, `broken 17`, which this form has in base64.
    let value = row
        .get("value")
        .and_then(|value| value.get("b64"))
        .and_then(|b64| b64.as_str());
    let expected = crate::parquet::base64(format!("broken {at}").as_bytes());
    match value {
        Some(value) if value == expected => Ok((at, at)),
        _ => Err(format!("a dead letter is not what the record was: {row:?}")),
    }
}

#[cfg(test)]
#[path = "numbers_test.rs"]
mod tests;
