//! Which brokers a pipeline's sources and sinks talk to, and how: `[kafka]`, the command line, and the broker where nothing names one.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::error::Result;
use crate::sink::SinkSpec;
use crate::sink::kafka::Transactions;
use crate::source::ClientSettings;
use crate::storage::Notify;

use super::Resources;
use super::mistake::{Mistake, Mistakes};
use super::plan::Plan;
use super::spec::{Setting, Spec};
use super::tree::{Span, Value};

/// What to do where no broker is named.
pub(super) const NAME_ONE: &str =
    "name one with `--kafka HOST:PORT` or in the pipeline's `[kafka]`, or start one: `wasmill broker`";

/// Which broker, as far as the pipeline's file does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brokers<'a> {
    /// Settings of the Kafka client from the command line; they win over the file's.
    pub(super) kafka: &'a [(String, String)],
    /// The broker to use where nothing names one.
    pub(super) default: Option<&'a str>,
}

impl<'a> From<&'a Resources> for Brokers<'a> {
    fn from(resources: &'a Resources) -> Self {
        Self {
            kafka: &resources.kafka,
            default: resources.default_broker.as_deref(),
        }
    }
}

/// A setting: its name, its value, and where it stands if it stands in the file.
pub(super) type Pair = (String, Json, Option<Span>);

/// The settings of a source or of the sinks, `kafka.` before the names of the client's. What stands nearer wins: its own over the
/// pipeline's, the command line's over both. None if no broker is named.
pub(super) fn pairs(spec: &Spec, own: &[Setting], brokers: Brokers<'_>) -> Option<Vec<Pair>> {
    let shared = spec
        .kafka
        .iter()
        .map(|setting| (format!("kafka.{}", setting.name), setting));
    let own = own.iter().map(|setting| (setting.name.clone(), setting));
    let mut pairs: Vec<Pair> = Vec::new();
    for (name, setting) in shared.chain(own) {
        pairs.retain(|(known, _, _)| *known != name);
        pairs.push((name, json(&setting.item.value), Some(setting.name_span)));
    }
    for (name, value) in brokers.kafka {
        let name = format!("kafka.{name}");
        pairs.retain(|(known, _, _)| *known != name);
        pairs.push((name, Json::String(value.clone()), None));
    }
    if !pairs.iter().any(|(name, _, _)| name == "kafka.bootstrap.servers") {
        let address = Json::String(brokers.default?.to_owned());
        pairs.push(("kafka.bootstrap.servers".to_owned(), address, None));
    }
    Some(pairs)
}

/// How the sinks that write to Kafka reach its brokers; none if there is no such sink, or something is wrong.
pub(super) fn of_sinks(spec: &Spec, brokers: Brokers<'_>, mistakes: &mut Mistakes) -> Option<ClientSettings> {
    let sink = spec.sinks.iter().find(|sink| matches!(sink.spec, SinkSpec::Kafka(_)))?;
    let Some(pairs) = pairs(spec, &[], brokers) else {
        let message = format!("sink `{}` has no broker to write to", sink.name.text);
        mistakes.push(Mistake::new(message).at(sink.name.span).hint(NAME_ONE));
        return None;
    };
    let (settings, problems) = ClientSettings::of_pairs(pairs.iter().map(|(name, value, _)| (name.as_str(), value)));
    for problem in &problems {
        let span = pairs.iter().find(|(name, _, _)| *name == problem.option);
        let span = span.and_then(|(_, _, span)| *span);
        let message = match span {
            Some(_) => format!("`[kafka]`: {}", problem.message),
            None => problem.message.clone(),
        };
        mistakes.push_once(Mistake::new(message).maybe_at(span).maybe_hint(problem.hint.clone()));
    }
    problems.is_empty().then_some(settings)
}

impl Plan {
    /// The producer of its Kafka sinks, if it has any: with transactions of this id, or none.
    ///
    /// # Errors
    /// What the brokers say.
    pub(super) async fn producer(&self, id: Option<&str>, notify: &Notify) -> Result<Option<Arc<Transactions>>> {
        let Some(settings) = &self.brokers else { return Ok(None) };
        let opened = match id {
            Some(id) => Transactions::open(settings, id, notify).await,
            None => Transactions::without(settings, self.mode.into(), notify).await,
        };
        opened.map(|transactions| Some(Arc::new(transactions)))
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::String(text) | Value::Datetime(text) => Json::String(text.clone()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Boolean(value) => Json::Bool(*value),
        Value::Array(items) => items.iter().map(|item| json(&item.value)).collect(),
        Value::Table(table) => Json::Object(
            table
                .entries
                .iter()
                .map(|entry| (entry.key.clone(), json(&entry.item.value)))
                .collect(),
        ),
    }
}
