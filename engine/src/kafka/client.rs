//! What every Kafka client of ours has: ears for the library's errors and log, and how the brokers are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::notice::{Notice, Notify};
use super::{faults, settings::ClientSettings};
use crate::error::{Fault, Result};

/// A client without a group: metadata, offsets, and partitions started by hand.
pub(crate) type Client = BaseConsumer<Context>;

/// How the brokers are, as far as one source's clients know.
pub(crate) struct Health {
    address: String,
    notify: Notify,
    away: AtomicBool,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// Why the last connection broke, in the library's words.
    broken: Option<String>,
    /// Why the brokers turn us away: no use in waiting.
    turned_away: Option<(Code, String)>,
}

impl Health {
    pub(crate) fn new(settings: &ClientSettings, notify: Notify) -> Arc<Self> {
        Arc::new(Self {
            address: settings.address().unwrap_or_default().to_owned(),
            notify,
            away: AtomicBool::new(false),
            heard: Mutex::default(),
        })
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn say(&self, notice: Notice) {
        (self.notify)(notice);
    }

    /// A request got no answer: said once, until one does.
    pub(crate) fn no_answer(&self, fallback: &str) {
        if !self.away.swap(true, Ordering::Relaxed) {
            let reason = self.reason().unwrap_or_else(|| fallback.to_owned());
            self.say(Notice::BrokerAway {
                address: self.address.clone(),
                reason,
            });
        }
    }

    /// A request got its answer.
    pub(crate) fn answered(&self) {
        // A plain load first: this is asked for every group of records.
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            self.heard().broken = None;
            self.say(Notice::BrokerBack {
                address: self.address.clone(),
            });
        }
    }

    /// Why the last connection broke.
    pub(crate) fn reason(&self) -> Option<String> {
        self.heard().broken.clone()
    }

    /// The fault, if a broker turned us away.
    pub(crate) fn turned_away(&self) -> Result<()> {
        match &self.heard().turned_away {
            Some((code, reason)) => Err(faults::of_code(
                format!("the broker at `{}` refused us", self.address),
                *code,
                Some(reason),
            )),
            None => Ok(()),
        }
    }

    fn hear(&self, code: Code, reason: &str) {
        let mut heard = self.heard();
        if faults::turns_away(code) {
            heard.turned_away.get_or_insert_with(|| (code, tidy(reason)));
        } else if code != Code::AllBrokersDown {
            heard.broken = Some(tidy(reason));
        }
    }
}

/// The library's text without its preamble (`sasl_ssl://host:1/bootstrap: `) and its afterthought (`(after 3ms in state
/// CONNECT, 1 identical error(s) suppressed)`).
fn tidy(reason: &str) -> String {
    let text = reason
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(reason, |(_, rest)| rest);
    text.split_once(" (after ").map_or(text, |(text, _)| text).to_owned()
}

/// Takes in what the library says of itself.
#[derive(Clone)]
pub(crate) struct Context(pub(crate) Arc<Health>);

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        // Broken connections arrive as errors as well, what ends a transaction by the call that it fails; the rest of the log is for the
        // library's developers.
        let said_elsewhere = matches!(facility, "FAIL" | "ERROR" | "CONFWARN" | "FATAL" | "TXNERR");
        if !said_elsewhere && level as i32 <= RDKafkaLogLevel::Error as i32 {
            self.0.say(Notice::Client { text: text.to_owned() });
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if let Some(code) = error.rdkafka_error_code() {
            self.0.hear(code, reason);
        }
    }
}

impl ConsumerContext for Context {}

/// A client and the thread that serves its events. The library queues errors and log lines until someone asks; a thread of
/// its own asks, so that no loop of ours has to remember.
pub(crate) struct Served {
    client: Arc<Client>,
    stop: Arc<AtomicBool>,
}

/// How long the serving thread sleeps at most; errors wake it.
const SERVE: Duration = Duration::from_millis(250);

impl Served {
    pub(crate) fn new(config: &rdkafka::ClientConfig, health: &Arc<Health>) -> Result<Self> {
        let client: Client = config
            .create_with_context(Context(Arc::clone(health)))
            .map_err(|error| faults::fault("the kafka client can't start", error))?;
        let client = Arc::new(client);
        let stop = Arc::new(AtomicBool::new(false));
        let (served, stopped) = (Arc::clone(&client), Arc::clone(&stop));
        std::thread::Builder::new()
            .name("kafka-events".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    // Errors reach the context; there are no records on this queue.
                    drop(served.poll(SERVE));
                }
            })
            .map_err(|error| Fault::machine("no thread for the kafka client").because(error))?;
        Ok(Self { client, stop })
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "client_test.rs"]
mod tests;
