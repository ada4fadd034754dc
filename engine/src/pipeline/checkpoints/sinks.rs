//! Files of sinks, between two checkpoints and after the death of a run.

use std::collections::HashMap;

use arrow::array::RecordBatch;

use crate::checkpoint::{CheckpointStore, KeptRows, OpenFile, Part, SinkFile, SinkState};
use crate::error::Result;
use crate::sink::Kept;
use crate::storage::{Hidden, Notify, Prepared, Stores, Target};

/// What the manifest says of a sink. Rows that are new are written beside it; those of files that are complete by now are let go.
pub(super) async fn state_of(store: &CheckpointStore, before: Vec<KeptRows>, kept: Kept) -> Result<SinkState> {
    let Kept {
        target,
        columns,
        files,
        open,
    } = kept;
    let is_open = |part: &Part| open.iter().any(|file| file.path == part.path);
    let mut rows: Vec<KeptRows> = before
        .into_iter()
        .filter(|kept| kept.parts.iter().any(is_open))
        .collect();
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut parts = Vec::new();
    for file in open.iter().filter(|file| !file.rows.is_empty()) {
        batches.extend_from_slice(&file.rows);
        parts.push(Part {
            path: file.path.clone(),
            batches: file.rows.len(),
        });
    }
    if !batches.is_empty() {
        let object = store.write("rows", &batches).await?;
        rows.push(KeptRows { object, parts });
    }
    let files = files.into_iter().map(|(prepared, rows)| SinkFile { prepared, rows });
    let open = open.into_iter().map(|file| OpenFile {
        path: file.path,
        hidden: file.hidden,
        opened_ms: file.opened_ms,
    });
    Ok(SinkState {
        target,
        columns,
        files: files.collect(),
        open: open.collect(),
        rows,
    })
}

/// Rows of a file that a run was writing when it died.
pub(in crate::pipeline) struct Unwritten {
    /// The folder within the sink's own.
    pub(in crate::pipeline) folder: String,
    pub(in crate::pipeline) opened_ms: i64,
    pub(in crate::pipeline) rows: RecordBatch,
}

/// The rows of files that were not complete.
pub(super) async fn unwritten(store: &CheckpointStore, sink: &SinkState) -> Result<Vec<Unwritten>> {
    let opened: HashMap<&str, i64> = sink
        .open
        .iter()
        .map(|file| (file.path.as_str(), file.opened_ms))
        .collect();
    let mut unwritten = Vec::new();
    for kept in &sink.rows {
        let mut batches = store.read(&kept.object).await?.into_iter();
        for part in &kept.parts {
            let of_part = batches.by_ref().take(part.batches);
            let Some(opened_ms) = opened.get(part.path.as_str()) else {
                of_part.for_each(drop);
                continue;
            };
            let folder = part.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            unwritten.extend(of_part.map(|rows| Unwritten {
                folder: folder.to_owned(),
                opened_ms: *opened_ms,
                rows,
            }));
        }
    }
    Ok(unwritten)
}

/// Makes visible what a checkpoint names, wherever the pipeline writes now, and throws away what was being written.
pub(super) async fn complete(sink: &SinkState, stores: &Stores, notify: &Notify) -> Result<()> {
    let folder = stores.folder(&Target::parse(&sink.target)?, notify)?;
    for file in &sink.files {
        folder.complete(&file.prepared).await?;
    }
    for file in &sink.open {
        if let Some(prepared) = leftover(file) {
            folder.discard(&prepared).await;
        }
    }
    Ok(())
}

/// Throws away what a checkpoint that does not stand had prepared, hidden or visible. What is hidden goes first, and has to: somebody who
/// sleeps may still be about to make it visible.
pub(super) async fn undo(sink: &SinkState, stores: &Stores, notify: &Notify) -> Result<()> {
    let folder = stores.folder(&Target::parse(&sink.target)?, notify)?;
    let hidden = sink.files.iter().filter_map(|file| match &file.prepared.hidden {
        Hidden::File(hidden) => Some(hidden.clone()),
        Hidden::Upload { .. } => None,
    });
    folder.remove(hidden.collect()).await?;
    for file in &sink.open {
        if let Some(prepared) = leftover(file) {
            folder.discard(&prepared).await;
        }
    }
    folder
        .remove(sink.files.iter().map(|file| file.path().to_owned()).collect())
        .await
}

fn leftover(file: &OpenFile) -> Option<Prepared> {
    let hidden: Hidden = file.hidden.clone()?;
    Some(Prepared {
        path: file.path.clone(),
        bytes: 0,
        hidden,
    })
}
