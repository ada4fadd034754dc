//! Records on their way into a guest: how many at a time, and in which form.

use std::ops::Range;

use arrow::array::{Array, AsArray as _, BinaryArray, ListArray};
use arrow::buffer::{Buffer, NullBuffer};

use super::contract;
use super::limits::Limits;
use crate::batch::{Records, VALUE_PADDING};

/// What a header weighs besides its key and value: its entry in the list.
const HEADER_BYTES: usize = 24;

/// A run of records that are handed over in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chunk {
    /// These.
    Records(Range<usize>),
    /// One that is larger than any call may be, and how large.
    TooLarge {
        /// Its position.
        record: usize,
        /// Its bytes.
        bytes: usize,
    },
}

/// Tells how many bytes lie before each record, from Arrow's offsets.
pub(super) struct Weights<'a> {
    values: &'a [i32],
    keys: &'a [i32],
    headers: Option<HeaderOffsets<'a>>,
}

struct HeaderOffsets<'a> {
    records: &'a [i32],
    keys: &'a [i32],
    values: &'a [i32],
}

impl<'a> Weights<'a> {
    pub(super) fn new(records: &'a Records) -> Self {
        Self {
            values: records.values().value_offsets(),
            keys: records.keys().value_offsets(),
            headers: records.headers().map(|headers| {
                let entries = headers.values().as_struct();
                HeaderOffsets {
                    records: headers.value_offsets(),
                    keys: entries.column(0).as_string::<i32>().value_offsets(),
                    values: entries.column(1).as_binary::<i32>().value_offsets(),
                }
            }),
        }
    }

    /// Bytes before this record, from wherever the buffers begin.
    fn before(&self, record: usize) -> usize {
        let mut bytes = self.values[record] as usize + self.keys[record] as usize;
        if let Some(headers) = &self.headers {
            let first = headers.records[record] as usize;
            bytes += headers.keys[first] as usize + headers.values[first] as usize + first * HEADER_BYTES;
        }
        bytes
    }

    /// Bytes of these records: values, keys and headers.
    pub(super) fn of(&self, records: &Range<usize>) -> usize {
        self.before(records.end) - self.before(records.start)
    }

    /// Cuts `records` records into calls.
    pub(super) fn chunks(&self, records: usize, limits: &Limits) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < records {
            let alone = self.of(&(start..start + 1));
            if alone > limits.record_bytes {
                chunks.push(Chunk::TooLarge {
                    record: start,
                    bytes: alone,
                });
                start += 1;
                continue;
            }
            let most = records.min(start.saturating_add(limits.call_records.max(1)));
            let mut end = start + 1;
            while end < most
                && self.of(&(start..end + 1)) <= limits.call_bytes
                && self.of(&(end..end + 1)) <= limits.record_bytes
            {
                end += 1;
            }
            chunks.push(Chunk::Records(start..end));
            start = end;
        }
        chunks
    }
}

/// Calls `call` with these records in the contract's form. Values are not copied if zeroes stand behind them already.
pub(super) fn with_input<T>(
    records: &Records,
    range: &Range<usize>,
    call: impl FnOnce(contract::Records<'_>) -> T,
) -> T {
    let records = records.slice(range.start, range.len());
    let values = Bytes::of(records.values());
    let keys = Bytes::of(records.keys());
    let mut padded = Vec::new();
    let (topics, topic_indexes) = topics(&records);
    let timestamps: Vec<i64> = match records.timestamps().nulls() {
        None => records
            .timestamps()
            .values()
            .iter()
            .map(|micros| micros.div_euclid(1000))
            .collect(),
        Some(_) => records
            .timestamps()
            .iter()
            .map(|time| time.map_or(-1, |micros| micros.div_euclid(1000)))
            .collect(),
    };
    let headers = records.headers().map(headers).unwrap_or_default();
    call(contract::Records {
        values: values.padded(&mut padded),
        value_offsets: &values.offsets,
        value_validity: &values.validity,
        keys: values_of(&keys),
        key_offsets: &keys.offsets,
        key_validity: &keys.validity,
        topics: &topics,
        topic_indexes: &topic_indexes,
        partitions: records.partitions().values(),
        offsets: records.offsets().values(),
        timestamps: &timestamps,
        headers: &headers,
    })
}

/// A column of bytes in the contract's form.
struct Bytes<'a> {
    /// Everything from the first entry on, with what stands behind the last.
    data: &'a [u8],
    length: usize,
    offsets: Vec<u32>,
    validity: Buffer,
}

impl<'a> Bytes<'a> {
    fn of(array: &'a BinaryArray) -> Self {
        let ends = array.value_offsets();
        let (start, end) = (ends[0], ends[ends.len() - 1]);
        Self {
            data: &array.value_data()[start as usize..],
            length: (end - start) as usize,
            offsets: ends.iter().map(|at| (at - start) as u32).collect(),
            validity: validity(array.nulls()),
        }
    }

    /// The entries with their zeroed padding: in place at the end of a batch, else a copy in `room`.
    fn padded<'b>(&self, room: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        let wanted = self.length + VALUE_PADDING;
        if self
            .data
            .get(self.length..wanted)
            .is_some_and(|padding| padding.iter().all(|byte| *byte == 0))
        {
            return &self.data[..wanted];
        }
        room.reserve_exact(wanted);
        room.extend_from_slice(&self.data[..self.length]);
        room.resize(wanted, 0);
        room
    }
}

fn values_of<'a>(bytes: &Bytes<'a>) -> &'a [u8] {
    &bytes.data[..bytes.length]
}

/// The bits from the first on; none if nothing is null.
fn validity(nulls: Option<&NullBuffer>) -> Buffer {
    match nulls {
        Some(nulls) if nulls.null_count() > 0 => nulls.inner().sliced(),
        _ => Buffer::from_vec(Vec::<u8>::new()),
    }
}

/// The topics, each once, and each record's position among them.
fn topics(records: &Records) -> (Vec<&str>, Vec<u32>) {
    let mut names: Vec<&str> = Vec::new();
    let mut last = 0;
    let indexes = (0..records.len()).map(|record| {
        let topic = records.topics().value(record);
        // Records of a partition stand together, so it is the last one nearly always.
        if names.get(last) != Some(&topic) {
            last = names.iter().position(|name| *name == topic).unwrap_or_else(|| {
                names.push(topic);
                names.len() - 1
            });
        }
        last as u32
    });
    let indexes = indexes.collect();
    (names, indexes)
}

fn headers(lists: &ListArray) -> Vec<contract::Header<'_>> {
    let entries = lists.values().as_struct();
    let keys = entries.column(0).as_string::<i32>();
    let values = entries.column(1).as_binary::<i32>();
    let ends = lists.value_offsets();
    let mut headers = Vec::with_capacity((ends[lists.len()] - ends[0]) as usize);
    for record in 0..lists.len() {
        for entry in ends[record] as usize..ends[record + 1] as usize {
            headers.push(contract::Header {
                record_index: record as u32,
                key: keys.value(entry),
                value: values.is_valid(entry).then(|| values.value(entry)),
            });
        }
    }
    headers
}

#[cfg(test)]
#[path = "input_test.rs"]
mod tests;
