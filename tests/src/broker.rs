//! A broker for a test: the real one if the environment names it, else an embedded one of the test's own.

use std::path::Path;

use crate::command::{Command, Running};
use crate::golden::Records;
use crate::unique::name_like;

/// A broker, as long as it is held.
#[derive(Debug)]
pub struct Kafka {
    address: String,
    /// The process of an embedded broker: this test's alone.
    embedded: Option<Embedded>,
}

#[derive(Debug)]
struct Embedded {
    _process: Running,
    /// Where it tells wasmill's commands of itself: not where a developer's own broker does.
    runtime_folder: tempfile::TempDir,
}

impl Kafka {
    /// The broker of `WASMILL_TEST_KAFKA`, or an embedded one.
    pub fn start() -> Self {
        match std::env::var("WASMILL_TEST_KAFKA") {
            Ok(address) => Self {
                address,
                embedded: None,
            },
            Err(_) => Self::start_embedded(),
        }
    }

    fn start_embedded() -> Self {
        let runtime_folder =
            tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"));
        let broker = Command::wasmill(["broker"])
            .env("XDG_RUNTIME_DIR", runtime_folder.path())
            .start();
        let address = broker.wait_for_stdout("the broker's address", find_address);
        Self {
            address,
            embedded: Some(Embedded {
                _process: broker,
                runtime_folder,
            }),
        }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is a real Apache Kafka.
    pub fn is_real(&self) -> bool {
        self.embedded.is_none()
    }

    /// A name for a topic that in the golden files is `name`: that name on an embedded broker, on a shared one a new name
    /// of the same length.
    pub fn topic_name(&self, name: &str) -> String {
        if self.is_real() {
            name_like(name)
        } else {
            name.to_owned()
        }
    }

    /// `wasmill` with these arguments, on this broker.
    pub fn wasmill<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let command = Command::wasmill(arguments).env("WASMILL_KAFKA", &self.address);
        match &self.embedded {
            Some(embedded) => command.env("XDG_RUNTIME_DIR", embedded.runtime_folder.path()),
            None => command,
        }
    }

    /// Makes a topic that keeps records however old their timestamps are.
    pub fn create_topic(&self, topic: &str, partitions: i64) {
        let partitions = partitions.to_string();
        let arguments = [
            "topics",
            "create",
            topic,
            "--partitions",
            &partitions,
            "--config",
            "retention.ms=-1",
        ];
        self.wasmill(arguments).succeed();
    }

    /// Makes a topic for a set of records, puts them there, and returns the topic's name.
    pub fn topic_of(&self, records: &Records) -> String {
        let topic = self.topic_name(&records.topic);
        self.create_topic(&topic, records.partitions);
        self.produce(&topic, &records.path);
        topic
    }

    /// Puts the records of a file into a topic.
    pub fn produce(&self, topic: &str, file: &Path) {
        self.wasmill(["produce", topic, "--from"]).arg(file).succeed();
    }
}

/// The first word of a text that is `host:port`.
fn find_address(text: &str) -> Option<String> {
    // The last line may be there in part, with half of the port.
    let (whole_lines, _) = text.rsplit_once('\n')?;
    let is_address = |word: &&str| {
        let parts = word.rsplit_once(':');
        parts.is_some_and(|(host, port)| !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok())
    };
    let mut words = whole_lines.split(|letter: char| letter.is_whitespace() || "`'\",()=".contains(letter));
    words.find(is_address).map(str::to_owned)
}

#[cfg(test)]
#[path = "broker_test.rs"]
mod tests;
