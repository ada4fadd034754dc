//! The client library's settings: what a user may hand through as `kafka.*`, and what the engine keeps for itself.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use serde_json::Value;

use crate::error::{Fault, Result};

/// Settings that would take the offsets, the batches or the columns out of the engine's hands.
const ENGINE_OWNED: [(&str, &str); 16] = [
    (
        "group.id",
        "offsets are kept in the checkpoint, not in a consumer group",
    ),
    (
        "auto.offset.reset",
        "say `starting_offsets`, and `fail_on_data_loss` for offsets that are gone",
    ),
    (
        "enable.auto.commit",
        "offsets are kept in the checkpoint, not in a consumer group",
    ),
    (
        "key.deserializer",
        "keys are bytes; a guest or SQL makes something of them",
    ),
    (
        "value.deserializer",
        "values are bytes; a guest or SQL makes something of them",
    ),
    (
        "key.serializer",
        "keys are bytes; a guest or SQL makes something of them",
    ),
    (
        "value.serializer",
        "values are bytes; a guest or SQL makes something of them",
    ),
    ("interceptor.classes", "there is no JVM here; a guest sees every record"),
    (
        "transactional.id",
        "it follows from the checkpoint, so that whoever goes on from it takes over",
    ),
    (
        "enable.idempotence",
        "it is always on: a record that is sent again is there once",
    ),
    ("enable.partition.eof", "the engine finds the end of a batch by it"),
    (
        "enable.auto.offset.store",
        "offsets are kept in the checkpoint, not in a consumer group",
    ),
    (
        "allow.auto.create.topics",
        "reading never makes a topic; `wasmill topics create` does",
    ),
    ("log.queue", "the engine reads the client's log"),
    ("test.mock.num.brokers", "`wasmill broker` starts an embedded broker"),
    (
        "partitioner",
        "keys go to the same partition as with Kafka's Java tools",
    ),
];

/// Java's settings that the client library spells otherwise, or that have no meaning outside a JVM.
const JAVA_ONLY: [(&str, &str); 11] = [
    (
        "ssl.truststore.location",
        "give the CA's certificate as PEM: `kafka.ssl.ca.location`",
    ),
    (
        "ssl.truststore.password",
        "give the CA's certificate as PEM: `kafka.ssl.ca.location`",
    ),
    (
        "ssl.truststore.type",
        "give the CA's certificate as PEM: `kafka.ssl.ca.location`",
    ),
    (
        "ssl.keystore.type",
        "`kafka.ssl.keystore.location` takes PKCS#12; PEM goes to `kafka.ssl.certificate.location`",
    ),
    ("max.poll.records", "say `max_offsets_per_trigger`"),
    ("default.api.timeout.ms", "leave it out: the engine retries by itself"),
    ("request.timeout.ms", "leave it out, or say `kafka.socket.timeout.ms`"),
    (
        "sasl.login.callback.handler.class",
        "there is no JVM here; see `kafka.sasl.oauthbearer.method`",
    ),
    (
        "sasl.client.callback.handler.class",
        "there is no JVM here; see `kafka.sasl.oauthbearer.method`",
    ),
    (
        "sasl.kerberos.service.name",
        "Kerberos is not built in; SASL PLAIN, SCRAM and OAUTHBEARER are",
    ),
    (
        "ssl.endpoint.identification.algorithm",
        "`https` is the default; `none` turns the check of the host name off",
    ),
];

/// The client library's own names that people use most, to guess at what a misspelt one meant.
const COMMON: [&str; 27] = [
    "bootstrap.servers",
    "client.id",
    "client.rack",
    "security.protocol",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.username",
    "sasl.password",
    "sasl.jaas.config",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.key.location",
    "ssl.key.pem",
    "ssl.key.password",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.endpoint.identification.algorithm",
    "enable.ssl.certificate.verification",
    "isolation.level",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "fetch.message.max.bytes",
    "max.partition.fetch.bytes",
    "socket.timeout.ms",
    "metadata.max.age.ms",
];

/// A mistake in an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The option's name, as it was written; of a missing one, the name it would have.
    pub option: String,
    /// What is wrong, in lowercase.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(option: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            option: option.into(),
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// How to reach a cluster: its addresses, and whatever else of the client library's settings a user hands through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSettings {
    properties: BTreeMap<String, String>,
}

