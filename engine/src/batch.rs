//! Records as columns, the schema they have as a table, and positions in a source.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanBufferBuilder, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Field, Fields, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

/// Bytes that stand, zeroed, behind the last value of a batch: a guest may read past its end by whole 16-byte steps.
pub const VALUE_PADDING: usize = 64;

/// A point in time as every table has it: microseconds since the epoch, UTC.
pub fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
}

fn header_fields() -> Fields {
    Fields::from(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", DataType::Binary, true),
    ])
}

/// The columns of a Kafka source, as Spark names them: `key`, `value`, `topic`, `partition`, `offset`, `timestamp`,
/// `timestampType` and, if asked for, `headers`.
pub fn kafka_schema(include_headers: bool) -> SchemaRef {
    static PLAIN: LazyLock<SchemaRef> = LazyLock::new(|| Arc::new(Schema::new(kafka_fields(false))));
    static WITH_HEADERS: LazyLock<SchemaRef> = LazyLock::new(|| Arc::new(Schema::new(kafka_fields(true))));
    Arc::clone(if include_headers { &WITH_HEADERS } else { &PLAIN })
}

fn kafka_fields(include_headers: bool) -> Vec<Field> {
    let mut fields = vec![
        Field::new("key", DataType::Binary, true),
        Field::new("value", DataType::Binary, true),
        Field::new("topic", DataType::Utf8, true),
        Field::new("partition", DataType::Int32, true),
        Field::new("offset", DataType::Int64, true),
        Field::new("timestamp", timestamp_type(), true),
        Field::new("timestampType", DataType::Int32, true),
    ];
    if include_headers {
        let element = Field::new("element", DataType::Struct(header_fields()), true);
        fields.push(Field::new("headers", DataType::List(Arc::new(element)), true));
    }
    fields
}

/// Records of one source, in the columns of [`kafka_schema`]. At least [`VALUE_PADDING`] zeroed bytes stand behind the
/// last value (not behind the last key).
#[derive(Debug, Clone)]
pub struct Records(RecordBatch);

impl Records {
    /// How many records.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records as a table.
    pub fn table(&self) -> &RecordBatch {
        &self.0
    }

    /// `length` of the records from `offset` on, without a copy.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        Self(self.0.slice(offset, length))
    }

    /// Keys; null where a record has none.
    pub fn keys(&self) -> &BinaryArray {
        self.0.column(0).as_binary()
    }

    /// Values; null where a record is a tombstone. All values lie in one buffer, padded behind the last.
    pub fn values(&self) -> &BinaryArray {
        self.0.column(1).as_binary()
    }

    /// Topics, never null.
    pub fn topics(&self) -> &StringArray {
        self.0.column(2).as_string()
    }

    /// Partitions, never null.
    pub fn partitions(&self) -> &Int32Array {
        self.0.column(3).as_primitive::<Int32Type>()
    }

    /// Offsets, never null.
    pub fn offsets(&self) -> &Int64Array {
        self.0.column(4).as_primitive::<Int64Type>()
    }

    /// Kafka's timestamps in microseconds; null where the broker has none.
    pub fn timestamps(&self) -> &TimestampMicrosecondArray {
        self.0.column(5).as_primitive::<TimestampMicrosecondType>()
    }

    /// Headers, if the source was asked for them.
    pub fn headers(&self) -> Option<&ListArray> {
        (self.0.num_columns() > 7).then(|| self.0.column(7).as_list())
    }

    /// Where a record stands, for a message.
    pub fn place(&self, row: usize) -> String {
        format!(
            "topic `{}` partition {} offset {}",
            self.topics().value(row),
            self.partitions().value(row),
            self.offsets().value(row)
        )
    }
}

/// One record on its way into [`Records`], borrowed from whoever read it.
#[derive(Debug, Clone, Copy)]
pub struct RecordRef<'a> {
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The topic's name.
    pub topic: &'a str,
    /// The partition's number.
    pub partition: i32,
    /// The offset in its partition.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp_ms: Option<i64>,
    /// Kafka's code: 0 create time, 1 log append time, -1 none.
    pub timestamp_type: i32,
}

/// Gathers records into columns; each byte is copied once.
#[derive(Debug)]
pub struct RecordsBuilder {
    keys: Bytes,
    values: Bytes,
    topics: Vec<u8>,
    topic_ends: Vec<i32>,
    partitions: Vec<i32>,
    offsets: Vec<i64>,
    timestamps: Vec<i64>,
    timestamp_valid: BooleanBufferBuilder,
    timestamp_types: Vec<i32>,
    headers: Option<Headers>,
}

#[derive(Debug)]
struct Bytes {
    data: Vec<u8>,
    ends: Vec<i32>,
    valid: BooleanBufferBuilder,
}

impl Bytes {
    fn new() -> Self {
        Self {
            data: Vec::new(),
            ends: vec![0],
            valid: BooleanBufferBuilder::new(0),
        }
    }

    fn push(&mut self, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            self.data.extend_from_slice(bytes);
        }
        self.valid.append(bytes.is_some());
        self.ends.push(offset(self.data.len()));
    }

    fn finish(mut self, padding: usize) -> BinaryArray {
        self.data.resize(self.data.len() + padding, 0);
        BinaryArray::new(
            OffsetBuffer::new(ScalarBuffer::from(self.ends)),
            Buffer::from_vec(self.data),
            Some(NullBuffer::new(self.valid.finish())),
        )
    }
}

