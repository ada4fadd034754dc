//! From a run between two batches to the state that is committed.

use arrow::array::RecordBatch;

use crate::checkpoint::{Greatest, Object, SourceState, State, TableState, WatermarkState};
use crate::error::Result;
use crate::pipeline::input::Input;
use crate::pipeline::plan::Plan;
use crate::pipeline::reload::versions_of;
use crate::pipeline::saved::SavedWatermark;
use crate::pipeline::stateful::Stateful;
use crate::pipeline::states::States;
use crate::sink::Kept;

use super::shape::shape_of;
use super::{Checkpointing, sinks};

/// Pieces of a table's groups: then they are kept anew, all of them.
const MOST_PIECES: usize = 64;

/// Changes of fewer rows than this are not worth keeping all groups anew.
const FEW_ROWS: u64 = 1024;

impl Checkpointing {
    /// The state to commit. What is new in it is written beside the manifests; what was kept before is referred to.
    pub(in crate::pipeline) async fn state(
        &mut self,
        plan: &Plan,
        states: &mut States,
        inputs: &[Input],
        next_batch: u64,
        kept: Vec<(String, Kept)>,
    ) -> Result<State> {
        let mut state = State {
            next_batch,
            missing: states.save_missing(),
            aggregates: versions_of(plan),
            modules: modules(plan),
            ..State::default()
        };
        for (name, input) in plan.source_names.iter().zip(inputs) {
            let before = self.positions.insert(name.clone(), input.position.clone());
            let before = before.unwrap_or_else(|| input.position.clone());
            let mut source = SourceState::new(input.description(), &before, &input.position);
            input.identify(&mut source);
            state.sources.insert(name.clone(), source);
        }
        for (name, watermark) in states.watched() {
            let table = TableState {
                emitted: i64::MIN,
                forgotten: i64::MIN,
                watermark: Some(watermark_state(&watermark)),
                ..TableState::default()
            };
            state.tables.insert(name.to_owned(), table);
        }
        for table in states.iter_mut() {
            let kept = self.table(plan, table).await?;
            state.tables.insert(table.name().to_owned(), kept);
        }
        for (name, kept) in kept.into_iter().filter(|(_, kept)| !kept.target.is_empty()) {
            let before = self.rows.remove(&name).unwrap_or_default();
            let sink = sinks::state_of(self.checkpoints.store(), before, kept).await?;
            self.rows.insert(name.clone(), sink.rows.clone());
            state.sinks.insert(name, sink);
        }
        Ok(state)
    }

    async fn table(&mut self, plan: &Plan, table: &mut Stateful) -> Result<TableState> {
        let mut pieces = self.pieces.remove(table.name()).unwrap_or_default();
        let changed = match self.anew || pieces.is_empty() {
            true => None,
            false => Some(table.take_changes()?),
        };
        match changed {
            Some(changed) if changed.num_rows() == 0 => {}
            Some(changed) if pieces.len() < MOST_PIECES && is_little(&pieces, &changed) => {
                pieces.push(self.keep("changes", changed).await?);
            }
            _ => pieces = vec![self.keep("groups", table.take_all()?).await?],
        }
        self.pieces.insert(table.name().to_owned(), pieces.clone());
        let planned = plan.tables.iter().find(|planned| planned.name == table.name());
        let saved = table.save_progress();
        Ok(TableState {
            query: planned.and_then(shape_of),
            emitted: saved.emitted,
            forgotten: saved.forgotten,
            watermark: saved.watermark.as_ref().map(watermark_state),
            groups: table.groups().len() as u64,
            pieces,
        })
    }

    async fn keep(&self, kind: &str, rows: RecordBatch) -> Result<Object> {
        self.checkpoints.store().write(kind, &[rows]).await
    }
}

/// Whether the changes since all groups were kept are still fewer than these: so no group is written more than about twice as often
/// as it changes.
fn is_little(pieces: &[Object], changed: &RecordBatch) -> bool {
    let Some((all, changes)) = pieces.split_first() else {
        return false;
    };
    let changes: u64 = changes.iter().map(|piece| piece.rows).sum();
    changes + changed.num_rows() as u64 <= all.rows.max(FEW_ROWS)
}

fn watermark_state(saved: &SavedWatermark) -> WatermarkState {
    let greatest = saved.greatest.iter().map(|(input, partition, time)| Greatest {
        input: *input,
        partition: partition
            .as_ref()
            .map(|partition| (partition.topic.to_string(), partition.partition)),
        time: *time,
    });
    WatermarkState {
        current: saved.current,
        late: saved.late,
        greatest: greatest.collect(),
    }
}

/// The digests of the modules in use.
fn modules(plan: &Plan) -> std::collections::BTreeMap<String, String> {
    let guests = plan.guests.iter().map(|guest| {
        let digest = guest.live.transform().module().digest().to_string();
        (format!("guest.{}", guest.live.name()), digest)
    });
    let aggregates = plan.aggregates.iter().map(|aggregate| {
        let digest = aggregate.module().digest().to_string();
        (format!("aggregate.{}", aggregate.name()), digest)
    });
    guests.chain(aggregates).collect()
}
