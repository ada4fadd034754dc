//! From a committed state to what a run goes on from.

use crate::batch::TopicPartition;
use crate::checkpoint::{CheckpointStore, SourceState, State, TableState, WatermarkState};
use crate::error::Result;
use crate::pipeline::plan::Plan;
use crate::pipeline::saved::{Saved, SavedTable, SavedWatermark};

use super::shape::shape_of;
use crate::source::Identity;

/// Reads what the plan's tables kept.
pub(super) async fn read(store: &CheckpointStore, state: &State, plan: &Plan) -> Result<Saved> {
    let mut saved = Saved {
        next_batch: state.next_batch,
        aggregates: state.aggregates.clone(),
        missing: state.missing.clone(),
        ..Saved::default()
    };
    for (name, source) in &state.sources {
        saved.positions.insert(name.clone(), source.position());
        saved.identities.insert(name.clone(), identity(source));
    }
    for table in &plan.tables {
        let Some(kept) = state.tables.get(&table.name) else {
            continue;
        };
        // Groups of a table that keeps none any more are of no use.
        let has_groups = shape_of(table).is_some() && kept.query.is_some();
        let pieces = if has_groups { kept.pieces.as_slice() } else { &[] };
        let mut read = Vec::with_capacity(pieces.len());
        for piece in pieces {
            read.extend(store.read(piece).await?);
        }
        saved.tables.insert(table.name.clone(), saved_table(kept, read));
    }
    Ok(saved)
}

fn identity(source: &SourceState) -> Identity {
    let topics = source.topics.iter();
    let ids = topics.filter_map(|(name, topic)| Some((name.as_str().into(), topic.id.clone()?)));
    Identity {
        cluster: source.cluster.clone(),
        topics: ids.collect(),
    }
}

fn saved_table(kept: &TableState, pieces: Vec<arrow::array::RecordBatch>) -> SavedTable {
    SavedTable {
        pieces,
        emitted: kept.emitted,
        forgotten: kept.forgotten,
        watermark: kept.watermark.as_ref().map(saved_watermark),
    }
}

fn saved_watermark(kept: &WatermarkState) -> SavedWatermark {
    let greatest = kept.greatest.iter().map(|greatest| {
        let partition = greatest.partition.as_ref().map(|(topic, partition)| TopicPartition {
            topic: topic.as_str().into(),
            partition: *partition,
        });
        (greatest.input, partition, greatest.time)
    });
    SavedWatermark {
        current: kept.current,
        late: kept.late,
        greatest: greatest.collect(),
    }
}
