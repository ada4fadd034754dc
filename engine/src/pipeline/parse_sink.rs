//! `[sink.NAME]`: which table goes where, and how.

use std::path::Path;
use std::str::FromStr;

use crate::sink::SinkSpec;
use crate::sink::console::ConsoleOptions;
use crate::sink::kafka::KafkaSinkOptions;
use crate::sink::parquet::{Compression, ParquetOptions, SaveMode};
use crate::sink::show::{ShowOptions, Truncate};

use super::mistake::{Mistake, Mistakes};
use super::parse_values::{interval, size};
use super::reader::{Reader, Spanned};
use super::spec::{Name, SinkPart};
use super::tree::{Table, Value};
use crate::event_time::OutputMode;

/// The keys one of which says what a sink is.
const KINDS: [&str; 3] = ["console", "parquet", "kafka"];

/// Reads a sink; `folder` is the pipeline file's, from which relative paths go.
pub(super) fn sink(name: Name, table: &Table, folder: &Path, mistakes: &mut Mistakes) -> Option<SinkPart> {
    let option_spans = table.entries.iter().filter_map(|entry| {
        let known = [
            "parquet",
            "mode",
            "partition_by",
            "compression",
            "target_file_size",
            "roll_interval",
            "console",
            "kafka",
            "key",
        ];
        known
            .into_iter()
            .find(|option| *option == entry.key)
            .map(|option| (option, entry.item.span))
    });
    let option_spans = option_spans.collect();

    let mut reader = Reader::new(table, format!("sink `{}`", name.text), mistakes);
    let from = reader.string("from");
    if from.is_none() && table.get("from").is_none() {
        reader.missing("from", name.span, "the table it takes: from = \"orders\"");
    }
    let mut kinds = Vec::new();
    for kind in KINDS {
        kinds.extend(reader.entry(kind).map(|_| kind));
    }
    let (spec, output_mode) = match kinds[..] {
        ["console"] => (console(&mut reader), output_mode(&mut reader)),
        ["parquet"] => parquet(&mut reader, folder),
        ["kafka"] => (kafka(&mut reader), output_mode(&mut reader)),
        [first, second, ..] => {
            let message = format!("sink `{}` has both `{first}` and `{second}`", name.text);
            let hint = "write two sinks: several may take the same table";
            reader.mistakes().push(Mistake::new(message).at(name.span).hint(hint));
            return None;
        }
        _ => {
            reader.missing(
                "console`, `parquet` or `kafka",
                name.span,
                "console = {}, or parquet = \"s3://bucket/folder\", or kafka = \"topic\"",
            );
            (None, None)
        }
    };
    reader.finish();
    Some(SinkPart {
        name,
        from: from?,
        spec: spec?,
        output_mode,
        option_spans,
    })
}

fn console(reader: &mut Reader<'_, '_>) -> Option<SinkSpec> {
    let table = reader.table("console")?;
    let mut reader = Reader::new(table.value, "`console`", reader.mistakes());
    let defaults = ShowOptions::default();
    let show = ShowOptions {
        num_rows: reader.count("num_rows").map_or(defaults.num_rows, |count| count.value),
        truncate: truncate(&mut reader).unwrap_or(defaults.truncate),
        vertical: reader.boolean("vertical").is_some_and(|vertical| vertical.value),
    };
    reader.finish();
    Some(SinkSpec::Console(ConsoleOptions { show }))
}

/// `"topic"`, or `{}` where a column names it; Spark's `topic` stands in the table as well.
fn kafka(reader: &mut Reader<'_, '_>) -> Option<SinkSpec> {
    let is_table = reader
        .entry("kafka")
        .is_some_and(|entry| matches!(entry.item.value, Value::Table(_)));
    let topic = match is_table {
        true => {
            let table = reader.table("kafka")?;
            let mut reader = Reader::new(table.value, "`kafka`", reader.mistakes());
            let topic = reader.string("topic").map(|topic| topic.value);
            reader.finish();
            topic
        }
        false => Some(reader.string("kafka")?.value),
    };
    let key = reader.string("key").map(|column| column.value);
    Some(SinkSpec::Kafka(KafkaSinkOptions { topic, key }))
}

/// `true`, `false` or a number of characters, as Spark's `show` takes it.
fn truncate(reader: &mut Reader<'_, '_>) -> Option<Truncate> {
    let item = &reader.entry("truncate")?.item;
    let truncate = match item.value {
        Value::Boolean(true) => Some(Truncate::default()),
        Value::Boolean(false) => Some(Truncate::Never),
        Value::Integer(width) => usize::try_from(width).ok().map(Truncate::At),
        _ => None,
    };
    if truncate.is_none() {
        let message = format!(
            "`truncate` must be true, false or a number of characters, and is {}",
            item.value.kind()
        );
        reader.mistakes().push(Mistake::new(message).at(item.span));
    }
    truncate
}

fn parquet(reader: &mut Reader<'_, '_>, folder: &Path) -> (Option<SinkSpec>, Option<Spanned<OutputMode>>) {
    let url = reader.string("parquet");
    let mut options = ParquetOptions::new(
        url.as_ref()
            .map_or_else(String::new, |url| from_folder(&url.value, folder)),
    );
    let mut output = None;
    if let Some(text) = reader.string("mode") {
        // One key for what Spark calls `mode` in a batch and `outputMode` in a stream; `append` is both.
        output = parse_output_mode(&text);
        match SaveMode::from_str(&text.value) {
            Ok(mode) => options.mode = mode,
            Err(_) if output.is_some() => {}
            Err(problem) => reader.mistakes().push(Mistake::new(problem).at(text.span)),
        }
    }
    if let Some(columns) = reader.strings("partition_by") {
        options.partition_by = columns.value;
    }
    if let Some(text) = reader.string("compression") {
        match Compression::from_str(&text.value) {
            Ok(compression) => options.compression = compression,
            Err(problem) => reader.mistakes().push(Mistake::new(problem).at(text.span)),
        }
    }
    if let Some(size) = size(reader, "target_file_size") {
        options.target_file_size = size;
    }
    if let Some(interval) = interval(reader, "roll_interval") {
        options.roll_interval = interval;
    }
    (url.map(|_| SinkSpec::Parquet(options)), output)
}

/// A path goes from the pipeline file's folder, so that a pipeline means the same from wherever it is started.
pub(super) fn from_folder(url: &str, folder: &Path) -> String {
    if url.contains("://") || url.is_empty() {
        return url.to_owned();
    }
    folder.join(url).to_string_lossy().into_owned()
}

fn output_mode(reader: &mut Reader<'_, '_>) -> Option<Spanned<OutputMode>> {
    let text = reader.string("mode")?;
    let mode = parse_output_mode(&text);
    if mode.is_none() {
        let message = format!("unknown mode `{}`: use `append`, `update` or `complete`", text.value);
        reader.mistakes().push(Mistake::new(message).at(text.span));
    }
    mode
}

fn parse_output_mode(text: &Spanned<String>) -> Option<Spanned<OutputMode>> {
    let value = match text.value.to_ascii_lowercase().as_str() {
        "append" => OutputMode::Append,
        "update" => OutputMode::Update,
        "complete" => OutputMode::Complete,
        _ => return None,
    };
    Some(Spanned { value, span: text.span })
}
