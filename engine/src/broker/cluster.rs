//! The mock cluster, on a thread that owns it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaErrorCode as Code, RDKafkaRespErr};

use super::announce::{self, Announcement};
use crate::error::{Fault, Result};

/// More partitions than anyone needs here, and fewer than would hurt.
const MOST_PARTITIONS: i32 = 1000;

/// A broker in this process, on a free port of the loopback address. It ends, with all its records, when it is dropped.
pub struct Broker {
    address: String,
    orders: Orders,
    thread: Option<JoinHandle<()>>,
}

type Reply = Sender<std::result::Result<(), String>>;

/// What the owning thread can be told to do.
enum Order {
    Create {
        topic: String,
        partitions: i32,
        reply: Reply,
    },
    SetUp {
        up: bool,
        reply: Reply,
    },
    Hide {
        topic: String,
        hidden: bool,
        reply: Reply,
    },
    Stop,
}

/// The way to the owning thread; may be handed to other threads.
#[derive(Clone)]
pub(super) struct Orders(Sender<Order>);

impl Orders {
    fn give(&self, order: impl FnOnce(Reply) -> Order) -> Result<()> {
        let (reply, answer) = channel();
        let stopped = || Fault::unavailable("the embedded broker has stopped");
        self.0.send(order(reply)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())?.map_err(Fault::refused)
    }

    pub(super) fn create_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        if !(1..=MOST_PARTITIONS).contains(&partitions) {
            return Err(Fault::usage(format!(
                "a topic has 1 to {MOST_PARTITIONS} partitions, not {partitions}"
            )));
        }
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
        if topic.is_empty() || topic.len() > 249 || !topic.chars().all(fits) || matches!(topic, "." | "..") {
            return Err(Fault::usage(format!("`{topic}` can't be a topic's name"))
                .hint("a topic's name has up to 249 letters, digits, `.`, `_` and `-`"));
        }
        self.give(|reply| Order::Create {
            topic: topic.to_owned(),
            partitions,
            reply,
        })
    }
}

impl Broker {
    /// Starts a broker.
    ///
    /// # Errors
    /// `Machine`: no port or thread is free.
    pub fn start() -> Result<Self> {
        let (sender, orders) = channel();
        let (told, address) = channel();
        let thread = std::thread::Builder::new()
            .name("embedded-broker".to_owned())
            .spawn(move || match MockCluster::new(1) {
                Ok(cluster) => {
                    // Whoever started us waits for this; if not, the orders end at once.
                    drop(told.send(Ok(cluster.bootstrap_servers())));
                    serve(&cluster, &orders);
                }
                Err(error) => drop(told.send(Err(error.to_string()))),
            })
            .map_err(|error| Fault::machine("no thread for the embedded broker").because(error))?;
        let address = address
            .recv()
            .map_err(|_| Fault::machine("the embedded broker ended while it started"))?
            .map_err(|reason| Fault::machine("the embedded broker can't start").because(reason))?;
        Ok(Self {
            address,
            orders: Orders(sender),
            thread: Some(thread),
        })
    }

    /// Where clients find it: `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// `Refused`: it is there already. `Usage`: a name or number of partitions that can't be.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        self.orders.create_topic(topic, partitions)
    }

    /// Cuts all connections and takes no new ones, or takes them again: to see what happens when a broker is away.
    ///
    /// # Errors
    /// `Unavailable`: it has stopped.
    pub fn set_up(&self, up: bool) -> Result<()> {
        self.orders.give(|reply| Order::SetUp { up, reply })
    }

    /// Denies that a topic is there, or admits it again: to see what happens when a topic is deleted. Its records stay.
    ///
    /// # Errors
    /// `Unavailable`: it has stopped.
    pub fn hide_topic(&self, topic: &str, hidden: bool) -> Result<()> {
        self.orders.give(|reply| Order::Hide {
            topic: topic.to_owned(),
            hidden,
            reply,
        })
    }

    /// Makes it known to wasmill's other commands, for as long as what is returned lives.
    ///
    /// # Errors
    /// `Machine`: the file of the announcement or the control port can't be made. `Usage`: another one is announced already.
    pub fn announce(&self) -> Result<Announcement> {
        announce::announce(&crate::announce::folder(), &self.address, self.orders.clone())
    }

    #[cfg(test)]
    pub(super) fn orders(&self) -> Orders {
        self.orders.clone()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // If it has stopped by itself there is nothing to tell it.
        drop(self.orders.0.send(Order::Stop));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(cluster: &MockCluster<'static, DefaultProducerContext>, orders: &Receiver<Order>) {
    while let Ok(order) = orders.recv() {
        let (reply, result) = match order {
            Order::Create {
                topic,
                partitions,
                reply,
            } => {
                let result = match cluster.create_topic(&topic, partitions, 1) {
                    Err(KafkaError::MockCluster(Code::TopicAlreadyExists)) => {
                        Err(format!("topic `{topic}` is there already"))
                    }
                    other => other.map_err(|error| format!("topic `{topic}` can't be made: {error}")),
                };
                (reply, result)
            }
            Order::SetUp { up, reply } => {
                let result = if up {
                    cluster.broker_up(-1)
                } else {
                    cluster.broker_down(-1)
                };
                (reply, result.map_err(|error| error.to_string()))
            }
            Order::Hide { topic, hidden, reply } => {
                let error = if hidden {
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                } else {
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
                };
                (
                    reply,
                    cluster.topic_error(&topic, error).map_err(|error| error.to_string()),
                )
            }
            Order::Stop => return,
        };
        // Whoever asked may have gone.
        drop(reply.send(result));
    }
}

#[cfg(test)]
#[path = "cluster_test.rs"]
mod tests;
