//! Records of a file into a topic.

use super::ReplayRecord;
use crate::error::Result;
use crate::kafka::{ProduceRecord, Producer};

impl Producer {
    /// Sends a record of a file; its offset is the broker's to give.
    ///
    /// # Errors
    /// As [`Producer::send`].
    pub async fn send_replayed(&mut self, topic: &str, record: &ReplayRecord) -> Result<()> {
        let headers: Vec<(&str, Option<&[u8]>)> = record
            .headers
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_deref()))
            .collect();
        let record = ProduceRecord {
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            partition: record.partition,
            timestamp_ms: record.timestamp_ms,
            headers: &headers,
        };
        self.send(topic, record).await
    }
}
