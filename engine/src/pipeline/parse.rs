//! From the text of a pipeline file to its [`Spec`], collecting every mistake on the way.

use std::path::{Path, PathBuf};

use crate::guest::OnError;

use super::mistake::{Mistake, Mistakes};
use super::parse_values::{duration, in_folder, size};
use super::reader::{Reader, Spanned};
use super::spec::{GuestSpec, Name, Setting, SourceKind, SourceSpec, Spec};
use super::tree::{Item, Origin, Span, Table, Value};
use super::trigger::Trigger;
use super::{parse_aggregate, parse_checkpoint, parse_limits, parse_sink, parse_table};

/// How many bytes the groups of a pipeline may take where it does not say: much for a lab, little enough for its machine.
const STATE_LIMIT: usize = 1 << 30;

/// Parts of a dotted key in `--set`, as many as the reader of TOML takes in a file.
const KEY_PARTS: usize = 80;

/// The texts a pipeline was read from.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
    /// The `--set KEY=VALUE` of the command line.
    pub overrides: Vec<String>,
}

/// Reads a pipeline; what is wrong is added to the mistakes and left out of the spec.
pub(super) fn parse(text: &Text, mistakes: &mut Mistakes) -> Spec {
    let mut root = Table::parse(&text.text, Origin::File, mistakes);
    for (index, text) in text.overrides.iter().enumerate() {
        apply_override(&mut root, index, text, mistakes);
    }
    let folder = text.path.parent().unwrap_or(Path::new(""));
    let stem = text
        .path
        .file_stem()
        .map_or_else(|| "pipeline".into(), |stem| stem.to_string_lossy());

    let mut reader = Reader::new(&root, "the pipeline", mistakes);
    let name = reader
        .string("name")
        .map_or_else(|| stem.to_string(), |name| name.value);
    let trigger = reader
        .string("trigger")
        .map_or_else(Trigger::default, |text| trigger(&text, reader.mistakes()));
    let checkpoint = parse_checkpoint::checkpoint(&mut reader, folder, &stem);
    let state_limit =
        size(&mut reader, "state_limit").map_or(STATE_LIMIT, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let kafka = reader
        .table("kafka")
        .map_or_else(Vec::new, |table| flatten(table.value));
    let sources = section(&mut reader, "source", |name, table, m| source(name, table, folder, m));
    let guests = section(&mut reader, "guest", |name, table, m| guest(name, table, folder, m));
    let aggregates = section(&mut reader, "aggregate", |name, table, m| {
        parse_aggregate::aggregate(name, table, folder, m)
    });
    let tables = section(&mut reader, "table", parse_table::table);
    let sinks = section(&mut reader, "sink", |name, table, m| {
        parse_sink::sink(name, table, folder, m)
    });
    reader.finish();

    let needed = [
        (sources.is_empty(), "source", "[source.raw]\nsubscribe = \"my-topic\""),
        (sinks.is_empty(), "sink", "[sink.screen]\nfrom = \"raw\"\nconsole = {}"),
    ];
    // A section that is there but wrong has been told already.
    let sound = mistakes.is_empty();
    for (missing, what, example) in needed {
        if missing && sound {
            let message = format!("the pipeline has no {what}");
            mistakes.push(Mistake::new(message).hint(format!("for example:\n{example}")));
        }
    }
    Spec {
        name,
        trigger,
        checkpoint,
        state_limit,
        kafka,
        sources,
        guests,
        aggregates,
        tables,
        sinks,
    }
}

/// `KEY=VALUE`: the key dotted, the value as TOML has it, or else a plain text.
fn apply_override(root: &mut Table, index: usize, text: &str, mistakes: &mut Mistakes) {
    let origin = Origin::Override(index);
    let whole = Span {
        origin,
        start: 0,
        end: text.len(),
    };
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        let hint = "for example `--set source.raw.subscribe=orders`";
        mistakes.push(Mistake::new("`--set` needs KEY=VALUE").at(whole).hint(hint));
        return;
    };
    let span = Span {
        start: key.len() + 1,
        ..whole
    };
    // What is no TOML value (a name, a path, an address) is a text. What is one begins where it does in the user's own text,
    // so that whatever is wrong inside it is shown there.
    let mut no_toml = Mistakes::default();
    let blanks = " ".repeat(key.len() - 1);
    let parsed = Table::parse(&format!("v{blanks}={value}"), origin, &mut no_toml);
    let value = match parsed.get("v") {
        Some(entry) if no_toml.is_empty() && parsed.entries.len() == 1 => entry.item.value.clone(),
        _ => Value::String(value.to_owned()),
    };
    let path: Vec<String> = key.split('.').map(|part| part.trim().to_owned()).collect();
    if path.len() > KEY_PARTS {
        let message = format!("the key has {} parts, more than the {KEY_PARTS} allowed", path.len());
        mistakes.push(Mistake::new(message).at(whole));
        return;
    }
    root.set(&path, Item { value, span }, whole);
}

