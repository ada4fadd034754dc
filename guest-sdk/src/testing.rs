//! Calling a transform in a native test, and looking at its rows; the same for an aggregate: [`aggregate()`].
//!
//! ```
//! use wasmill_sdk::{json, testing, Error, IntoRows, Record, Row};
//!
//! #[derive(Row)]
//! struct Order {
//!     order_id: i32,
//!     tags: Vec<String>,
//! }
//!
//! fn parse(record: &Record) -> Result<impl IntoRows, Error> {
//!     Ok(json::<Order>(record.value()))
//! }
//!
//! let rows = testing::run(parse, r#"{"order_id": 7, "tags": ["new"]}"#).unwrap();
//! assert_eq!(rows.len(), 1);
//! assert_eq!(rows[0]["order_id"], 7);
//! assert_eq!(rows[0]["tags"][0], "new");
//!
//! // Many records at once, as the engine calls it, with the rest of what Kafka knows of a record:
//! use wasmill_sdk::testing::{run_batch, TestRecord};
//! let rows = run_batch(parse, [TestRecord::new("{}").key("CUST-001").partition(2), TestRecord::tombstone()]);
//! assert!(rows[0].is_err() && rows[1].is_err());
//! ```

mod aggregate;

use std::fmt;
use std::ops::Index;

pub use aggregate::{Arguments, aggregate, aggregate_parts};

#[cfg(test)]
use crate::column::Column;
use crate::column::{Data, DataType, Field, Values};
use crate::record::{Batch, BatchHeader, Blobs};
use crate::transform::{self, Transform};
use crate::{Date, Error, Timestamp};

/// Calls `transform` on one record and gives the rows it returns, or the error.
///
/// ```
/// use wasmill_sdk::testing::{TestRecord, run};
/// # use wasmill_sdk::{Error, IntoRows, Record, Row};
/// # #[derive(Row)]
/// # struct Length { bytes: i64 }
/// # fn parse(record: &Record) -> Result<impl IntoRows, Error> {
/// #     let value = record.value().ok_or_else(|| Error::new("nothing to measure"))?;
/// #     Ok(Length { bytes: value.len().try_into()? })
/// # }
///
/// assert_eq!(run(parse, "hello").unwrap()[0]["bytes"], 5);
/// let error = run(parse, TestRecord::tombstone()).unwrap_err();
/// assert_eq!(error.to_string(), "nothing to measure");
/// ```
pub fn run<F: for<'a> Transform<'a>>(transform: F, record: impl Into<TestRecord>) -> Result<Vec<Value>, Error> {
    run_batch(transform, [record.into()])
        .into_iter()
        .next()
        .unwrap_or_else(|| Ok(Vec::new()))
}

/// Calls `transform` on several records in one batch; the answer has an entry for each record.
///
/// ```
/// use wasmill_sdk::testing::{TestRecord, run_batch};
/// # use wasmill_sdk::{Error, IntoRows, Record, Row};
/// # #[derive(Row)]
/// # struct Length { bytes: i64 }
/// # fn parse(record: &Record) -> Result<impl IntoRows, Error> {
/// #     let value = record.value().ok_or_else(|| Error::new("nothing to measure"))?;
/// #     Ok(Length { bytes: value.len().try_into()? })
/// # }
///
/// let answers = run_batch(parse, [TestRecord::new("hello"), TestRecord::tombstone(), TestRecord::new("")]);
/// assert_eq!(answers[0].as_ref().unwrap()[0]["bytes"], 5);
/// assert!(answers[1].is_err());
/// assert_eq!(answers[2].as_ref().unwrap()[0]["bytes"], 0);
/// ```
pub fn run_batch<F, T>(transform: F, records: impl IntoIterator<Item = T>) -> Vec<Result<Vec<Value>, Error>>
where
    F: for<'a> Transform<'a>,
    T: Into<TestRecord>,
{
    let mut batch = Batch::default();
    for blobs in [&mut batch.values, &mut batch.keys] {
        blobs.offsets.push(0);
    }
    for record in records {
        record.into().append_to(&mut batch);
    }
    let output = match transform::process(&transform, &batch) {
        Ok(output) => output,
        Err(error) => return vec![Err(error)],
    };
    let schema = transform::schema(&transform);
    let mut answers: Vec<_> = (0..batch.len()).map(|_| Ok(Vec::new())).collect();
    for (row, &origin) in output.origins.iter().enumerate() {
        if let Ok(rows) = &mut answers[origin as usize] {
            rows.push(value_of_struct(&schema, &output.columns, row));
        }
    }
    for (record, reason) in output.errors {
        answers[record as usize] = Err(Error::new(reason));
    }
    answers
}

