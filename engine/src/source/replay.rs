//! Records from a file, without a broker: one JSON object a line.
//!
//! Two forms, told apart by the first line. *Records*: `{"topic", "partition", "offset", "timestamp", "key", "value"}`, where
//! key and value are a text, null or `{"b64": ...}`, and everything but the value may be missing. *Plain*: each line is
//! a value as it stands.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::batch::{RecordRef, Records, RecordsBuilder};
use crate::error::{Fault, Result};

const CHUNK_RECORDS: usize = 8192;
const FIELDS: [&str; 7] = [
    "topic",
    "partition",
    "offset",
    "timestamp",
    "timestampType",
    "key",
    "headers",
];

/// A record of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayRecord {
    /// Its topic, if the file says one.
    pub topic: Option<String>,
    /// Its partition, if the file says one.
    pub partition: Option<i32>,
    /// Its offset, if the file says one.
    pub offset: Option<i64>,
    /// Its time in milliseconds since the epoch, if the file says one.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; none is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Records,
    Plain,
}

/// The records of a file, one after the other; empty lines are passed over.
#[derive(Debug)]
pub struct Replay {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    form: Option<Form>,
    line: usize,
}

impl Replay {
    /// Opens a file of records.
    ///
    /// # Errors
    /// `Usage`: there is no such file, or it can't be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| {
            Fault::usage("a file of records can't be opened")
                .at(format!("`{}`", path.display()))
                .because(error)
        })?;
        Ok(Self {
            path: path.to_owned(),
            lines: BufReader::new(file).lines(),
            form: None,
            line: 0,
        })
    }

    /// The records in columns, in the file's order. What a record lacks is filled in: `topic`, partition 0, and the next
    /// offset of its partition.
    pub fn batches(self, topic: &str, include_headers: bool) -> impl Iterator<Item = Result<Records>> + use<> {
        let mut batches = Batches {
            replay: self,
            topic: topic.to_owned(),
            include_headers,
            next: BTreeMap::new(),
        };
        std::iter::from_fn(move || batches.next_batch().transpose())
    }

    fn read(&mut self, text: &str) -> Result<ReplayRecord> {
        let here = |fault: Fault| fault.at(format!("`{}:{}`", self.path.display(), self.line));
        let object = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) if is_record(&object) => Some(object),
            _ => None,
        };
        let form = *self
            .form
            .get_or_insert(if object.is_some() { Form::Records } else { Form::Plain });
        match (form, object) {
            (Form::Plain, _) => Ok(ReplayRecord {
                value: Some(text.as_bytes().to_vec()),
                ..ReplayRecord::default()
            }),
            (Form::Records, Some(object)) => record(&object).map_err(here),
            (Form::Records, None) => Err(here(Fault::usage("this line is no record, but the first one is").hint(
                "either every line has `value` beside `key`, `partition` and so on, or every line is a value itself",
            ))),
        }
    }
}

impl Iterator for Replay {
    type Item = Result<ReplayRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.line += 1;
            match self.lines.next()? {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Some(self.read(&text)),
                Err(error) => {
                    return Some(Err(Fault::usage("a file of records can't be read")
                        .at(format!("`{}:{}`", self.path.display(), self.line))
                        .because(error)));
                }
            }
        }
    }
}

struct Batches {
    replay: Replay,
    topic: String,
    include_headers: bool,
    /// The next offset of each partition.
    next: BTreeMap<(String, i32), i64>,
}

impl Batches {
    fn next_batch(&mut self) -> Result<Option<Records>> {
        let mut chunk = RecordsBuilder::new(self.include_headers);
        for record in self.replay.by_ref() {
            let record = record?;
            let topic = record.topic.unwrap_or_else(|| self.topic.clone());
            let partition = record.partition.unwrap_or(0);
            let next = self.next.entry((topic.clone(), partition)).or_insert(0);
            let offset = record.offset.unwrap_or(*next);
            *next = offset.saturating_add(1);
            let headers = (!record.headers.is_empty()).then(|| {
                record
                    .headers
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_deref()))
            });
            chunk.push(
                RecordRef {
                    key: record.key.as_deref(),
                    value: record.value.as_deref(),
                    topic: &topic,
                    partition,
                    offset,
                    timestamp_ms: record.timestamp_ms,
                    timestamp_type: if record.timestamp_ms.is_some() { 0 } else { -1 },
                },
                headers,
            );
            if chunk.len() >= CHUNK_RECORDS || chunk.is_full() {
                break;
            }
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        chunk
            .finish()
            .map(Some)
            .map_err(|error| Fault::internal("records don't make columns").because(error))
    }
}

/// Whether an object is a record around a value, and not a value itself.
fn is_record(object: &Map<String, Value>) -> bool {
    object.len() > 1
        && object.get("value").is_some_and(|value| bytes(value).is_some())
        && object
            .keys()
            .all(|key| key == "value" || FIELDS.contains(&key.as_str()))
}

fn record(object: &Map<String, Value>) -> Result<ReplayRecord> {
    let wrong = |field: &str, what: &str| {
        let value = object.get(field).cloned().unwrap_or_default();
        Fault::usage(format!("a record's `{field}` is {what}, not `{value}`"))
    };
    let integer = |field: &str| match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(field, "an integer")),
    };
    let data = |field: &str| match object.get(field) {
        None => Ok(None),
        Some(value) => bytes(value).ok_or_else(|| wrong(field, "a text, null or {\"b64\": ...}")),
    };
    let topic = match object.get("topic") {
        None | Some(Value::Null) => None,
        Some(Value::String(topic)) => Some(topic.clone()),
        Some(_) => return Err(wrong("topic", "a text")),
    };
    let partition = match integer("partition")? {
        Some(number) => Some(i32::try_from(number).map_err(|_| wrong("partition", "a small integer"))?),
        None => None,
    };
    let mut headers = Vec::new();
    if let Some(Value::Array(list)) = object.get("headers") {
        for header in list {
            let key = header.get("key").and_then(Value::as_str);
            let value = header.get("value").map_or(Some(None), bytes);
            match (key, value) {
                (Some(key), Some(value)) => headers.push((key.to_owned(), value)),
                _ => return Err(wrong("headers", "a list of {\"key\", \"value\"}")),
            }
        }
    }
    Ok(ReplayRecord {
        topic,
        partition,
        offset: integer("offset")?,
        timestamp_ms: integer("timestamp")?,
        key: data("key")?,
        value: data("value")?,
        headers,
    })
}

/// A text's bytes, nothing for null, the bytes of `{"b64": ...}`; `None` for anything else.
#[expect(
    clippy::option_option,
    reason = "null is a value here: a tombstone, or a record without a key"
)]
fn bytes(value: &Value) -> Option<Option<Vec<u8>>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text.as_bytes().to_vec())),
        Value::Object(object) if object.len() == 1 => base64(object.get("b64")?.as_str()?).map(Some),
        _ => None,
    }
}

/// The bytes of a base64 text (RFC 4648, with or without padding).
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for digit in digits.bytes() {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "replay_test.rs"]
mod tests;
