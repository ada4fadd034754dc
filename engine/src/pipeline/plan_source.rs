//! `[source.NAME]` with `[kafka]` and the command line's settings: one set of options.

use serde_json::Value as Json;

use crate::source::{KafkaOptions, Mode as SourceMode, Replay};

use super::Resources;
use super::graph::Relation;
use super::mistake::{Mistake, Mistakes};
use super::plan::{Mode, PlannedSource, PlannedSourceKind};
use super::reader::Spanned;
use super::spec::{Setting, SourceKind, SourceSpec, Spec};
use super::tree::{Span, Value};

impl From<Mode> for SourceMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Batch => Self::Batch,
            Mode::Stream => Self::Stream,
        }
    }
}

/// Plans the source at this position of the spec.
pub(super) fn plan(
    position: usize,
    source: &SourceSpec,
    spec: &Spec,
    mode: Mode,
    resources: &Resources,
    mistakes: &mut Mistakes,
) -> Option<PlannedSource> {
    let kind = match &source.kind {
        SourceKind::Kafka(settings) => kafka(source, settings, spec, mode, resources, mistakes)?,
        SourceKind::Replay(path) => replay(source, path, mistakes)?,
        SourceKind::Given => PlannedSourceKind::Replay(Vec::new()),
    };
    Some(PlannedSource {
        name: source.name.text.clone(),
        kind,
        relation: Relation::Source(position),
    })
}

fn replay(
    source: &SourceSpec,
    path: &Spanned<std::path::PathBuf>,
    mistakes: &mut Mistakes,
) -> Option<PlannedSourceKind> {
    let records = Replay::open(&path.value).and_then(|replay| replay.batches(&source.name.text, false).collect());
    match records {
        Ok(records) => Some(PlannedSourceKind::Replay(records)),
        Err(fault) => {
            let message = format!("source `{}`: {fault}", source.name.text);
            mistakes.push(
                Mistake::new(message)
                    .at(path.span)
                    .maybe_hint(fault.advice().map(str::to_owned)),
            );
            None
        }
    }
}

fn kafka(
    source: &SourceSpec,
    settings: &[Setting],
    spec: &Spec,
    mode: Mode,
    resources: &Resources,
    mistakes: &mut Mistakes,
) -> Option<PlannedSourceKind> {
    // What stands nearer wins: the source's own settings over the pipeline's, the command line's over both.
    let shared = spec
        .kafka
        .iter()
        .map(|setting| (format!("kafka.{}", setting.name), setting));
    let own = settings.iter().map(|setting| (setting.name.clone(), setting));
    let mut pairs: Vec<(String, Json, Option<Span>)> = Vec::new();
    for (name, setting) in shared.chain(own) {
        pairs.retain(|(known, _, _)| *known != name);
        pairs.push((name, json(&setting.item.value), Some(setting.name_span)));
    }
    for (name, value) in &resources.kafka {
        let name = format!("kafka.{name}");
        pairs.retain(|(known, _, _)| *known != name);
        pairs.push((name, Json::String(value.clone()), None));
    }
    if !pairs.iter().any(|(name, _, _)| name == "kafka.bootstrap.servers") {
        match &resources.default_broker {
            Some(address) => pairs.push((
                "kafka.bootstrap.servers".to_owned(),
                Json::String(address.clone()),
                None,
            )),
            None => {
                let hint =
                    "name one with `--kafka HOST:PORT` or in the pipeline's `[kafka]`, or start one: `wasmill broker`";
                let message = format!("source `{}` has no broker to read from", source.name.text);
                mistakes.push(Mistake::new(message).at(source.name.span).hint(hint));
                return None;
            }
        }
    }
    let place = |option: &str| {
        let found = pairs.iter().find(|(name, _, _)| name == option);
        found.map_or(Some(source.name.span), |(_, _, span)| *span)
    };
    let options = KafkaOptions::from_pairs(pairs.iter().map(|(name, value, _)| (name.as_str(), value)));
    let problems = match &options {
        Ok(options) => options.validate(mode.into()),
        Err(problems) => problems.clone(),
    };
    let sound = problems.is_empty();
    for problem in problems {
        // What the whole pipeline's settings get wrong is not this source's own mistake, and is told for all sources once.
        let message = match place(&problem.option) {
            Some(span) if spec.kafka.iter().any(|setting| setting.name_span == span) => {
                format!("`[kafka]`: {}", problem.message)
            }
            None => problem.message,
            Some(_) => format!("source `{}`: {}", source.name.text, problem.message),
        };
        mistakes.push_once(
            Mistake::new(message)
                .maybe_at(place(&problem.option))
                .maybe_hint(problem.hint),
        );
    }
    let options = options.ok().filter(|_| sound)?;
    Some(PlannedSourceKind::Kafka(Box::new(options)))
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
