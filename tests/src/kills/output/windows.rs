//! A row a window and customer, once, when the window is final.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use serde_json::Value;

use super::files::{Files, Seen};
use super::{Output, Verdict, sums, text};
use crate::kills::records::{Records, Sums, customer_of};
use crate::kills::servers::Servers;
use crate::rows::Row;

pub(super) struct Windows {
    records: Arc<Records>,
    files: Files,
    /// What was seen of a window (its start in milliseconds) and customer: in which file, of how many records.
    seen: HashMap<(i64, u64), (String, u64)>,
    twice: u64,
}

impl Windows {
    pub(super) fn new(records: Arc<Records>, files: Files) -> Self {
        Self {
            records,
            files,
            seen: HashMap::new(),
            twice: 0,
        }
    }

    fn take(&mut self, row: &Row, file: &str) -> Result<(), String> {
        let (start, customer, sums) = window(row)?;
        if let Some((before, _)) = self.seen.insert((start, customer), (file.to_owned(), sums.count)) {
            self.twice += sums.count;
            return Err(format!(
                "a window is there twice, in `{before}` and in `{file}`: {row:?}"
            ));
        }
        match self.records.window(start, customer) {
            Some(expected) if expected == sums => Ok(()),
            expected => Err(format!("a window is {row:?}, and should be {expected:?}")),
        }
    }

    fn take_all(&mut self, files: Vec<Seen>) -> Result<(), String> {
        let mut outcome = Ok(());
        for seen in files {
            for row in &seen.rows {
                outcome = outcome.and(self.take(row, &seen.file));
            }
        }
        outcome
    }
}

impl Output for Windows {
    fn look(&mut self) -> Result<bool, String> {
        let files = self.files.look()?;
        let looked = files.is_some();
        self.take_all(files.unwrap_or_default())?;
        Ok(looked)
    }

    fn verdict(&self, _: u64) -> Verdict {
        let mut verdict = Verdict {
            lost: 0,
            twice: self.twice,
        };
        for (start, customer) in self.records.windows() {
            let should = self.records.window(start, customer).map_or(0, |sums| sums.count);
            verdict.add(should, self.seen.get(&(start, customer)).map_or(0, |(_, count)| *count));
        }
        verdict
    }

    fn others_agree(&self, servers: &Servers) -> Result<(), String> {
        self.files.others_agree(servers)
    }

    fn keep(&self, folder: &Path) {
        self.files.keep(&folder.join("out"));
    }
}

/// A row's window, by its start in milliseconds, its customer and its sums.
fn window(row: &Row) -> Result<(i64, u64, Sums), String> {
    let wrong = || format!("a row is of no window: {row:?}");
    let start = row
        .get("window")
        .and_then(|window| window.get("start"))
        .and_then(Value::as_str);
    let nanos = start
        .and_then(|start| string_to_timestamp_nanos(start).ok())
        .ok_or_else(wrong)?;
    let customer = customer_of(text(row, "customer_id")?).ok_or_else(wrong)?;
    Ok((nanos / 1_000_000, customer, sums(row)?))
}

#[cfg(test)]
#[path = "windows_test.rs"]
mod tests;