/// The named tables of a section: `[source.NAME]` and so on.
fn section<T>(
    reader: &mut Reader<'_, '_>,
    section: &'static str,
    mut read: impl FnMut(Name, &Table, &mut Mistakes) -> Option<T>,
) -> Vec<T> {
    let Some(table) = reader.table(section) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    for entry in &table.value.entries {
        let name = Name {
            text: entry.key.clone(),
            span: entry.key_span,
        };
        check_name(&name, reader.mistakes());
        match &entry.item.value {
            Value::Table(table) => parts.extend(read(name, table, reader.mistakes())),
            other => {
                let message = format!("`{section}.{}` must be a table, and is {}", name.text, other.kind());
                let hint = format!("write `[{section}.NAME]` and its keys below");
                reader
                    .mistakes()
                    .push(Mistake::new(message).at(entry.item.span).hint(hint));
            }
        }
    }
    parts
}

/// Names are used in SQL without quotes.
fn check_name(name: &Name, mistakes: &mut Mistakes) {
    let mut letters = name.text.chars();
    let starts_well = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let message = format!("`{}` can't be a name", name.text);
        let hint = "letters, digits and `_`, with a letter first: names are used in SQL";
        mistakes.push(Mistake::new(message).at(name.span).hint(hint));
    }
}

fn trigger(text: &Spanned<String>, mistakes: &mut Mistakes) -> Trigger {
    match text.value.as_str() {
        "available-now" => Trigger::AvailableNow,
        "as-soon-as-possible" => Trigger::AsSoonAsPossible,
        "once" => Trigger::Once,
        interval => match duration(interval) {
            Ok(interval) => Trigger::Every(interval),
            Err(problem) => {
                let hint =
                    "an interval such as \"10 seconds\", or \"available-now\", \"as-soon-as-possible\", \"once\"";
                let message = format!("`trigger` can't be {interval:?}: {problem}");
                mistakes.push(Mistake::new(message).at(text.span).hint(hint));
                Trigger::default()
            }
        },
    }
}

fn source(name: Name, table: &Table, folder: &Path, mistakes: &mut Mistakes) -> Option<SourceSpec> {
    if table.get("replay").is_none() {
        let kind = SourceKind::Kafka(flatten(table));
        return Some(SourceSpec { name, kind });
    }
    let mut reader = Reader::new(table, format!("source `{}`", name.text), mistakes);
    let path = reader.string("replay");
    reader.finish();
    let path = path?;
    let kind = SourceKind::Replay(Spanned {
        value: folder.join(path.value),
        span: path.span,
    });
    Some(SourceSpec { name, kind })
}

/// A table's keys dotted: `bootstrap.servers` is one setting, however it was written.
fn flatten(table: &Table) -> Vec<Setting> {
    fn walk(prefix: &str, table: &Table, into: &mut Vec<Setting>) {
        for entry in &table.entries {
            let name = format!("{prefix}{}", entry.key);
            match &entry.item.value {
                Value::Table(inner) if !is_value(&name) => walk(&format!("{name}."), inner, into),
                _ => into.push(Setting {
                    name,
                    name_span: entry.key_span,
                    item: entry.item.clone(),
                }),
            }
        }
    }
    let mut settings = Vec::new();
    walk("", table, &mut settings);
    settings
}

/// Options whose value may be a table: offsets by topic and partition.
fn is_value(name: &str) -> bool {
    name == "assign" || name.contains("offsets") || name.contains("timestamp")
}

fn guest(name: Name, table: &Table, folder: &Path, mistakes: &mut Mistakes) -> Option<GuestSpec> {
    let whose = format!("guest `{}`", name.text);
    let mut reader = Reader::new(table, whose.clone(), mistakes);
    let from = reader.string("from");
    let module = reader.string("module");
    let on_error = reader.string("on_error");
    if from.is_none() && table.get("from").is_none() {
        reader.missing("from", name.span, "the source whose records it gets: from = \"raw\"");
    }
    if module.is_none() && table.get("module").is_none() {
        reader.missing(
            "module",
            name.span,
            "a crate's folder, or a .wasm file: module = \"../commandes\"",
        );
    }
    let on_error = on_error.map_or_else(Default::default, |text| {
        on_error_of(&text.value).unwrap_or_else(|| {
            let message = format!("`on_error` can't be {:?}", text.value);
            let hint = "one of \"dead-letter\", \"skip\", \"null\", \"fail\"";
            reader.mistakes().push(Mistake::new(message).at(text.span).hint(hint));
            Default::default()
        })
    });
    let limits = parse_limits::limits(&mut reader, &whose);
    reader.finish();
    let module = module?;
    Some(GuestSpec {
        name,
        from: from?,
        module: Spanned {
            value: in_folder(folder, &module.value),
            span: module.span,
        },
        on_error,
        limits,
    })
}

fn on_error_of(text: &str) -> Option<OnError> {
    match text {
        "dead-letter" => Some(OnError::DeadLetter),
        "skip" => Some(OnError::Skip),
        "null" => Some(OnError::Null),
        "fail" => Some(OnError::Fail),
        _ => None,
    }
}

#[cfg(test)]
#[path = "parse_test.rs"]
mod tests;

#[cfg(test)]
#[path = "parse_keys_test.rs"]
mod keys_tests;
