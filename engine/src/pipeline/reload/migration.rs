//! What tables keep, when an aggregate's states mean something else than before.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};

use crate::error::{Fault, Result};
use crate::guest::GuestAggregate;
use crate::pipeline::plan::{Plan, PlannedGroups, TableQuery};
use crate::pipeline::saved::Saved;

/// What the states of a plan's aggregates mean.
pub(in crate::pipeline) fn versions_of(plan: &Plan) -> BTreeMap<String, u32> {
    let aggregates = plan.aggregates.iter();
    aggregates
        .map(|aggregate| (aggregate.name().to_owned(), aggregate.state_version()))
        .collect()
}

/// Makes the states that were kept those of the plan's aggregates, and tells whether they are others now. Where the versions are the same,
/// nothing is done.
///
/// # Errors
/// `Guest`: an aggregate does not read the version that is kept, or fails at it. Nothing has changed then.
pub(in crate::pipeline) fn migrate(saved: &mut Saved, plan: &Plan) -> Result<bool> {
    let mut stale = BTreeMap::new();
    for new in &plan.aggregates {
        if let Some(version) = saved
            .aggregates
            .get(new.name())
            .filter(|version| **version != new.state_version())
        {
            new.check_reads(*version)?;
            stale.insert(new.name().to_owned(), (*version, new));
        }
    }
    if stale.is_empty() {
        return Ok(false);
    }
    let mut migrated = Vec::new();
    for table in &plan.tables {
        if let (TableQuery::Groups(groups), Some(kept)) = (&table.query, saved.tables.get(&table.name)) {
            let pieces = kept.pieces.iter().map(|piece| of_table(piece, groups, &stale));
            let pieces: Result<Vec<RecordBatch>> = pieces.collect();
            migrated.push((
                table.name.clone(),
                pieces.map_err(|fault| fault.at(format!("table `{}`", table.name)))?,
            ));
        }
    }
    for (name, pieces) in migrated {
        if let Some(kept) = saved.tables.get_mut(&name) {
            kept.pieces = pieces;
        }
    }
    saved.aggregates = versions_of(plan);
    Ok(true)
}

/// The columns stand as in [`SavedTable::pieces`](crate::pipeline::SavedTable::pieces): bounds of windows, keys, states.
fn of_table(
    kept: &RecordBatch,
    groups: &PlannedGroups,
    stale: &BTreeMap<String, (u32, &GuestAggregate)>,
) -> Result<RecordBatch> {
    let defect = |error| Fault::internal("states can't be put together").because(error);
    let aggregation = &groups.aggregation;
    let bounds = aggregation.window.map_or(0, |window| window.bounds().len());
    let mut next = bounds + aggregation.keys.len();
    let mut columns: Vec<ArrayRef> = kept.columns().to_vec();
    for function in &aggregation.functions {
        let fields = function
            .state_fields()
            .map_err(|error| Fault::internal("an aggregate has no state").because(error))?;
        if let Some((version, new)) = stale.get(function.fun().name())
            && let Some(column) = columns.get_mut(next)
            && let Some(states) = column.as_binary_opt::<i32>()
        {
            let migrated = new.migrate(*version, states)?;
            debug_assert_eq!(migrated.len(), states.len());
            *column = Arc::new(migrated);
        }
        next += fields.len();
    }
    let options = RecordBatchOptions::new().with_row_count(Some(kept.num_rows()));
    // The field's nullability is that of the snapshot; the types are the same.
    RecordBatch::try_new_with_options(kept.schema(), columns, &options).map_err(defect)
}
