//! From Kafka to Parquet: a pipeline, and a loop by hand that reads the same records and writes the same columns.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use wasmill::batch::timestamp_type;
use wasmill::guest::{BuildOutput, EngineOptions, GuestEngine};
use wasmill::pipeline::{Observer, Pipeline, Progress, Resources, RunOptions, run};

use crate::figure::{self, Rounds};
use crate::native::Orders;
use crate::setup::Setup;
use crate::{Result, cpu};

const ORDERS: usize = 240_000;
/// As the lab's topics have.
const PARTITIONS: u16 = 3;
/// The embedded broker keeps about 5 MB of a partition, which is some 8,000 orders. So many partitions cost the pipeline more
/// than the loop, since they share what it may fetch ahead: a real Kafka gives the fairer figure.
const EMBEDDED_PARTITIONS: u16 = 32;
const ROUNDS: usize = 11;
/// Rows handed to the Parquet writer at once, as the Kafka source's batches of columns.
const RECORDS: usize = 8192;
/// Clients that were dropped end on threads of their own; their last work is not to count for the next round.
const SETTLE: Duration = Duration::from_millis(500);

pub(crate) fn measure(setup: &Setup) -> Result<()> {
    let partitions = if setup.broker.is_real() {
        PARTITIONS
    } else {
        EMBEDDED_PARTITIONS
    };
    let topic = setup.topic_of_orders("orders-to-parquet", partitions, ORDERS / usize::from(partitions))?;
    let written = setup.folder.path().join("ours");
    let sink = format!(
        "parquet = '{}'\nmode = \"overwrite\"\ncompression = \"snappy\"",
        written.display()
    );
    let pipeline = setup.pipeline("orders", &topic, "once", &sink)?;
    let file = setup.folder.path().join("by-hand.parquet");

    let (mut ours, mut by_hand) = (Rounds::new(), Rounds::new());
    for _ in 0..ROUNDS {
        ours.orders(ORDERS, setup.runtime.block_on(through_pipeline(setup, &pipeline))?);
        setup.pause(SETTLE);

        let start = cpu::own()?;
        through_loop(setup.broker.address(), &topic, partitions, &file)?;
        by_hand.orders(ORDERS, cpu::own()? - start);
        setup.pause(SETTLE);
        same_files(&written, &file)?;
    }
    figure::against_native("Kafka to Parquet, orders per CPU second", &ours, &by_hand, ">= 0.6");
    Ok(())
}

/// The pipeline, planned and run to the end of the topic; gives the processor's time of the run.
async fn through_pipeline(setup: &Setup, pipeline: &Path) -> Result<Duration> {
    let observer = Arc::new(Silent);
    let resources = Resources {
        guest_engine: GuestEngine::new(EngineOptions::default())?,
        kafka: vec![("bootstrap.servers".to_owned(), setup.broker.address().to_owned())],
        default_broker: None,
        observer: observer.clone(),
    };
    let pipeline = Pipeline::read(pipeline, Vec::new())?;
    let mode = pipeline.mode(false);
    let plan = pipeline
        .plan(mode, &resources)
        .await
        .map_err(|invalid| invalid.to_string())?;
    let (_go_on, stop) = tokio::sync::watch::channel(false);
    let start = cpu::own()?;
    run(plan, RunOptions::new(stop, observer)).await?;
    Ok(cpu::own()? - start)
}

/// Hears nothing.
pub(crate) struct Silent;

