//! States of groups combined, and results made of them.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::GroupsAccumulatorAdapter;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;

/// The aggregates of one query, in its order. Their states stand side by side: those of the first, then those of the second.
#[derive(Debug, Clone)]
pub struct Aggregates {
    functions: Vec<Arc<AggregateFunctionExpr>>,
    /// The columns of each function's state.
    state_types: Vec<Vec<DataType>>,
    is_one_group: bool,
}

impl Aggregates {
    /// The aggregates of a planned query.
    ///
    /// # Errors
    /// If one of them has no state that can be kept, which DataFusion's all have.
    pub fn new(functions: Vec<Arc<AggregateFunctionExpr>>) -> Result<Self> {
        let types = |function: &Arc<AggregateFunctionExpr>| {
            let fields = function.state_fields()?;
            Ok(fields.iter().map(|field| field.data_type().clone()).collect())
        };
        let state_types = functions.iter().map(types).collect::<Result<_>>()?;
        Ok(Self {
            functions,
            state_types,
            is_one_group: false,
        })
    }

    /// The same for a query that groups by nothing. DataFusion then accumulates in another way, and what is in a state differs with
    /// it (`corr` keeps means in the one, sums in the other).
    #[must_use]
    pub fn of_one_group(self) -> Self {
        Self {
            is_one_group: true,
            ..self
        }
    }

    /// The types of all state columns.
    pub fn state_types(&self) -> Vec<DataType> {
        self.state_types.iter().flatten().cloned().collect()
    }

    /// Nothing combined yet.
    ///
    /// # Errors
    /// If an aggregate does not know how to begin.
    pub fn combined(&self) -> Result<Combined<'_>> {
        let accumulator = |function| accumulator(function, self.is_one_group);
        let accumulators = self.functions.iter().map(accumulator).collect::<Result<_>>()?;
        Ok(Combined {
            aggregates: self,
            accumulators,
        })
    }
}

fn accumulator(function: &Arc<AggregateFunctionExpr>, is_one_group: bool) -> Result<Box<dyn GroupsAccumulator>> {
    if !is_one_group && function.groups_accumulator_supported() {
        return function.create_groups_accumulator();
    }
    let function = Arc::clone(function);
    Ok(Box::new(GroupsAccumulatorAdapter::new(move || {
        function.create_accumulator()
    })))
}

/// States on their way to be one state a group.
pub struct Combined<'a> {
    aggregates: &'a Aggregates,
    accumulators: Vec<Box<dyn GroupsAccumulator>>,
}

impl Combined<'_> {
    /// Adds states: the one in row `i` belongs to the group `groups[i]`, one of the first `count`. Groups beyond those of the calls before
    /// must each be among `groups`: DataFusion's accumulators take it that a group has a value, if no state of the call that adds it is
    /// null.
    ///
    /// # Errors
    /// If an aggregate can't take them.
    pub fn merge(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        let mut rest = states;
        for (accumulator, types) in self.accumulators.iter_mut().zip(&self.aggregates.state_types) {
            let Some((own, others)) = rest.split_at_checked(types.len()) else {
                return internal_err!("fewer columns of states than the aggregates have");
            };
            accumulator.merge_batch(own, groups, count)?;
            rest = others;
        }
        Ok(())
    }

    /// The states, a row a group.
    ///
    /// # Errors
    /// If an aggregate can't give them.
    pub fn into_states(mut self) -> Result<Vec<ArrayRef>> {
        let mut states = Vec::new();
        for accumulator in &mut self.accumulators {
            states.extend(accumulator.state(EmitTo::All)?);
        }
        Ok(states)
    }

    /// The results, a row a group and a column an aggregate.
    ///
    /// # Errors
    /// If a result can't be computed.
    pub fn into_values(mut self) -> Result<Vec<ArrayRef>> {
        self.accumulators
            .iter_mut()
            .map(|accumulator| accumulator.evaluate(EmitTo::All))
            .collect()
    }
}
