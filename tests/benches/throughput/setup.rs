//! What the figures share: the lab's module, a broker, orders.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasmill::clock::{Clock, SystemClock};
use wasmill::guest::build;
use wasmill::lab::{LabRecord, orders};
use wasmill::source::{ClientSettings, ProduceRecord, Producer};
use wasmill_tests::broker::Kafka;

use crate::Result;

pub(crate) struct Setup {
    /// The module of the lab's orders.
    pub(crate) module: PathBuf,
    pub(crate) broker: Kafka,
    pub(crate) folder: TempDir,
    pub(crate) runtime: Runtime,
}

impl Setup {
    pub(crate) fn new() -> Result<Self> {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms/commandes");
        Ok(Self {
            module: build(&lab, |_| ())?.component,
            broker: Kafka::start(),
            folder: TempDir::new()?,
            runtime: Runtime::new()?,
        })
    }

    /// Lets time go by.
    pub(crate) fn pause(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// The lab's orders, the same at each run but for their times.
    pub(crate) fn orders(count: usize) -> impl Iterator<Item = LabRecord> {
        let now_us = SystemClock.now_ms() * 1000;
        orders(42).at_times((now_us..).take(count))
    }

    /// Makes a topic of so many partitions, and puts so many orders into each.
    pub(crate) fn topic_of_orders(&self, name: &str, partitions: u16, orders: usize) -> Result<String> {
        let topic = self.broker.topic_name(name);
        self.broker.create_topic(&topic, partitions.into());
        self.runtime.block_on(async {
            let settings = ClientSettings::new(self.broker.address());
            let mut producer = Producer::connect(&settings, Arc::new(|_| ())).await?;
            let numbers = (0..partitions).cycle();
            for (partition, order) in numbers.zip(Self::orders(orders * usize::from(partitions))) {
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
    pub(crate) fn pipeline(&self, name: &str, topic: &str, trigger: &str, sink: &str) -> Result<PathBuf> {
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
