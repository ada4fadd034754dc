//! Few records made many, for a measurement.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, ListArray};

use crate::batch::{RecordRef, Records, RecordsBuilder};
use crate::error::{Fault, Result};

/// So many records stand in a chunk, as the sources have it.
const CHUNK_RECORDS: usize = 8192;

/// The records of each source over and over, until there are so many of all sources together; whole rounds, so that each record
/// is there as often as the others, and at least one. Offsets go on from round to round, as if the records had come again.
///
/// # Errors
/// If columns can't be made of them, which would be a defect.
pub fn repeat(records: &BTreeMap<String, Vec<Records>>, wanted: usize) -> Result<BTreeMap<String, Vec<Records>>> {
    let one_round: usize = records.values().flatten().map(Records::len).sum();
    let rounds = wanted.div_ceil(one_round.max(1)).max(1);
    let repeated = records.iter().map(|(source, records)| {
        let records = repeat_source(records, rounds)?;
        Ok((source.clone(), records))
    });
    repeated.collect()
}

fn repeat_source(records: &[Records], rounds: usize) -> Result<Vec<Records>> {
    let defect = |error| Fault::internal("records don't make columns").because(error);
    let headers = records.first().is_some_and(|records| records.headers().is_some());
    // Behind the last offset of any partition, so that no offset is there twice.
    let offsets = records
        .iter()
        .filter_map(|records| arrow::compute::max(records.offsets()));
    let step = offsets.max().unwrap_or(0).saturating_add(1);
    let mut chunks = Vec::new();
    let mut chunk = RecordsBuilder::new(headers);
    for round in 0..rounds {
        let begin = step.saturating_mul(i64::try_from(round).unwrap_or(i64::MAX));
        for records in records {
            for row in 0..records.len() {
                push(&mut chunk, records, row, begin);
                if chunk.len() >= CHUNK_RECORDS || chunk.is_full() {
                    let full = std::mem::replace(&mut chunk, RecordsBuilder::new(headers));
                    chunks.push(full.finish().map_err(defect)?);
                }
            }
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk.finish().map_err(defect)?);
    }
    Ok(chunks)
}

fn push(chunk: &mut RecordsBuilder, records: &Records, row: usize, begin: i64) {
    let (keys, values, times) = (records.keys(), records.values(), records.timestamps());
    let record = RecordRef {
        key: keys.is_valid(row).then(|| keys.value(row)),
        value: values.is_valid(row).then(|| values.value(row)),
        topic: records.topics().value(row),
        partition: records.partitions().value(row),
        offset: records.offsets().value(row).saturating_add(begin),
        timestamp_ms: times.is_valid(row).then(|| times.value(row).div_euclid(1000)),
        timestamp_type: if times.is_valid(row) { 0 } else { -1 },
    };
    let headers = records.headers().filter(|headers| headers.is_valid(row));
    match headers.map(|headers| headers_of(headers, row)) {
        Some(headers) => chunk.push(
            record,
            Some(headers.iter().map(|(key, value)| (key.as_str(), value.as_deref()))),
        ),
        None => chunk.push(record, None::<std::iter::Empty<_>>),
    }
}

fn headers_of(headers: &ListArray, row: usize) -> Vec<(String, Option<Vec<u8>>)> {
    let entries = headers.value(row);
    let entries = entries.as_struct();
    let (keys, values) = (
        entries.column(0).as_string::<i32>(),
        entries.column(1).as_binary::<i32>(),
    );
    (0..entries.len())
        .map(|entry| {
            let value = values.is_valid(entry).then(|| values.value(entry).to_vec());
            (keys.value(entry).to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
#[path = "repeat_test.rs"]
mod tests;
