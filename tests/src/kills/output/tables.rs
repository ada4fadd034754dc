//! Whole results, printed batch after batch by one process after the other. What a process repeats after a crash is the same again; the
//! last table of all is the one that counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Output, Verdict, number, sums, text};
use crate::kills::records::{CUSTOMERS, PARTITIONS, count_of, customer_of, first};
use crate::rows::Row;

pub(super) struct Tables {
    folder: PathBuf,
    printed: BTreeMap<PathBuf, Printed>,
}

/// What one process printed.
#[derive(Default)]
struct Printed {
    /// Bytes that were read.
    read: usize,
    /// The batch that was printed last, perhaps only in part.
    batch: Option<u64>,
    /// Its groups: how many records a customer has.
    counts: BTreeMap<u64, u64>,
}

impl Tables {
    /// Those in the files `*.out` of a folder, in the order of their names.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            printed: BTreeMap::new(),
        }
    }

    /// The last table that was printed.
    fn last(&self) -> Option<&Printed> {
        self.printed.values().rev().find(|printed| printed.batch.is_some())
    }
}

impl Output for Tables {
    fn look(&mut self) -> Result<bool, String> {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "out") {
                let text = std::fs::read(&path).unwrap_or_default();
                let name = path.display().to_string();
                let printed = self.printed.entry(path).or_default();
                printed.read(&text).map_err(|wrong| format!("{name}: {wrong}"))?;
            }
        }
        Ok(true)
    }

    fn verdict(&self, end: u64) -> Verdict {
        let mut verdict = Verdict::default();
        let last = self.last();
        for customer in 0..CUSTOMERS {
            let is = last.and_then(|printed| printed.counts.get(&customer));
            verdict.add(count_of(customer, end), is.copied().unwrap_or_default());
        }
        verdict
    }

    // The folder that is kept has all of it.
    fn keep(&self, _: &Path) {}
}

impl Printed {
    /// Goes on to the last whole line.
    fn read(&mut self, text: &[u8]) -> Result<(), String> {
        let new = &text[self.read..];
        let end = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.read += end;
        for line in new[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let wrong = || format!("a line is no row: {}", String::from_utf8_lossy(line));
            let line: Row = serde_json::from_slice(line).map_err(|_| wrong())?;
            let row = line.get("row").and_then(Value::as_object).ok_or_else(wrong)?;
            self.take(number(&line, "batch")?, row)?;
        }
        Ok(())
    }

    fn take(&mut self, batch: u64, row: &Row) -> Result<(), String> {
        if self.batch != Some(batch) {
            self.check()?;
            if self.batch.is_some_and(|before| before > batch) {
                return Err(format!("batch {batch} comes after batch {:?}", self.batch));
            }
            self.batch = Some(batch);
            self.counts.clear();
        }
        let customer = customer_of(text(row, "customer_id")?).ok_or_else(|| format!("whose is {row:?}?"))?;
        let sums = sums(row)?;
        if sums != first(customer, sums.count) {
            return Err(format!(
                "batch {batch}: {row:?} is not what the first {} records of this customer are",
                sums.count
            ));
        }
        match self.counts.insert(customer, sums.count) {
            None => Ok(()),
            Some(_) => Err(format!("batch {batch} has two rows of one customer: {row:?}")),
        }
    }

    /// A whole table is that of the first records of each partition, as many as were read of it: no more, none left out.
    fn check(&self) -> Result<(), String> {
        const TURNS: u64 = CUSTOMERS / PARTITIONS;
        let count = |customer| self.counts.get(&customer).copied().unwrap_or_default();
        for partition in 0..PARTITIONS {
            // Its customers take turns.
            let turns = (0..TURNS).map(|turn| partition + turn * PARTITIONS);
            let read: u64 = turns.clone().map(count).sum();
            for (turn, customer) in turns.enumerate() {
                if count(customer) != (read + TURNS - 1 - turn as u64) / TURNS {
                    return Err(format!(
                        "batch {:?} is no table of what was read of partition {partition}: {:?}",
                        self.batch, self.counts
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tables_test.rs"]
mod tests;
