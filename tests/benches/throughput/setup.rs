//! What the figures share: the lab's module, a broker, orders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasmill::clock::{Clock, SystemClock};
use wasmill::guest::build;
use wasmill::lab::{LabRecord, orders};
use wasmill::source::{ClientSettings, ProduceRecord, Producer};
use wasmill_tests::broker::Kafka;

use crate::Result;

/// The embedded broker keeps about 5 MB of a partition, which is some 8,000 orders.
pub const ORDERS_A_PARTITION: usize = 7_500;

pub struct Setup {
    /// The module of the lab's orders.
    pub module: PathBuf,
    pub broker: Kafka,
    pub folder: TempDir,
    pub runtime: Runtime,
}

impl Setup {
    pub fn new() -> Result<Self> {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms/commandes");
        Ok(Self {
            module: build(&lab, |_| ())?.component,
            broker: Kafka::start(),
            folder: TempDir::new()?,
            runtime: Runtime::new()?,
        })
    }

    /// The lab's orders, the same at each run but for their times.
    pub fn orders(count: usize) -> impl Iterator<Item = LabRecord> {
        let now_us = SystemClock.now_ms() * 1000;
        orders(42).at_times((now_us..).take(count))
    }

    /// Makes a topic of so many partitions, with [`ORDERS_A_PARTITION`] orders in each.
    pub fn topic_of_orders(&self, name: &str, partitions: u16) -> Result<String> {
        let topic = self.broker.topic_name(name);
        self.broker.create_topic(&topic, partitions.into());
        self.runtime.block_on(async {
            let settings = ClientSettings::new([("bootstrap.servers", self.broker.address())]);
            let mut producer = Producer::connect(&settings, Arc::new(|_| ())).await?;
            let numbers = (0..partitions).cycle();
            for (partition, order) in numbers.zip(Self::orders(ORDERS_A_PARTITION * usize::from(partitions))) {
                let record = ProduceRecord {
                    key: Some(order.key.as_bytes()),
                    value: Some(order.value.as_bytes()),
                    partition: Some(partition.into()),
                    ..ProduceRecord::default()
                };
                producer.send(&topic, record).await?;
            }
            producer.flush().await
        })?;
        Ok(topic)
    }

    /// Writes a pipeline file with the lab's module between a topic and this sink.
    pub fn pipeline(&self, name: &str, topic: &str, trigger: &str, sink: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{name}.toml"));
        let module = self.module.display();
        let text = format!(
            "name = \"{name}\"\ntrigger = \"{trigger}\"\n\
             [source.raw]\nsubscribe = \"{topic}\"\nstarting_offsets = \"earliest\"\n\
             [guest.orders]\nfrom = \"raw\"\nmodule = '{module}'\n\
             [sink.out]\nfrom = \"orders\"\n{sink}\n"
        );
        std::fs::write(&path, text)?;
        Ok(path)
    }
}
