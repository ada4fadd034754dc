//! Groups of a guest's aggregate, as DataFusion accumulates them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, UInt64Array, new_empty_array};
use arrow::compute::{concat, filter, prep_null_mask_filter};
use arrow::datatypes::UInt64Type;
use bytes::Bytes;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, not_impl_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::module::Bound;
use super::packed::Packed;
use super::rows::{self, Numbers, place};
use crate::error::Fault;
use crate::guest::instance::Failure;

/// States of groups, between calls of the module.
pub(super) struct GuestGroups {
    bound: Arc<Bound>,
    states: Vec<Bytes>,
}

impl GuestGroups {
    pub(super) fn new(bound: Arc<Bound>) -> Self {
        Self {
            bound,
            states: Vec::new(),
        }
    }

    fn grow(&mut self, groups: usize) {
        if self.states.len() < groups {
            self.states.resize(groups, Bytes::new());
        }
    }

    /// The results of these states, in calls of a bounded size.
    fn finish(&self, states: &[Bytes]) -> Result<ArrayRef> {
        let most = self.bound.module.limits().call_records;
        let mut parts = Vec::new();
        for states in states.chunks(most) {
            let packed = Packed::of(states.iter().map(|state| &**state)).map_err(|reason| self.broken(reason))?;
            parts.push(
                self.bound
                    .finish(&packed)
                    .map_err(|failure| self.failed("finish", failure))?,
            );
        }
        let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
        match parts.as_slice() {
            [] => Ok(new_empty_array(self.bound.signature().result.data_type())),
            parts => Ok(concat(parts)?),
        }
    }

    fn merge(&mut self, others: &BinaryArray, groups: &[usize]) -> Result<()> {
        // A group without a state of its own takes the first one as it is: no call, and most often all there is to do.
        let mut rest = Vec::new();
        for (row, group) in groups.iter().enumerate() {
            let other = others.value(row);
            if other.is_empty() {
                continue;
            }
            if self.states[*group].is_empty() {
                self.states[*group] = Bytes::copy_from_slice(other);
            } else {
                rest.push((*group, other));
            }
        }
        let mut numbers = Numbers::default();
        for rest in rest.chunks(self.bound.module.limits().call_records) {
            let groups: Vec<usize> = rest.iter().map(|(group, _)| *group).collect();
            let touched = numbers.of(&groups);
            let states = Packed::of(touched.iter().map(|group| &*self.states[*group]));
            let others = Packed::of(rest.iter().map(|(_, other)| *other));
            let (states, others) = (
                states.map_err(|reason| self.broken(reason))?,
                others.map_err(|reason| self.broken(reason))?,
            );
            let merged = self.bound.merge(&states, &numbers.local, &others);
            let merged = merged.map_err(|failure| self.failed("merge", failure))?;
            for (group, state) in touched.into_iter().zip(merged) {
                self.states[group] = state;
            }
        }
        Ok(())
    }

    fn failed(&self, what: &str, failure: Failure) -> DataFusionError {
        let fault = Fault::guest(format!("`{what}` of the aggregate failed"))
            .because(failure.reason)
            .at(place(&self.bound))
            .hint("states are merged and finished for many rows at once, so no row can be left out: mend the module");
        DataFusionError::External(Box::new(fault))
    }

    fn broken(&self, reason: String) -> DataFusionError {
        DataFusionError::External(Box::new(Fault::data(reason).at(place(&self.bound))))
    }

    fn size_of_states(&self) -> usize {
        let bytes: usize = self.states.iter().map(Bytes::len).sum();
        bytes + self.states.capacity() * size_of::<Bytes>()
    }
}

/// States as a column.
fn column(states: &[Bytes]) -> ArrayRef {
    Arc::new(BinaryArray::from_iter_values(states))
}

fn states_of(values: &[ArrayRef]) -> Result<&BinaryArray> {
    match values.first().and_then(|states| states.as_binary_opt::<i32>()) {
        Some(states) => Ok(states),
        None => exec_err!("a state that is no bytes"),
    }
}

impl GroupsAccumulator for GuestGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let updated = match opt_filter {
            None => rows::update(&self.bound, &mut self.states, group_indices, values),
            Some(kept) => {
                // A null is no yes.
                let kept = prep_null_mask_filter(kept);
                let values = values.iter().map(|value| filter(value, &kept));
                let values: Vec<ArrayRef> = values.collect::<Result<_, _>>()?;
                let groups: UInt64Array = group_indices.iter().map(|group| *group as u64).collect();
                let groups = filter(&groups, &kept)?;
                let groups = groups.as_primitive::<UInt64Type>().values().iter();
                let groups: Vec<usize> = groups.map(|group| *group as usize).collect();
                rows::update(&self.bound, &mut self.states, &groups, &values)
            }
        };
        updated.map_err(|fault| DataFusionError::External(Box::new(fault)))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let states = emit_to.take_needed(&mut self.states);
        self.finish(&states)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![column(&emit_to.take_needed(&mut self.states))])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.grow(total_num_groups);
        self.merge(states_of(values)?, group_indices)
    }

    fn convert_to_state(&self, _: &[ArrayRef], _: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        not_impl_err!("rows of a guest's aggregate become states in its own calls only")
    }

    fn size(&self) -> usize {
        self.size_of_states()
    }
}

/// The same for one group: all rows.
pub(super) struct GuestGroup(GuestGroups);

impl GuestGroup {
    pub(super) fn new(bound: Arc<Bound>) -> Self {
        let mut groups = GuestGroups::new(bound);
        groups.grow(1);
        Self(groups)
    }
}

impl std::fmt::Debug for GuestGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GuestGroup({})", self.0.bound)
    }
}

impl Accumulator for GuestGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |value| value.len());
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.finish(&self.0.states)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size_of_states()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.0.states[0].to_vec()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states_of(states)?;
        self.0.merge(states, &vec![0; states.len()])
    }
}