impl ClientSettings {
    /// Settings with nothing but the address (`host:port`, more of them with commas).
    pub fn new(address: impl Into<String>) -> Self {
        let mut settings = Self::default();
        settings.set("bootstrap.servers", address);
        settings
    }

    /// The settings among a pipeline's options, `kafka.` before each name, and what is wrong with them.
    pub(crate) fn of_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Value)>) -> (Self, Vec<Problem>) {
        let (mut settings, mut problems) = (Self::default(), Vec::new());
        for (name, value) in pairs {
            if let Some(property) = name.strip_prefix("kafka.")
                && let Err(problem) = settings.take(property, value)
            {
                problems.push(problem);
            }
        }
        problems.extend(settings.problems());
        (settings, problems)
    }

    /// Sets a property from the value that an option has.
    pub(crate) fn take(&mut self, property: &str, value: &Value) -> Result<(), Problem> {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => {
                let option = format!("kafka.{property}");
                let message = format!("`{option}` takes a text, a number or a boolean");
                return Err(Problem::new(option, message));
            }
        };
        self.set(property, value);
        Ok(())
    }

    /// Sets a property under the client library's name, that is without `kafka.` in front.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// The brokers' addresses, if they were given.
    pub fn address(&self) -> Option<&str> {
        self.get("bootstrap.servers")
    }

    /// A property, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// What is wrong with the properties; each problem is named `kafka.<property>`.
    pub fn problems(&self) -> Vec<Problem> {
        self.properties
            .iter()
            .filter_map(|(name, value)| problem(name, value))
            .collect()
    }

    /// The configuration every client starts from.
    pub(crate) fn client_config(&self) -> Result<ClientConfig> {
        if self.address().is_none() {
            return Err(Fault::usage("no broker is named")
                .hint("say `bootstrap.servers` under `[kafka]`, or start an embedded broker with `wasmill broker`"));
        }
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Error);
        config
            .set("client.id", "wasmill")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "2000")
            // Records of 10 MB come in one answer, whatever the limit of a fetch is.
            .set("receive.message.max.bytes", "1000000000");
        for (name, value) in &self.properties {
            match name.as_str() {
                "sasl.jaas.config" => {
                    if let Some((user, password)) = jaas_credentials(value) {
                        config.set("sasl.username", user).set("sasl.password", password);
                    }
                }
                _ => {
                    config.set(name, value);
                }
            }
        }
        Ok(config)
    }
}

fn problem(name: &str, value: &str) -> Option<Problem> {
    let option = format!("kafka.{name}");
    if let Some((_, instead)) = ENGINE_OWNED.iter().find(|(owned, _)| *owned == name) {
        return Some(Problem::new(option, format!("`kafka.{name}` is the engine's own")).hint(*instead));
    }
    if name == "sasl.jaas.config" {
        return jaas_credentials(value).is_none().then(|| {
            Problem::new(option, "`kafka.sasl.jaas.config` names no user and password")
                .hint("say `kafka.sasl.username` and `kafka.sasl.password`")
        });
    }
    let error = ClientConfig::new().set(name, value).create_native_config().err()?;
    if let Some((_, instead)) = JAVA_ONLY.iter().find(|(java, _)| *java == name) {
        return Some(Problem::new(option, format!("`kafka.{name}` can't be set so")).hint(*instead));
    }
    Some(match error {
        KafkaError::ClientConfig(_, text, ..) if text.contains("No such configuration property") => {
            let problem = Problem::new(option, format!("the kafka client has no setting `{name}`"));
            match nearest(name, COMMON) {
                Some(near) => problem.hint(format!("did you mean `kafka.{near}`?")),
                None => problem.hint("the settings are librdkafka's; its CONFIGURATION.md lists them"),
            }
        }
        KafkaError::ClientConfig(_, text, ..) => {
            Problem::new(option, format!("`kafka.{name}` can't be `{value}`: {text}"))
        }
        other => Problem::new(option, format!("`kafka.{name}` can't be `{value}`: {other}")),
    })
}

/// The user and password in Java's `sasl.jaas.config` (`... required username="u" password="p";`).
fn jaas_credentials(text: &str) -> Option<(String, String)> {
    let field = |name: &str| {
        let (_, rest) = text.split_once(&format!("{name}="))?;
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, _) = rest.get(1..)?.split_once(quote)?;
        Some(value.to_owned())
    };
    Some((field("username")?, field("password")?))
}

/// The candidate that looks most like `name`, if one looks like it at all.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
#[path = "settings_test.rs"]
mod tests;
