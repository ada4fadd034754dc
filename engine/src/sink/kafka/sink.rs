//! The sink: rows of a table into a topic.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use futures::future::BoxFuture;

use super::options::{KafkaSinkOptions, Parts};
use super::rows::Rows;
use super::transactions::Transactions;
use crate::error::{Fault, Result};
use crate::sink::{Finished, Kept, Sink, SinkContext};

/// Puts the rows of one table into a topic, in their order.
///
/// In a transaction, what it puts becomes visible by [`Transactions::commit`]. Else a batch is in the topic when it ends, acknowledged by
/// all brokers that keep it; what a batch that failed had sent is there.
pub struct KafkaSink {
    transactions: Arc<Transactions>,
    topic: Option<String>,
    parts: Parts,
    rows: u64,
}

impl KafkaSink {
    /// A sink for rows of this schema. That its topic is there is found out here.
    ///
    /// # Errors
    /// `Refused`: there is no such topic. `Unavailable`: the broker does not answer.
    pub async fn open(options: &KafkaSinkOptions, schema: &Schema, context: &SinkContext) -> Result<Self> {
        let Some(transactions) = &context.kafka else {
            return Err(Fault::internal("a kafka sink was opened without a producer"));
        };
        if let Some(topic) = &options.topic {
            transactions.expect(topic).await?;
        }
        Ok(Self {
            transactions: Arc::clone(transactions),
            topic: options.topic.clone(),
            parts: Parts::of(options, schema),
            rows: 0,
        })
    }

    async fn put(&mut self, rows: &RecordBatch) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let records = Rows::of(self.parts, self.topic.as_deref(), rows)?;
        let mut writing = self.transactions.begin().await?;
        let (mut json, mut headers) = (Vec::new(), Vec::new());
        for row in 0..rows.num_rows() {
            let (topic, record) = records.record(row, &mut json, &mut headers)?;
            writing.send(topic, record).await?;
        }
        self.rows += rows.num_rows() as u64;
        Ok(())
    }

    /// What is not in a transaction is delivered with its batch.
    async fn flush_unless_transactional(&self) -> Result<()> {
        match self.transactions.is_transactional() {
            true => Ok(()),
            false => self.transactions.flush().await,
        }
    }
}

impl Sink for KafkaSink {
    fn write<'a>(&'a mut self, batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let put = self.put(rows).await;
            put.map_err(|fault| fault.at(format!("batch {batch_id}")))
        })
    }

    fn end_batch(&mut self, batch_id: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let flushed = self.flush_unless_transactional().await;
            flushed.map_err(|fault| fault.at(format!("batch {batch_id}")))
        })
    }

    /// Safe, and in a transaction hidden: whoever runs the pipeline commits it for all sinks.
    fn prepare(&mut self, _all: bool) -> BoxFuture<'_, Result<Kept>> {
        Box::pin(async {
            self.transactions.flush().await?;
            Ok(Kept::default())
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>> {
        Box::pin(async {
            self.flush_unless_transactional().await?;
            Ok(Finished {
                rows: self.rows,
                records: self.rows,
                ..Finished::default()
            })
        })
    }
}

#[cfg(test)]
#[path = "sink_test.rs"]
mod tests;
