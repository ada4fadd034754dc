//! `wasmill show`: a topic as the notebook's cells 3 and 4 show it.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use futures::StreamExt;

use crate::batch::{BatchRanges, OffsetRange, Records, kafka_schema};
use crate::clock::SystemClock;
use crate::error::{Fault, Result};
use crate::sink::show::{ShowOptions, Truncate, schema_tree, show as table, show_on_terminal};
use crate::source::{KafkaOptions, KafkaSource, Mode, Pace};

use super::args::ShowArgs;
use super::topics::notices;
use super::{Failure, address, term};

pub(super) async fn show(args: ShowArgs) -> Result<(), Failure> {
    let client = address::client(&args.kafka)?;
    let options = ShowOptions {
        num_rows: args.num_rows,
        truncate: if args.truncate == 0 {
            Truncate::Never
        } else {
            Truncate::At(args.truncate)
        },
        vertical: args.vertical,
    };
    Ok(show_topic(KafkaOptions::subscribe([args.topic], client), &options).await?)
}

/// Prints the count, the schema and the first records of a source.
pub(super) async fn show_topic(source: KafkaOptions, options: &ShowOptions) -> Result<()> {
    let mut kafka = KafkaSource::connect("show", source, Mode::Batch, Arc::new(SystemClock), notices()).await?;
    let start = kafka.start().await?;
    let end = kafka.end().await?;
    let ranges = kafka.plan(&start, &end, Pace::Drain)?;
    let count = count(&mut kafka, &ranges).await?;
    term::print(&format!("Messages lus: {count}\n"))?;
    if count == 0 {
        term::say_line(&kafka.why_empty(&start).await?);
    }
    term::print(&format!("{}\n", schema_tree(&kafka_schema(false))))?;
    let shown = first(&mut kafka, &ranges, options.num_rows.saturating_add(1)).await?;
    let schema = text_schema();
    let table = if term::prints_on_terminal() {
        show_on_terminal
    } else {
        table
    };
    let text =
        table(&schema, &shown, options).map_err(|error| Fault::internal("can't show the records").because(error))?;
    term::print(&format!("{text}\n"))
}

/// How many records there are: all are read, since compaction and transactions leave gaps between offsets.
async fn count(kafka: &mut KafkaSource, ranges: &BatchRanges) -> Result<usize> {
    let mut count = 0;
    let mut chunks = std::pin::pin!(kafka.read(ranges));
    while let Some(records) = chunks.next().await {
        count += records?.len();
    }
    Ok(count)
}

/// The first records, partition by partition.
async fn first(kafka: &mut KafkaSource, ranges: &BatchRanges, wanted: usize) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    let mut missing = wanted;
    // One partition after the other: of the later ones usually nothing is needed.
    for (partition, range) in ranges {
        if missing == 0 {
            break;
        }
        let ranges = BatchRanges::from([(partition.clone(), OffsetRange { ..*range })]);
        let mut chunks = std::pin::pin!(kafka.read(&ranges));
        while let Some(records) = chunks.next().await {
            let records = records?;
            let taken = records.len().min(missing);
            missing -= taken;
            batches.push(as_text(&records.slice(0, taken))?);
            if missing == 0 {
                break;
            }
        }
    }
    Ok(batches)
}

fn text_schema() -> Schema {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let kafka = kafka_schema(false);
    let rest = (2..6).map(|column| kafka.field(column).clone());
    Schema::new([text("key"), text("value")].into_iter().chain(rest).collect::<Vec<_>>())
}

/// `CAST(key AS STRING), CAST(value AS STRING)` and the rest as it is.
fn as_text(records: &Records) -> Result<RecordBatch> {
    let text = |bytes: &BinaryArray| {
        let texts: StringArray = bytes.iter().map(|bytes| bytes.map(String::from_utf8_lossy)).collect();
        Arc::new(texts) as ArrayRef
    };
    let rest = records.table().columns()[2..6].iter().cloned();
    let columns = [text(records.keys()), text(records.values())]
        .into_iter()
        .chain(rest)
        .collect();
    RecordBatch::try_new(Arc::new(text_schema()), columns)
        .map_err(|error| Fault::internal("records don't fit their schema").because(error))
}
