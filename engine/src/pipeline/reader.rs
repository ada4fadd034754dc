//! Reads a table of a pipeline file key by key; what is not read, or is of another type, is a mistake.

use super::mistake::{Mistake, Mistakes};
use super::tree::{Entry, Item, Span, Table, Value};

/// A value with the place it was written at.
#[derive(Debug, Clone)]
pub(super) struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// One table, while it is read.
pub(super) struct Reader<'t, 'm> {
    table: &'t Table,
    /// What the table is called in a message: ``sink `bronze` ``.
    title: String,
    known: Vec<&'static str>,
    mistakes: &'m mut Mistakes,
}

impl<'t, 'm> Reader<'t, 'm> {
    pub(super) fn new(table: &'t Table, title: impl Into<String>, mistakes: &'m mut Mistakes) -> Self {
        Self {
            table,
            title: title.into(),
            known: Vec::new(),
            mistakes,
        }
    }

    /// The collected mistakes, for those that a caller finds itself.
    pub(super) fn mistakes(&mut self) -> &mut Mistakes {
        self.mistakes
    }

    /// What the table is called in a message.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// The entry of a key, whatever its type.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'t Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    pub(super) fn string(&mut self, key: &'static str) -> Option<Spanned<String>> {
        self.typed(key, "a string", |value| match value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        })
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<Spanned<bool>> {
        self.typed(key, "a boolean", |value| match value {
            Value::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, key: &'static str) -> Option<Spanned<usize>> {
        self.typed(key, "a whole number, 0 or more", |value| match value {
            Value::Integer(number) => usize::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, key: &'static str) -> Option<Spanned<Vec<String>>> {
        self.typed(key, "an array of strings", |value| match value {
            Value::Array(items) => items
                .iter()
                .map(|item| match &item.value {
                    Value::String(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        })
    }

    pub(super) fn table(&mut self, key: &'static str) -> Option<Spanned<&'t Table>> {
        let entry = self.entry(key)?;
        match &entry.item.value {
            Value::Table(table) => Some(Spanned {
                value: table,
                span: entry.key_span,
            }),
            other => {
                let message = format!("`{key}` of {} must be a table, and is {}", self.title, other.kind());
                self.mistakes.push(Mistake::new(message).at(entry.item.span));
                None
            }
        }
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let Item { value, span } = &self.entry(key)?.item;
        let read = read(value);
        if read.is_none() {
            let message = format!(
                "`{key}` of {} must be {wanted}, and is {}",
                self.title,
                described(value)
            );
            self.mistakes.push(Mistake::new(message).at(*span));
        }
        read.map(|value| Spanned { value, span: *span })
    }

    /// Says that a key is missing.
    pub(super) fn missing(&mut self, key: &str, span: Span, hint: &str) {
        let message = format!("{} needs `{key}`", self.title);
        self.mistakes.push(Mistake::new(message).at(span).hint(hint));
    }

    /// Every key that nobody asked for is a mistake.
    pub(super) fn finish(self) {
        for entry in &self.table.entries {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let hint = match nearest(&entry.key, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", list(self.known.iter().copied())),
            };
            let message = format!("unknown key `{}` in {}", entry.key, self.title);
            self.mistakes.push(Mistake::new(message).at(entry.key_span).hint(hint));
        }
    }
}

/// What a value of the right kind but not of the right content is, or else its kind.
pub(super) fn described(value: &Value) -> String {
    match value {
        Value::Integer(number) if *number < 0 => number.to_string(),
        Value::Array(items) => match items.iter().find(|item| !matches!(item.value, Value::String(_))) {
            Some(item) => format!("an array with {} in it", item.value.kind()),
            None => value.kind().to_owned(),
        },
        _ => value.kind().to_owned(),
    }
}

/// The known name that looks most like this one, if one looks like it at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. The usual measure finds no likeness between short names with two letters swapped, so one slip of the
/// fingers always counts as likeness.
fn likeness(name: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(name, candidate);
    let one_slip = candidate.len() > 2 && strsim::damerau_levenshtein(name, candidate) == 1;
    if one_slip { likeness.max(0.9) } else { likeness }
}

/// Names for a message: `` `a`, `b` ``.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
