//! The operator in a logical plan.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

/// Hands rows on and sees the times in one of their columns.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd)]
pub(super) struct Watermark {
    input: Arc<LogicalPlan>,
    /// The time, among the input's columns.
    pub(super) column: usize,
}

impl Watermark {
    pub(super) fn new(input: LogicalPlan, column: usize) -> Self {
        let input = Arc::new(input);
        Self { input, column }
    }
}

impl UserDefinedLogicalNodeCore for Watermark {
    fn name(&self) -> &'static str {
        "Watermark"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::from([self.schema().field(self.column).name().clone()])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watermark: {}", self.schema().field(self.column).name())
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let name = self.schema().field(self.column).name();
        let Ok([input]) = <[LogicalPlan; 1]>::try_from(inputs) else {
            return internal_err!("a watermark has one input");
        };
        // Columns that nobody needs are left out below.
        match input.schema().index_of_column_by_name(None, name) {
            Some(column) => Ok(Self::new(input, column)),
            None => internal_err!("the column with the watermark went missing"),
        }
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut needed = output_columns.to_vec();
        if !needed.contains(&self.column) {
            needed.push(self.column);
            needed.sort_unstable();
        }
        Some(vec![needed])
    }
}
