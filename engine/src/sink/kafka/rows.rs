//! From columns to records: types are looked at once a batch, bytes are borrowed.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int32Array, ListArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, Int32Type};
use arrow::error::ArrowError;

use super::options::{Parts, is_binary};
use crate::error::{Fault, Result};
use crate::kafka::ProduceRecord;
use crate::sink::json::Encoder;

/// The rows of a batch, as records.
pub(super) struct Rows<'a> {
    topic: Topics<'a>,
    key: Option<BinaryArray>,
    value: Values<'a>,
    headers: Option<Headers>,
    partition: Option<Int32Array>,
}

enum Topics<'a> {
    Fixed(&'a str),
    Column(StringArray),
}

enum Values<'a> {
    Column(BinaryArray),
    Json(Encoder<'a>),
}

struct Headers {
    lists: ListArray,
    keys: StringArray,
    values: BinaryArray,
}

/// The headers of a record.
pub(super) type HeaderRefs<'r> = Vec<(&'r str, Option<&'r [u8]>)>;

impl<'a> Rows<'a> {
    /// `topic` is the fixed one, if there is one.
    pub(super) fn of(parts: Parts, topic: Option<&'a str>, rows: &'a RecordBatch) -> Result<Self> {
        let column = |index: Option<usize>| index.map(|index| rows.column(index));
        let topic = match (topic, column(parts.topic)) {
            (Some(topic), _) => Topics::Fixed(topic),
            (None, Some(column)) => Topics::Column(texts(column).map_err(unreadable)?),
            (None, None) => return Err(Fault::internal("a kafka sink without a topic was opened")),
        };
        let value = match column(parts.value) {
            Some(column) => Values::Column(bytes(column).map_err(unreadable)?),
            None => Values::Json(Encoder::of_rows(rows).map_err(unreadable)?),
        };
        Ok(Self {
            topic,
            value,
            key: column(parts.key).map(bytes).transpose().map_err(unreadable)?,
            headers: column(parts.headers).map(Headers::of).transpose().map_err(unreadable)?,
            partition: column(parts.partition).map(partitions).transpose()?,
        })
    }

    /// The record of a row, and its topic. `json` and `headers` are room for what is not borrowed from columns, used again for the next.
    ///
    /// # Errors
    /// `Data`: a row without a topic, a header without a key.
    pub(super) fn record<'r: 'b, 'b>(
        &'r self,
        row: usize,
        json: &'b mut Vec<u8>,
        headers: &'b mut HeaderRefs<'r>,
    ) -> Result<(&'b str, ProduceRecord<'b>)> {
        let topic = match &self.topic {
            Topics::Fixed(topic) => topic,
            Topics::Column(topics) if topics.is_valid(row) => topics.value(row),
            Topics::Column(_) => {
                let hint =
                    "give it one in the SQL (`coalesce(topic, 'other') AS topic`), or name one: kafka = \"TOPIC\"";
                return Err(Fault::data("the topic of a row is null").hint(hint));
            }
        };
        let value = match &self.value {
            Values::Column(values) => values.is_valid(row).then(|| values.value(row)),
            Values::Json(encoder) => {
                json.clear();
                encoder.put(json, row).map_err(unreadable)?;
                Some(json.as_slice())
            }
        };
        headers.clear();
        if let Some(columns) = &self.headers {
            columns.put(row, headers)?;
        }
        let record = ProduceRecord {
            key: self
                .key
                .as_ref()
                .filter(|keys| keys.is_valid(row))
                .map(|keys| keys.value(row)),
            value,
            partition: self
                .partition
                .as_ref()
                .filter(|partitions| partitions.is_valid(row))
                .map(|partitions| partitions.value(row)),
            timestamp_ms: None,
            headers,
        };
        Ok((topic, record))
    }
}

impl Headers {
    fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let lists = match column.data_type() {
            DataType::LargeList(element) => {
                let element = Field::new(element.name(), element.data_type().clone(), true);
                cast(column, &DataType::List(element.into()))?
            }
            _ => ArrayRef::clone(column),
        };
        let lists = lists.as_list::<i32>().clone();
        let entries = lists.values().as_struct();
        let field = |name: &str| {
            let missing = || ArrowError::SchemaError(format!("headers without a field `{name}`"));
            entries.column_by_name(name).ok_or_else(missing)
        };
        let (keys, values) = (texts(field("key")?)?, bytes(field("value")?)?);
        Ok(Self { lists, keys, values })
    }

    fn put<'r>(&'r self, row: usize, into: &mut HeaderRefs<'r>) -> Result<()> {
        if self.lists.is_null(row) {
            return Ok(());
        }
        let offsets = self.lists.value_offsets();
        for header in offsets[row] as usize..offsets[row + 1] as usize {
            if self.keys.is_null(header) {
                return Err(
                    Fault::data("the key of a header is null").hint("a header's value may be null, its key not")
                );
            }
            let value = self.values.is_valid(header).then(|| self.values.value(header));
            into.push((self.keys.value(header), value));
        }
        Ok(())
    }
}

/// A column's bytes: of a text its UTF-8, of a number or a boolean the text that SQL makes of it.
fn bytes(column: &ArrayRef) -> Result<BinaryArray, ArrowError> {
    let binary = match is_binary(column.data_type()) {
        true => cast(column, &DataType::Binary)?,
        false => cast(&cast(column, &DataType::Utf8)?, &DataType::Binary)?,
    };
    Ok(binary.as_binary::<i32>().clone())
}

fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// Numbers of partitions; one that no partition can have is not taken for none.
fn partitions(column: &ArrayRef) -> Result<Int32Array> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let numbers = cast_with_options(column, &DataType::Int32, &options)
        .map_err(|error| Fault::data("a row's `partition` is no partition's number").because(error))?;
    Ok(numbers.as_primitive::<Int32Type>().clone())
}

fn unreadable(error: ArrowError) -> Fault {
    Fault::internal("can't make records of the rows").because(error)
}

#[cfg(test)]
#[path = "rows_test.rs"]
mod tests;