impl Observer for Silent {
    fn building(&self, _: BuildOutput<'_>) {}
    fn notice(&self, _: &str) {}
    fn before_output(&self, _: &str, _: bool) {}
    fn batch(&self, _: &Progress) {}
}

/// What one would write by hand, on one thread beside the client's own.
fn through_loop(broker: &str, topic: &str, number_of_partitions: u16, file: &Path) -> Result<()> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker)
        .set("group.id", "by-hand")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut partitions = TopicPartitionList::new();
    for partition in 0..number_of_partitions {
        partitions.add_partition_offset(topic, partition.into(), Offset::Beginning)?;
    }
    consumer.assign(&partitions)?;

    let mut columns = Columns::default();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(file)?, Columns::schema(), Some(properties))?;
    for read in 1..=ORDERS {
        let message = loop {
            if let Some(message) = consumer.poll(Duration::from_secs(1)) {
                break message?;
            }
        };
        columns.push(&message)?;
        if read % RECORDS == 0 || read == ORDERS {
            writer.write(&columns.finish()?)?;
        }
    }
    let file = writer.into_inner()?;
    Ok(file.sync_all()?)
}

/// The columns of a module's table: the order's own, then Kafka's.
#[derive(Default)]
struct Columns {
    orders: Orders,
    key: BinaryBuilder,
    topic: StringBuilder,
    partition: Int32Builder,
    offset: Int64Builder,
    timestamp: Vec<i64>,
}

impl Columns {
    fn schema() -> SchemaRef {
        let mut fields = order_fields();
        fields.extend([
            Field::new("kafka_key", DataType::Binary, true),
            Field::new("kafka_topic", DataType::Utf8, true),
            Field::new("kafka_partition", DataType::Int32, true),
            Field::new("kafka_offset", DataType::Int64, true),
            Field::new("kafka_timestamp", timestamp_type(), true),
        ]);
        Arc::new(Schema::new(fields))
    }

    fn push(&mut self, message: &BorrowedMessage<'_>) -> Result<()> {
        self.orders.push(message.payload().ok_or("an order without a value")?)?;
        self.key.append_option(message.key());
        self.topic.append_value(message.topic());
        self.partition.append_value(message.partition());
        self.offset.append_value(message.offset());
        self.timestamp.push(message.timestamp().to_millis().unwrap_or(0) * 1000);
        Ok(())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let mut timestamps = TimestampMicrosecondBuilder::new().with_data_type(timestamp_type());
        timestamps.append_slice(&self.timestamp);
        self.timestamp.clear();
        let mut columns = self.orders.finish()?;
        let kafka: [ArrayRef; 5] = [
            Arc::new(self.key.finish()),
            Arc::new(self.topic.finish()),
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(timestamps.finish()),
        ];
        columns.extend(kafka);
        Ok(RecordBatch::try_new(Self::schema(), columns)?)
    }
}

/// Makes sure that both did the same work: all rows, the same columns.
fn same_files(ours: &Path, by_hand: &Path) -> Result<()> {
    let (mut rows, mut columns) = (0, Vec::new());
    for file in std::fs::read_dir(ours)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "parquet") {
            (rows, columns) = {
                let (more, columns) = content(&path)?;
                (rows + more, columns)
            };
        }
    }
    if (rows, columns) == content(by_hand)? && rows == i64::try_from(ORDERS)? {
        Ok(())
    } else {
        Err(format!("the files differ: {rows} rows of ours, {ORDERS} orders").into())
    }
}

/// How many rows a file has, and its columns, nested ones included.
fn content(path: &Path) -> Result<(i64, Vec<String>)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let file = reader.metadata().file_metadata();
    let columns = file.schema_descr().columns().iter();
    Ok((
        file.num_rows(),
        columns
            .map(|column| column.path().parts().last().cloned().unwrap_or_default())
            .collect(),
    ))
}

/// The columns that [`Orders::finish`] gives.
fn order_fields() -> Vec<Field> {
    let element = Field::new("element", DataType::Struct(Orders::item_fields()), true);
    vec![
        Field::new("order_id", DataType::Int32, true),
        Field::new("customer_id", DataType::Utf8, true),
        Field::new("timestamp", DataType::Utf8, true),
        Field::new("items", DataType::List(Arc::new(element)), true),
        Field::new("total", DataType::Float64, true),
        Field::new("status", DataType::Utf8, true),
    ]
}
