//! `checkpoint`: where a stream keeps what the next run goes on from.

use std::path::Path;

use super::checkpoints::CheckpointSpec;
use super::mistake::Mistake;
use super::parse_sink::from_folder;
use super::parse_values::interval;
use super::reader::{Reader, Spanned};
use super::tree::{Span, Value};
use crate::storage::Target;

/// Reads `"s3://..."`, a path, `{ url = "...", interval = "...", keep = ... }` or `false`. Without it the checkpoint is beside the pipeline file,
/// whose name without `.toml` is `stem`.
pub(super) fn checkpoint(reader: &mut Reader<'_, '_>, folder: &Path, stem: &str) -> Option<CheckpointSpec> {
    let default = from_folder(&format!("{stem}.checkpoint"), folder);
    let Some(entry) = reader.entry("checkpoint") else {
        return Some(CheckpointSpec {
            is_default: true,
            ..CheckpointSpec::new(default)
        });
    };
    let span = entry.item.span;
    match &entry.item.value {
        Value::Boolean(false) => None,
        Value::String(url) => {
            let url = Spanned {
                value: url.clone(),
                span,
            };
            Some(CheckpointSpec::new(address(reader, &url, folder)))
        }
        Value::Table(table) => {
            let mut reader = Reader::new(table, "`checkpoint`", reader.mistakes());
            let url = reader.string("url");
            let mut spec = CheckpointSpec::new(url.map_or(default, |url| address(&mut reader, &url, folder)));
            if let Some(interval) = interval(&mut reader, "interval") {
                spec.interval = interval;
            }
            if let Some(keep) = reader.count("keep") {
                if keep.value == 0 {
                    mistake(&mut reader, keep.span, "`keep` must be 1 or more".to_owned());
                }
                spec.keep = keep.value;
            }
            reader.finish();
            Some(spec)
        }
        other => {
            let message = format!(
                "`checkpoint` must be an address, a table, or false, and is {}",
                other.kind()
            );
            mistake(reader, span, message);
            None
        }
    }
}

fn address(reader: &mut Reader<'_, '_>, url: &Spanned<String>, folder: &Path) -> String {
    let address = from_folder(&url.value, folder);
    if let Err(fault) = Target::parse(&address) {
        let hint = fault.advice().map(str::to_owned);
        let wrong = Mistake::new(format!("`checkpoint`: {fault}"))
            .at(url.span)
            .maybe_hint(hint);
        reader.mistakes().push(wrong);
    }
    address
}

fn mistake(reader: &mut Reader<'_, '_>, span: Span, message: String) {
    let hint = "for example `checkpoint = \"s3://bronze/_checkpoints/orders\"`, or `{ url = \"...\", interval = \"10 seconds\", keep = 10 }`";
    reader.mistakes().push(Mistake::new(message).at(span).hint(hint));
}

#[cfg(test)]
#[path = "parse_checkpoint_test.rs"]
mod tests;
