//! A TOML text as a tree whose every key and value knows where it was written.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Mistakes};

/// Which text something was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The pipeline file.
    File,
    /// The n-th `--set KEY=VALUE` of the command line, from 0.
    Override(usize),
}

/// A stretch of bytes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// The text.
    pub origin: Origin,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    fn new(origin: Origin, range: Range<usize>) -> Self {
        Self {
            origin,
            start: range.start,
            end: range.end,
        }
    }
}

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub span: Span,
}

/// TOML's values.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a point or exponent.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date or time; no key of a pipeline takes one.
    Datetime(String),
    /// A list.
    Array(Vec<Item>),
    /// A table, written in either way.
    Table(Table),
}

impl Value {
    /// What the value is, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The key.
    pub key: String,
    /// Where the key was written.
    pub key_span: Span,
    /// Its value.
    pub item: Item,
}

/// Entries in the order they were written.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Table {
    /// The entry of this key.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Reads a TOML text; every syntax error becomes a mistake.
    pub(super) fn parse(text: &str, origin: Origin, mistakes: &mut Mistakes) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().map(|range| Span::new(origin, range));
            mistakes.push(Mistake::new(error.message()).maybe_at(span));
        }
        convert_table(table.get_ref(), origin, mistakes)
    }

    /// Puts a value at a dotted path, as `--set source.raw.subscribe=orders` asks.
    pub(super) fn set(&mut self, path: &[String], item: Item, key_span: Span) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let position = self.entries.iter().position(|entry| &entry.key == first);
        let index = position.unwrap_or_else(|| {
            self.entries.push(Entry {
                key: first.clone(),
                key_span,
                item: Item {
                    value: Value::Table(Self::default()),
                    span: key_span,
                },
            });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[index];
        if rest.is_empty() {
            *entry = Entry {
                key: first.clone(),
                key_span,
                item,
            };
            return;
        }
        if !matches!(entry.item.value, Value::Table(_)) {
            entry.item.value = Value::Table(Self::default());
        }
        if let Value::Table(table) = &mut entry.item.value {
            table.set(rest, item, key_span);
        }
    }
}

fn convert_table(table: &DeTable<'_>, origin: Origin, mistakes: &mut Mistakes) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: Span::new(origin, key.span()),
            item: Item {
                value: convert(value.get_ref(), Span::new(origin, value.span()), mistakes),
                span: Span::new(origin, value.span()),
            },
        })
        .collect();
    // The parser sorts by name; a reader expects the order of the file.
    entries.sort_by_key(|entry| entry.key_span);
    Table { entries }
}

fn convert(value: &DeValue<'_>, span: Span, mistakes: &mut Mistakes) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => {
                mistakes.push(Mistake::new("the number does not fit 64 bits").at(span));
                Value::Integer(0)
            }
        },
        DeValue::Float(digits) => Value::Float(digits.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(datetime) => Value::Datetime(datetime.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| {
                    let span = Span::new(span.origin, item.span());
                    Item {
                        value: convert(item.get_ref(), span, mistakes),
                        span,
                    }
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, span.origin, mistakes)),
    }
}