#[derive(Debug)]
struct Headers {
    keys: Vec<String>,
    values: Bytes,
    ends: Vec<i32>,
    valid: BooleanBufferBuilder,
    /// Bytes of keys and values, and what each header costs besides.
    bytes: usize,
}

/// What a header costs besides its bytes.
const HEADER_OVERHEAD: usize = 24;

fn offset(length: usize) -> i32 {
    // Whoever fills a builder hands it on when `is_full` says so, at some MiB: data does not get here.
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// Bytes of values after which a batch is handed on, however few its records are.
const FULL_AT_BYTES: usize = 16 << 20;

impl RecordsBuilder {
    /// An empty builder; with `include_headers` a ninth column is kept.
    pub fn new(include_headers: bool) -> Self {
        Self {
            keys: Bytes::new(),
            values: Bytes::new(),
            topics: Vec::new(),
            topic_ends: vec![0],
            partitions: Vec::new(),
            offsets: Vec::new(),
            timestamps: Vec::new(),
            timestamp_valid: BooleanBufferBuilder::new(0),
            timestamp_types: Vec::new(),
            headers: include_headers.then(|| Headers {
                keys: Vec::new(),
                values: Bytes::new(),
                ends: vec![0],
                valid: BooleanBufferBuilder::new(0),
                bytes: 0,
            }),
        }
    }

    /// How many records were pushed.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether none was pushed.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Whether the bytes gathered are enough for one batch.
    pub fn is_full(&self) -> bool {
        let headers = self.headers.as_ref().map_or(0, |headers| headers.bytes);
        self.values.data.len() + self.keys.data.len() + headers >= FULL_AT_BYTES
    }

    /// Adds a record. `headers` counts only if the builder was asked to keep them; `None` is a record without any.
    pub fn push<'h>(
        &mut self,
        record: RecordRef<'_>,
        headers: Option<impl Iterator<Item = (&'h str, Option<&'h [u8]>)>>,
    ) {
        self.keys.push(record.key);
        self.values.push(record.value);
        self.topics.extend_from_slice(record.topic.as_bytes());
        self.topic_ends.push(offset(self.topics.len()));
        self.partitions.push(record.partition);
        self.offsets.push(record.offset);
        self.timestamps
            .push(record.timestamp_ms.unwrap_or(0).saturating_mul(1000));
        self.timestamp_valid.append(record.timestamp_ms.is_some());
        self.timestamp_types.push(record.timestamp_type);
        if let Some(kept) = &mut self.headers {
            kept.valid.append(headers.is_some());
            for (key, value) in headers.into_iter().flatten() {
                kept.bytes += key.len() + value.map_or(0, <[u8]>::len) + HEADER_OVERHEAD;
                kept.keys.push(key.to_owned());
                kept.values.push(value);
            }
            kept.ends.push(offset(kept.keys.len()));
        }
    }

    /// The records so far.
    ///
    /// # Errors
    /// If the columns don't make a batch, which would be a defect of the builder.
    pub fn finish(mut self) -> Result<Records, ArrowError> {
        let timestamps = TimestampMicrosecondArray::new(
            ScalarBuffer::from(self.timestamps),
            Some(NullBuffer::new(self.timestamp_valid.finish())),
        )
        .with_timezone("UTC");
        let topics = StringArray::try_new(
            OffsetBuffer::new(ScalarBuffer::from(self.topic_ends)),
            Buffer::from_vec(self.topics),
            None,
        )?;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.keys.finish(0)),
            Arc::new(self.values.finish(VALUE_PADDING)),
            Arc::new(topics),
            Arc::new(Int32Array::from(self.partitions)),
            Arc::new(Int64Array::from(self.offsets)),
            Arc::new(timestamps),
            Arc::new(Int32Array::from(self.timestamp_types)),
        ];
        let include_headers = self.headers.is_some();
        if let Some(mut headers) = self.headers.take() {
            let entries = StructArray::try_new(
                header_fields(),
                vec![
                    Arc::new(StringArray::from(headers.keys)) as ArrayRef,
                    Arc::new(headers.values.finish(0)),
                ],
                None,
            )?;
            columns.push(Arc::new(ListArray::try_new(
                Arc::new(Field::new("element", entries.data_type().clone(), true)),
                OffsetBuffer::new(ScalarBuffer::from(headers.ends)),
                Arc::new(entries),
                Some(NullBuffer::new(headers.valid.finish())),
            )?));
        }
        RecordBatch::try_new(kafka_schema(include_headers), columns).map(Records)
    }
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "topic `{}` partition {}", self.topic, self.partition)
    }
}

/// A position in each partition: the offset of the next record to read.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// The records of one partition that belong to a batch: `from` included, `until` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetRange {
    /// The first offset.
    pub from: i64,
    /// One past the last offset.
    pub until: i64,
}

impl OffsetRange {
    /// How many offsets (an upper bound of the records: compaction and transactions leave gaps).
    pub fn len(&self) -> i64 {
        (self.until - self.from).max(0)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What one batch reads of each partition: a fact that can be repeated.
pub type BatchRanges = BTreeMap<TopicPartition, OffsetRange>;

#[cfg(test)]
#[path = "batch_test.rs"]
mod tests;
