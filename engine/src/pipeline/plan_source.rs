//! `[source.NAME]` with `[kafka]` and the command line's settings: one set of options.

use crate::source::{KafkaOptions, Mode as SourceMode, Replay};

use super::brokers::{self, Brokers};
use super::graph::Relation;
use super::mistake::{Mistake, Mistakes};
use super::plan::{Mode, PlannedSource, PlannedSourceKind};
use super::reader::Spanned;
use super::spec::{Setting, SourceKind, SourceSpec, Spec};

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
    brokers: Brokers<'_>,
    mistakes: &mut Mistakes,
) -> Option<PlannedSource> {
    let kind = match &source.kind {
        SourceKind::Kafka(settings) => kafka(source, settings, spec, mode, brokers, mistakes)?,
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
    brokers: Brokers<'_>,
    mistakes: &mut Mistakes,
) -> Option<PlannedSourceKind> {
    let Some(pairs) = brokers::pairs(spec, settings, brokers) else {
        let message = format!("source `{}` has no broker to read from", source.name.text);
        mistakes.push(Mistake::new(message).at(source.name.span).hint(brokers::NAME_ONE));
        return None;
    };
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
