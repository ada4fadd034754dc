//! Where a query's event times are seen: an operator above each table that has the column with the watermark.
//!
//! As in Spark, a condition that does not look at the time is moved below it by the optimiser, so that rows it refuses don't
//! move the watermark; one that looks at it stays above.

mod exec;
mod node;

use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Extension, LogicalPlan};

use super::tables::is_marked;
use crate::event_time::Times;
use node::Watermark;

pub(super) use exec::WatermarkPlanner;

/// What one run sees of event times.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Times beyond it, in microseconds, are none.
    pub(super) latest: Option<i64>,
    times: Mutex<Times>,
}

impl Seen {
    pub(super) fn up_to(latest: Option<i64>) -> Self {
        Self {
            latest,
            times: Mutex::default(),
        }
    }

    fn add(&self, times: Times) {
        let mut seen = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = seen.and(times);
    }

    pub(super) fn times(&self) -> Times {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The plan with the operator above each table whose column is marked.
pub(super) fn put(plan: LogicalPlan) -> Result<LogicalPlan> {
    let put = |node: LogicalPlan| {
        let LogicalPlan::TableScan(_) = &node else {
            return Ok(Transformed::no(node));
        };
        let schema: &SchemaRef = &Arc::clone(node.schema().inner());
        let Some(column) = schema.fields().iter().position(|field| is_marked(field)) else {
            return Ok(Transformed::no(node));
        };
        let node = Arc::new(Watermark::new(node, column));
        Ok(Transformed::yes(LogicalPlan::Extension(Extension { node })))
    };
    Ok(plan.transform_up_with_subqueries(put)?.data)
}

/// Whether this is the operator.
pub(super) fn is_watermark(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Extension(extension) if extension.node.as_any().is::<Watermark>())
}

#[cfg(test)]
#[path = "watermark_test.rs"]
mod tests;
