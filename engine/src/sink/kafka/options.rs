//! What a Kafka sink is told, and which columns of its table a record is made of.

use arrow::datatypes::{DataType, Field, Schema};

use crate::kafka::nearest;
use crate::sink::Problem;
use crate::sink::show::type_name;

/// Options of a Kafka sink.
///
/// A table with a column `value` is written as Spark writes it: `value` and, where they are there, `key`, `headers`, `topic` and
/// `partition` make the record; other columns are left out. Of a table without one, each row is a JSON object of all its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KafkaSinkOptions {
    /// The topic of all records; it wins over a column `topic`. Option `kafka`.
    pub topic: Option<String>,
    /// The column that is the key: a text, binary, a whole number or a boolean. Option `key`; default: the column `key`, where there
    /// is a column `value`, and else none.
    pub key: Option<String>,
}

/// Where in a table's columns the parts of a record stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) key: Option<usize>,
    /// None: the whole row, as JSON.
    pub(super) value: Option<usize>,
    pub(super) headers: Option<usize>,
    pub(super) topic: Option<usize>,
    pub(super) partition: Option<usize>,
}

impl Parts {
    /// The parts of a table's rows. What is wrong with them is for [`KafkaSinkOptions::problems`] to say.
    pub(super) fn of(options: &KafkaSinkOptions, schema: &Schema) -> Self {
        let find = |name: &str| schema.fields().iter().position(|field| field.name() == name);
        let value = find("value");
        // Of a row that is written as a whole a column is a column, whatever it is called.
        let part = |name: &str| value.and_then(|_| find(name));
        Self {
            value,
            key: match &options.key {
                Some(column) => find(column),
                None => part("key"),
            },
            headers: part("headers"),
            topic: part("topic").filter(|_| options.topic.is_none()),
            partition: part("partition"),
        }
    }
}

impl KafkaSinkOptions {
    /// All that is wrong with these options for rows of this schema; empty if nothing is.
    pub fn problems(&self, schema: &Schema) -> Vec<Problem> {
        let parts = Parts::of(self, schema);
        let mut found = Vec::new();
        found.extend(self.topic.as_deref().and_then(topic_problem));
        if self.topic.is_none() && parts.topic.is_none() {
            found.push(Problem {
                option: Some("kafka"),
                message: "no topic is named".to_owned(),
                hint: Some(match parts.value {
                    Some(_) => "say kafka = \"TOPIC\", or have a column `topic` of type string".to_owned(),
                    None => "say kafka = \"TOPIC\"; a column `topic` counts only beside a column `value`".to_owned(),
                }),
            });
        }
        if let (Some(name), None) = (&self.key, parts.key) {
            found.push(Problem {
                option: Some("key"),
                message: format!("there is no column `{name}`"),
                hint: Some(hint_of_columns(name, schema)),
            });
        }
        let key = self.key.as_deref().map_or("key", |name| name);
        let checks = [
            (
                parts.key,
                is_key as fn(&DataType) -> bool,
                "a text, binary, a whole number or a boolean",
            ),
            (parts.value, is_bytes, "a text or binary"),
            (parts.headers, are_headers, "array<struct<key:string,value:binary>>"),
            (parts.topic, is_text, "a text"),
            (parts.partition, is_partition, "a whole number"),
        ];
        for (column, fits, wanted) in checks {
            let Some(field) = column.map(|column| schema.field(column)) else {
                continue;
            };
            if !fits(field.data_type()) {
                found.push(Problem {
                    option: (self.key.is_some() && field.name() == key).then_some("key"),
                    message: format!(
                        "column `{}` is of type {}, and has to be {wanted}",
                        field.name(),
                        type_name(field.data_type())
                    ),
                    hint: Some(hint_of_type(field)),
                });
            }
        }
        found
    }
}

/// Kafka's rule for a topic's name.
fn topic_problem(topic: &str) -> Option<Problem> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let is_sound =
        !topic.is_empty() && topic.len() <= 249 && topic.chars().all(is_letter) && topic != "." && topic != "..";
    (!is_sound).then(|| Problem {
        option: Some("kafka"),
        message: format!("`{topic}` can't be a topic's name"),
        hint: Some("a topic's name has up to 249 letters, digits, `.`, `_` and `-`".to_owned()),
    })
}

fn hint_of_columns(name: &str, schema: &Schema) -> String {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    match nearest(name, names()) {
        Some(near) => format!("is it `{near}`?"),
        None => {
            let list: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            format!("there are {}", list.join(", "))
        }
    }
}

fn hint_of_type(field: &Field) -> String {
    let name = field.name();
    match name.as_str() {
        "partition" => "convert it in the SQL: `CAST(partition AS INT) AS partition`".to_owned(),
        "headers" => "take them from a source with `include_headers = true`, or leave the column out".to_owned(),
        _ if field.data_type().is_nested() => {
            format!(
                "take one field of it, or name the column otherwise: without a column `value` a row is written as JSON, `{name}` included"
            )
        }
        _ => format!("convert it in the SQL: `CAST({name} AS STRING) AS {name}`"),
    }
}

/// The type of what a dictionary holds.
pub(super) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        other => other,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        plain(data_type),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

pub(super) fn is_binary(data_type: &DataType) -> bool {
    use DataType::{Binary, BinaryView, FixedSizeBinary, LargeBinary};
    matches!(plain(data_type), Binary | LargeBinary | BinaryView | FixedSizeBinary(_))
}

fn is_bytes(data_type: &DataType) -> bool {
    is_text(data_type) || is_binary(data_type) || *data_type == DataType::Null
}

fn is_key(data_type: &DataType) -> bool {
    let plain = plain(data_type);
    is_bytes(data_type) || plain.is_integer() || *plain == DataType::Boolean
}

fn is_partition(data_type: &DataType) -> bool {
    plain(data_type).is_integer() || *data_type == DataType::Null
}

fn are_headers(data_type: &DataType) -> bool {
    let (DataType::List(element) | DataType::LargeList(element)) = data_type else {
        return false;
    };
    let DataType::Struct(fields) = element.data_type() else {
        return false;
    };
    let find = |name: &str| fields.iter().find(|field| field.name() == name);
    fields.len() == 2
        && find("key").is_some_and(|key| is_text(key.data_type()))
        && find("value").is_some_and(|value| is_bytes(value.data_type()))
}

#[cfg(test)]
#[path = "options_test.rs"]
mod tests;
