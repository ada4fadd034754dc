//! Values that several parts of a pipeline file have: sizes, lengths of time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sql::interval_micros;

use super::mistake::Mistake;
use super::reader::Reader;
use super::tree::{Span, Value};

/// A path from the pipeline file's folder, as one would write it: `mine` and not `mine/.`.
pub(super) fn in_folder(folder: &Path, path: impl AsRef<Path>) -> PathBuf {
    folder.join(path).components().collect()
}

/// Bytes, as a number or as a text such as `128 MB` (of 1024, as Spark and Kafka count them).
pub(super) fn size(reader: &mut Reader<'_, '_>, key: &'static str) -> Option<u64> {
    let item = &reader.entry(key)?.item;
    let size = match &item.value {
        Value::Integer(bytes) => u64::try_from(*bytes).ok(),
        Value::String(text) => parse_size(text),
        _ => None,
    };
    let size = size.filter(|size| *size > 0);
    if size.is_none() {
        mistake_at(
            reader,
            item.span,
            format!("`{key}` must be a size above 0"),
            "for example \"128 MB\"",
        );
    }
    size
}

pub(super) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// An interval above zero, in Spark's words: `10 seconds`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let micros = interval_micros(text)?;
    match u64::try_from(micros) {
        Ok(micros @ 1..) => Ok(Duration::from_micros(micros)),
        _ => Err("it must be longer than nothing".to_owned()),
    }
}

/// An interval above zero.
pub(super) fn interval(reader: &mut Reader<'_, '_>, key: &'static str) -> Option<Duration> {
    let text = reader.string(key)?;
    match duration(&text.value) {
        Ok(interval) => Some(interval),
        Err(problem) => {
            mistake_at(
                reader,
                text.span,
                format!("`{key}` can't be {:?}: {problem}", text.value),
                "for example \"1 minute\"",
            );
            None
        }
    }
}

/// A mistake, where it stands, and what to do.
pub(super) fn mistake_at(reader: &mut Reader<'_, '_>, span: Span, message: String, hint: &str) {
    reader.mistakes().push(Mistake::new(message).at(span).hint(hint));
}
