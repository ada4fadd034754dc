//! `[sink.NAME]`: where rows go, checked against the table they come from.

use std::sync::Arc;

use crate::event_time::OutputMode;
use crate::sink::SinkSpec;

use super::ancestry::{Above, Ancestry};
use super::graph::Graph;
use super::mistake::{Mistake, Mistakes};
use super::plan::{Mode, PlannedSink, Schemas};
use super::spec::SinkPart;

/// Plans a sink: what is wrong with its table, its options or its mode is a mistake.
pub(super) fn plan(
    sink: &SinkPart,
    graph: &Graph,
    schemas: &Schemas,
    above: Above<'_>,
    mode: Mode,
    mistakes: &mut Mistakes,
) -> Option<PlannedSink> {
    let from = graph.find(&sink.from.value)?;
    // Of a table that could not be planned nothing can be said; what is wrong with it has been told.
    let has_groups = schemas.of(from).is_none() || !Ancestry::of(from, above).groups.is_empty();
    check_output_mode(sink, mode, has_groups, mistakes);
    let schema = schemas.of(from)?;
    for problem in sink.spec.problems(schema, mode.into()) {
        let span = sink.option_span(problem.option);
        let message = format!("sink `{}`: {}", sink.name.text, problem.message);
        mistakes.push(Mistake::new(message).at(span).maybe_hint(problem.hint));
    }
    Some(PlannedSink {
        name: sink.name.text.clone(),
        table: sink.from.value.clone(),
        from,
        schema: Arc::clone(schema),
        spec: sink.spec.clone(),
    })
}

/// On a stream without aggregates there is nothing to complete; a batch's console shows all there is in any mode.
fn check_output_mode(sink: &SinkPart, mode: Mode, has_groups: bool, mistakes: &mut Mistakes) {
    let Some(output) = &sink.output_mode else {
        return;
    };
    let refused = match (mode, output.value) {
        (Mode::Batch, OutputMode::Update | OutputMode::Complete) if matches!(sink.spec, SinkSpec::Parquet(_)) => {
            "a batch of Parquet files takes `append`, `overwrite`, `error_if_exists` or `ignore`"
        }
        (Mode::Stream, OutputMode::Complete) if matches!(sink.spec, SinkSpec::Parquet(_)) => {
            "Parquet files only take `append`: the whole result every time would be there again and again"
        }
        (Mode::Stream, OutputMode::Complete) if !has_groups => {
            "`complete` needs an aggregate: a stream of rows has no whole result"
        }
        (Mode::Stream, OutputMode::Update) if matches!(sink.spec, SinkSpec::Parquet(_)) => {
            "Parquet files only take `append`: a row that is written can't be updated"
        }
        _ => return,
    };
    let message = format!("sink `{}`: {refused}", sink.name.text);
    mistakes.push(
        Mistake::new(message)
            .at(output.span)
            .hint("write mode = \"append\", or leave it out"),
    );
}
