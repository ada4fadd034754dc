//! A batch of Kafka records as it came over the boundary, and the view of one of them.

/// A batch of records in columns, as `records` in `wit/guest.wit` has it.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    /// All values end to end, perhaps with padding behind them.
    pub(crate) values: Blobs,
    /// All keys.
    pub(crate) keys: Blobs,
    /// The names of the topics, each once.
    pub(crate) topics: Vec<String>,
    /// Each record's topic.
    pub(crate) topic_indexes: Vec<u32>,
    pub(crate) partitions: Vec<i32>,
    pub(crate) offsets: Vec<i64>,
    pub(crate) timestamps: Vec<i64>,
    /// In the order of their records.
    pub(crate) headers: Vec<BatchHeader>,
}

/// A header of one of a batch's records.
#[derive(Debug, Clone)]
pub(crate) struct BatchHeader {
    pub(crate) record_index: u32,
    pub(crate) key: String,
    pub(crate) value: Option<Vec<u8>>,
}

/// Byte strings end to end, some of them null.
#[derive(Debug, Default, Clone)]
pub(crate) struct Blobs {
    pub(crate) bytes: Vec<u8>,
    /// Where each starts, and behind the last where it ends.
    pub(crate) offsets: Vec<u32>,
    /// A bit each, lowest first: 0 is null. Empty if none is.
    pub(crate) validity: Vec<u8>,
}

impl Blobs {
    fn get(&self, index: usize) -> Option<&[u8]> {
        let null = self
            .validity
            .get(index / 8)
            .is_some_and(|byte| byte & (1 << (index % 8)) == 0);
        if null {
            return None;
        }
        let (start, end) = (
            *self.offsets.get(index)? as usize,
            *self.offsets.get(index + 1)? as usize,
        );
        self.bytes.get(start..end)
    }
}

impl Batch {
    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// A view of each record.
    pub(crate) fn records(&self) -> Vec<Record<'_>> {
        (0..self.len()).map(|index| Record { batch: self, index }).collect()
    }
}

/// One Kafka record: what a transform reads.
///
/// ```
/// use wasmill_sdk::{Error, IntoRows, Record, Row};
///
/// #[derive(Row)]
/// struct Size<'a> {
///     topic: &'a str,
///     bytes: i32,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let bytes = record.value().unwrap_or_default().len();
///     Ok(Size { topic: record.topic(), bytes: bytes.try_into()? })
/// }
///
/// let rows = wasmill_sdk::testing::run(parse, "hello").unwrap();
/// assert_eq!(rows[0]["bytes"], 5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    batch: &'a Batch,
    index: usize,
}

impl<'a> Record<'a> {
    /// The value's bytes; `None` is a null value, which Kafka calls a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.batch.values.get(self.index)
    }

    /// The key's bytes, if the record has a key.
    pub fn key(&self) -> Option<&'a [u8]> {
        self.batch.keys.get(self.index)
    }

    /// The topic it was read from.
    pub fn topic(&self) -> &'a str {
        let topic = self
            .batch
            .topic_indexes
            .get(self.index)
            .and_then(|&topic| self.batch.topics.get(topic as usize));
        topic.map_or("", String::as_str)
    }

    /// The partition it was read from.
    pub fn partition(&self) -> i32 {
        self.batch.partitions.get(self.index).copied().unwrap_or_default()
    }

    /// Its place in the partition.
    pub fn offset(&self) -> i64 {
        self.batch.offsets.get(self.index).copied().unwrap_or_default()
    }

    /// Milliseconds since the epoch, as Kafka keeps it; -1 where the broker has none.
    pub fn timestamp_ms(&self) -> i64 {
        self.batch.timestamps.get(self.index).copied().unwrap_or(-1)
    }

    /// The headers, if the source was asked for them (`include_headers = true`).
    pub fn headers(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let all = &self.batch.headers;
        let index = self.index as u64;
        let first = all.partition_point(|header| u64::from(header.record_index) < index);
        let own = all
            .iter()
            .skip(first)
            .take_while(move |header| u64::from(header.record_index) == index);
        own.map(|header| Header {
            key: &header.key,
            value: header.value.as_deref(),
        })
    }
}

/// A header of a record.
///
/// ```
/// use wasmill_sdk::testing::{TestRecord, run};
/// use wasmill_sdk::{Error, Header, IntoRows, Record, Row};
///
/// #[derive(Row)]
/// struct Trace {
///     trace: Option<String>,
/// }
///
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let trace = record.headers().find(|header: &Header| header.key == "trace");
///     let trace = trace.and_then(|header| header.value).map(String::from_utf8_lossy);
///     Ok(Trace { trace: trace.map(String::from) })
/// }
///
/// let rows = run(parse, TestRecord::new("").header("trace", "4bf92f")).unwrap();
/// assert_eq!(rows[0]["trace"], "4bf92f");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name; a record may have the same name twice.
    pub key: &'a str,
    /// Its bytes, if not null.
    pub value: Option<&'a [u8]>,
}
