//! Groups of a guest's aggregate, as DataFusion accumulates them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, UInt64Array, new_empty_array};
use arrow::compute::{concat, filter, prep_null_mask_filter};
use arrow::datatypes::UInt64Type;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, not_impl_err};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::held::Held;
use super::load::fitting;
use super::module::Bound;
use super::numbers::Numbers;
use super::packed::Packed;
use super::rows::{self, place};
use crate::error::Fault;
use crate::guest::instance::Failure;

/// The groups of one aggregate in one place of a plan.
pub(super) struct GuestGroups {
    bound: Arc<Bound>,
    held: Held,
    numbers: Numbers,
}

impl GuestGroups {
    pub(super) fn new(bound: Arc<Bound>) -> Self {
        Self {
            bound,
            held: Held::default(),
            numbers: Numbers::default(),
        }
    }

    fn update(&mut self, groups: &[usize], arguments: &[ArrayRef]) -> crate::error::Result<()> {
        rows::update(&self.bound, &mut self.held, &mut self.numbers, groups, arguments)
    }

    /// The results of these states, in calls of a bounded size.
    fn finish(&self, mut states: &[Vec<u8>]) -> Result<ArrayRef> {
        let used = self.bound.used();
        let mut parts = Vec::new();
        while !states.is_empty() {
            let fitting = fitting(used.module.limits(), states.iter().map(Vec::len));
            let (now, later) = states.split_at(fitting);
            let packed = Packed::of(now.iter().map(Vec::as_slice)).map_err(|reason| self.broken(reason))?;
            let finished = used.finish(&packed);
            parts.push(finished.map_err(|failure| self.failed("finish", failure))?);
            states = later;
        }
        let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
        match parts.as_slice() {
            [] => Ok(new_empty_array(used.signature().result.data_type())),
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
            if self.held.get(*group).is_empty() {
                self.held.set(*group, other);
            } else {
                rest.push((*group, other));
            }
        }
        let mut rest = rest.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.fitting(rest));
            self.merge_call(now)?;
            rest = later;
        }
        Ok(())
    }

    /// How many states, each for a group, go into one call beside the groups' own.
    fn fitting(&mut self, others: &[(usize, &[u8])]) -> usize {
        self.numbers.begin();
        let bytes = others.iter().map(|(group, other)| match self.numbers.add(*group) {
            true => other.len() + self.held.get(*group).len(),
            false => other.len(),
        });
        fitting(self.bound.used().module.limits(), bytes)
    }

    fn merge_call(&mut self, others: &[(usize, &[u8])]) -> Result<()> {
        self.numbers.begin();
        for (group, _) in others {
            self.numbers.add(*group);
        }
        let touched = self.numbers.touched();
        let states = Packed::of(touched.iter().map(|group| self.held.get(*group)));
        let others = Packed::of(others.iter().map(|(_, other)| *other));
        let (states, others) = (
            states.map_err(|reason| self.broken(reason))?,
            others.map_err(|reason| self.broken(reason))?,
        );
        let merged = self.bound.used().merge(&states, self.numbers.local(), &others);
        let merged = merged.map_err(|failure| self.failed("merge", failure))?;
        for (group, state) in touched.iter().zip(merged.iter()) {
            self.held.set(*group, state);
        }
        Ok(())
    }

    fn failed(&self, what: &str, failure: Failure) -> DataFusionError {
        let fault = Fault::guest(format!("`{what}` of the aggregate failed"))
            .because(failure.reason)
            .at(place(&self.bound.used()))
            .hint("states are merged and finished for many rows at once, so no row can be left out: mend the module");
        DataFusionError::External(Box::new(fault))
    }

    fn broken(&self, reason: String) -> DataFusionError {
        DataFusionError::External(Box::new(Fault::data(reason).at(place(&self.bound.used()))))
    }

    /// States as a column.
    fn column(&self, states: &[Vec<u8>]) -> Result<ArrayRef> {
        let bytes = states.iter().map(Vec::len).sum();
        check_column(states.len(), bytes)
            .map_err(|fault| DataFusionError::External(Box::new(fault.at(place(&self.bound.used())))))?;
        Ok(Arc::new(BinaryArray::from_iter_values(states)))
    }

    fn size_of_states(&self) -> usize {
        self.held.size() + self.numbers.size()
    }
}

/// Whether so many bytes of states go into one column, whose offsets have 31 bits: arrow would panic.
fn check_column(groups: usize, bytes: usize) -> Result<(), Fault> {
    if i32::try_from(bytes).is_ok() {
        return Ok(());
    }
    Err(Fault::data(format!(
        "the states of {groups} groups take {bytes} bytes, more than 2 GiB at once"
    ))
    .hint("group by fewer values, or let a state keep less"))
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
        self.held.grow(total_num_groups);
        let updated = match opt_filter {
            None => self.update(group_indices, values),
            Some(kept) => {
                // A null is no yes.
                let kept = prep_null_mask_filter(kept);
                let values = values.iter().map(|value| filter(value, &kept));
                let values: Vec<ArrayRef> = values.collect::<Result<_, _>>()?;
                let groups: UInt64Array = group_indices.iter().map(|group| *group as u64).collect();
                let groups = filter(&groups, &kept)?;
                let groups = groups.as_primitive::<UInt64Type>().values().iter();
                let groups: Vec<usize> = groups.map(|group| *group as usize).collect();
                self.update(&groups, &values)
            }
        };
        updated.map_err(|fault| DataFusionError::External(Box::new(fault)))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let states = self.held.take(emit_to);
        self.finish(&states)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let states = self.held.take(emit_to);
        Ok(vec![self.column(&states)?])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.held.grow(total_num_groups);
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
        groups.held.grow(1);
        Self(groups)
    }
}

impl std::fmt::Debug for GuestGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GuestGroup({})", self.0.bound.used())
    }
}

impl Accumulator for GuestGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |value| value.len());
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.finish(self.0.held.all())?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size_of_states()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.0.held.get(0).to_vec()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states_of(states)?;
        self.0.merge(states, &vec![0; states.len()])
    }
}

#[cfg(test)]
#[path = "accumulator_test.rs"]
mod tests;