/// A record for a test: a value, and what else a test cares about.
///
/// ```
/// use wasmill_sdk::testing::{TestRecord, run};
/// use wasmill_sdk::{Error, IntoRows, Record, Row};
///
/// #[derive(Row)]
/// struct Place {
///     place: String,
///     at: i64,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let place = format!("{}/{}/{}", record.topic(), record.partition(), record.offset());
///     Ok(record.key().is_some().then(|| Place { place, at: record.timestamp_ms() }))
/// }
///
/// let record = TestRecord::new("{}").key("k").topic("orders").partition(2).offset(42).timestamp_ms(1000);
/// let rows = run(parse, record).unwrap();
/// assert_eq!(rows[0]["place"], "orders/2/42");
/// assert_eq!(rows[0]["at"], 1000);
/// ```
#[derive(Debug, Clone)]
pub struct TestRecord {
    value: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    topic: String,
    partition: i32,
    offset: Option<i64>,
    timestamp_ms: i64,
    headers: Vec<(String, Vec<u8>)>,
}

impl TestRecord {
    /// A record of the topic `test`, partition 0, without key and headers; its offset is its place in the batch.
    pub fn new(value: impl AsRef<[u8]>) -> TestRecord {
        TestRecord {
            value: Some(value.as_ref().to_vec()),
            ..TestRecord::tombstone()
        }
    }

    /// The same with a null value.
    pub fn tombstone() -> TestRecord {
        let topic = "test".to_owned();
        TestRecord {
            value: None,
            key: None,
            topic,
            partition: 0,
            offset: None,
            timestamp_ms: 0,
            headers: Vec::new(),
        }
    }

