//! What comes out of a pipeline, read as any reader would while it runs, and compared with what has to come out.

mod files;
mod numbers;
mod steps;
mod tables;
mod windows;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::kind::{Kind, Sites};
use super::records::{Records, Sums};
use super::servers::Servers;
use crate::rows::Row;

/// Something that a pipeline writes.
pub(super) trait Output: Send {
    /// Reads what is new. False if it can't be read at the moment.
    ///
    /// # Errors
    /// What is wrong with it, at this moment: something is there twice, or changed, or is not what it should be.
    fn look(&mut self) -> Result<bool, String>;

    /// What is missing, and what is too much, once all the records below `end` are through.
    fn verdict(&self, end: u64) -> Verdict;

    /// Whether readers that are not ours see the same, at the end.
    ///
    /// # Errors
    /// They don't.
    fn others_agree(&self, servers: &Servers) -> Result<(), String> {
        let _ = servers;
        Ok(())
    }

    /// Keeps what is there for somebody who looks into what went wrong.
    fn keep(&self, folder: &Path);
}

/// How what came out differs from what had to come out, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Records of which there is nothing.
    pub lost: u64,
    /// Records that count again.
    pub twice: u64,
}

impl Verdict {
    /// Whether all is there, once.
    pub fn is_clean(self) -> bool {
        self == Self::default()
    }

    /// Adds what a group of so many records is, which should be of so many.
    fn add(&mut self, should: u64, is: u64) {
        self.lost += should.saturating_sub(is);
        self.twice += is.saturating_sub(should);
    }
}

/// What a pipeline of this kind writes; `printed` is the folder of what its processes print.
pub(super) fn open(
    kind: Kind,
    sites: &Sites,
    servers: &Servers,
    records: &Arc<Records>,
    printed: &Path,
) -> Box<dyn Output> {
    let files = |url: &str| files::Files::open(url, servers);
    let records = Arc::clone(records);
    match kind {
        Kind::Store | Kind::Disk => Box::new(numbers::Numbers::new(records, files(&sites.out), None)),
        Kind::DeadLetters => Box::new(numbers::Numbers::new(
            records,
            files(&sites.out),
            Some(files(&sites.letters)),
        )),
        Kind::Append => Box::new(windows::Windows::new(records, files(&sites.out))),
        Kind::Update => Box::new(steps::Steps::open(servers.kafka(), &sites.out_topic)),
        Kind::Complete => Box::new(tables::Tables::new(printed)),
    }
}

/// A column that holds a number.
fn number(row: &Row, column: &str) -> Result<u64, String> {
    let value = row.get(column).and_then(Value::as_u64);
    value.ok_or_else(|| format!("a row has no number `{column}`: {row:?}"))
}

/// A column that holds a text.
fn text<'a>(row: &'a Row, column: &str) -> Result<&'a str, String> {
    let value = row.get(column).and_then(Value::as_str);
    value.ok_or_else(|| format!("a row has no text `{column}`: {row:?}"))
}

/// The columns that a group's sums are in.
fn sums(row: &Row) -> Result<Sums, String> {
    Ok(Sums {
        count: number(row, "n")?,
        total: number(row, "total")?,
        low: number(row, "low")?,
        high: number(row, "high")?,
    })
}