    /// With this key.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> TestRecord {
        self.key = Some(key.as_ref().to_vec());
        self
    }

    /// From this topic.
    pub fn topic(mut self, topic: &str) -> TestRecord {
        self.topic = topic.to_owned();
        self
    }

    /// From this partition.
    pub fn partition(mut self, partition: i32) -> TestRecord {
        self.partition = partition;
        self
    }

    /// At this offset.
    pub fn offset(mut self, offset: i64) -> TestRecord {
        self.offset = Some(offset);
        self
    }

    /// With this timestamp, in milliseconds since the epoch.
    pub fn timestamp_ms(mut self, timestamp_ms: i64) -> TestRecord {
        self.timestamp_ms = timestamp_ms;
        self
    }

    /// With this header, behind those it has.
    pub fn header(mut self, key: &str, value: impl AsRef<[u8]>) -> TestRecord {
        self.headers.push((key.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn append_to(self, batch: &mut Batch) {
        let index = batch.len();
        append_blob(&mut batch.values, index, self.value.as_deref());
        append_blob(&mut batch.keys, index, self.key.as_deref());
        let known = batch.topics.iter().position(|topic| *topic == self.topic);
        let topic = known.unwrap_or(batch.topics.len());
        if known.is_none() {
            batch.topics.push(self.topic);
        }
        batch.topic_indexes.push(topic as u32);
        batch.partitions.push(self.partition);
        batch.offsets.push(self.offset.unwrap_or(index as i64));
        batch.timestamps.push(self.timestamp_ms);
        for (key, value) in self.headers {
            batch.headers.push(BatchHeader {
                record_index: index as u32,
                key,
                value: Some(value),
            });
        }
    }
}

fn append_blob(blobs: &mut Blobs, index: usize, bytes: Option<&[u8]>) {
    blobs.bytes.extend_from_slice(bytes.unwrap_or_default());
    blobs.offsets.push(blobs.bytes.len() as u32);
    blobs.validity.resize(index / 8 + 1, 0);
    blobs.validity[index / 8] |= u8::from(bytes.is_some()) << (index % 8);
}

impl<T: AsRef<[u8]>> From<T> for TestRecord {
    fn from(value: T) -> TestRecord {
        TestRecord::new(value)
    }
}

/// A row, or what stands in one of its columns. `row["items"][0]["quantity"] == 2` compares it.
///
/// ```
/// use wasmill_sdk::testing::Value;
///
/// let items = Value::List(vec![Value::Int(2), Value::Null]);
/// let row = Value::Struct(vec![("items".to_owned(), items), ("name".to_owned(), Value::Text("a".to_owned()))]);
/// assert_eq!(row["name"], "a");
/// assert_eq!(row["items"][0], 2);
/// assert!(row["items"][1].is_null());
/// assert_eq!((row.len(), row["items"].len()), (2, 2));
/// assert_eq!(format!("{row:?}"), r#"{"items": [2, null], "name": "a"}"#);
/// ```
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `i32` or `i64`.
    Int(i64),
    /// An `f64`.
    Float(f64),
    /// A text.
    Text(String),
    /// A point in time.
    Timestamp(Timestamp),
    /// A day.
    Date(Date),
    /// A `Vec`.
    List(Vec<Value>),
    /// A row or a nested struct: names and values.
    Struct(Vec<(String, Value)>),
}

impl Value {
    /// Whether nothing is here.
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// How many elements a list, or fields a struct, has; 0 for other values.
    pub fn len(&self) -> usize {
        match self {
            Value::List(elements) => elements.len(),
            Value::Struct(fields) => fields.len(),
            _ => 0,
        }
    }

    /// Whether [`Value::len`] is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Index<&str> for Value {
    type Output = Value;

    /// A struct's field.
    #[track_caller]
    fn index(&self, name: &str) -> &Value {
        let fields = if let Value::Struct(fields) = self {
            fields.as_slice()
        } else {
            &[]
        };
        match fields.iter().find(|(field, _)| field == name) {
            Some((_, value)) => value,
            None => panic!("no field `{name}` in {self:?}"),
        }
    }
}

impl Index<usize> for Value {
    type Output = Value;

    /// A list's element.
    #[track_caller]
    fn index(&self, index: usize) -> &Value {
        match self {
            Value::List(elements) if index < elements.len() => &elements[index],
            _ => panic!("no element {index} in {self:?}"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => out.write_str("null"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Int(value) => write!(out, "{value}"),
            Value::Float(value) => write!(out, "{value:?}"),
            Value::Text(value) => write!(out, "{value:?}"),
            Value::Timestamp(value) => write!(out, "{value}"),
            Value::Date(value) => write!(out, "{value}"),
            Value::List(elements) => out.debug_list().entries(elements).finish(),
            Value::Struct(fields) => out
                .debug_map()
                .entries(fields.iter().map(|(name, value)| (name, value)))
                .finish(),
        }
    }
}

macro_rules! compare {
    ($type:ty, $own:ident => $value:expr) => {
        impl PartialEq<$type> for Value {
            fn eq(&self, $own: &$type) -> bool {
                *self == $value
            }
        }
    };
}
compare!(bool, own => Value::Bool(*own));
compare!(i32, own => Value::Int(i64::from(*own)));
compare!(i64, own => Value::Int(*own));
compare!(f64, own => Value::Float(*own));
compare!(&str, own => Value::Text((*own).to_owned()));
compare!(Timestamp, own => Value::Timestamp(*own));
compare!(Date, own => Value::Date(*own));

/// How many fields, of a schema in pre-order, belong to its first one, itself included.
fn width(schema: &[Field]) -> usize {
    let mut end = 1;
    for _ in 0..schema[0].children {
        end += width(&schema[end..]);
    }
    end
}

/// Row `row` of a row type's columns.
#[cfg(test)]
pub(crate) fn row_at<T: crate::Row>(columns: T::Column, row: usize) -> Value {
    let (mut schema, mut data) = (Vec::new(), Vec::new());
    T::Column::describe("", &mut schema);
    columns.finish(&mut data);
    value_of_struct(&schema[1..], &data[1..], row)
}

/// Entry `row` of the columns that stand side by side here.
fn value_of_struct(mut schema: &[Field], mut columns: &[Data], row: usize) -> Value {
    let mut fields = Vec::new();
    while !schema.is_empty() {
        fields.push((schema[0].name.clone(), value(schema, columns, row)));
        let width = width(schema);
        (schema, columns) = (&schema[width..], &columns[width..]);
    }
    Value::Struct(fields)
}

/// Entry `row` of the first column.
fn value(schema: &[Field], columns: &[Data], row: usize) -> Value {
    let (field, column) = (&schema[0], &columns[0]);
    if column
        .validity
        .get(row / 8)
        .is_some_and(|byte| byte & (1 << (row % 8)) == 0)
    {
        return Value::Null;
    }
    let range = || column.offsets[row] as usize..column.offsets[row + 1] as usize;
    match (&column.values, field.data_type) {
        (Values::Boolean(bits), _) => Value::Bool(bits[row / 8] & (1 << (row % 8)) != 0),
        (Values::Int32(values), DataType::Date) => Value::Date(Date::from_days(values[row])),
        (Values::Int32(values), _) => Value::Int(i64::from(values[row])),
        (Values::Int64(values), DataType::Timestamp) => Value::Timestamp(Timestamp::from_micros(values[row])),
        (Values::Int64(values), _) => Value::Int(values[row]),
        (Values::Float64(values), _) => Value::Float(values[row]),
        (Values::Utf8(text), _) => Value::Text(String::from_utf8_lossy(&text[range()]).into_owned()),
        (Values::Nested, DataType::List) => Value::List(
            range()
                .map(|element| value(&schema[1..], &columns[1..], element))
                .collect(),
        ),
        (Values::Nested, _) => {
            let width = width(schema);
            value_of_struct(&schema[1..width], &columns[1..width], row)
        }
    }
}
