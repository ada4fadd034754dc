//! One call of a module's aggregate, and what came back of it, checked.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Schema;
use bytes::Bytes;
use wasmtime::Store;

use super::contract::{self, AggregateGuest};
use super::input::Input;
use super::module::Bound;
use super::packed::{self, Packed};
use crate::guest::check;
use crate::guest::instance::{Failure, HostState, Returned};

impl Bound {
    /// Adds rows of arguments to groups, of which there are as many as states. Gives their new states.
    pub(super) fn update(
        &self,
        states: &Packed,
        groups: &[u32],
        arguments: &[ArrayRef],
        rows: &Range<usize>,
    ) -> Result<Vec<Bytes>, Failure> {
        let inputs: Option<Vec<Input<'_>>> = arguments.iter().map(|array| Input::of(array, rows)).collect();
        let inputs = inputs.ok_or_else(|| Failure::new("an argument is of a type that it does not take"))?;
        let bytes = states.bytes() + inputs.iter().map(Input::bytes).sum::<usize>();
        let columns: Vec<_> = inputs.iter().map(Input::as_param).collect();
        let function = self.function();
        let returned = self.call(rows.len(), bytes, |guest, store| {
            let aggregate = guest.wasmill_guest_aggregate();
            aggregate.call_update(store, function, states.as_param(), groups, &columns)
        })?;
        self.states(returned, states.len())
    }

    /// Adds states to groups. Gives their new states.
    pub(super) fn merge(&self, states: &Packed, groups: &[u32], others: &Packed) -> Result<Vec<Bytes>, Failure> {
        let bytes = states.bytes() + others.bytes();
        let function = self.function();
        let returned = self.call(others.len(), bytes, |guest, store| {
            let aggregate = guest.wasmill_guest_aggregate();
            aggregate.call_merge(store, function, states.as_param(), groups, others.as_param())
        })?;
        self.states(returned, states.len())
    }

    /// The results of groups.
    pub(super) fn finish(&self, states: &Packed) -> Result<ArrayRef, Failure> {
        let function = self.function();
        let returned = self.call(states.len(), states.bytes(), |guest, store| {
            let aggregate = guest.wasmill_guest_aggregate();
            aggregate.call_finish(store, function, states.as_param())
        })?;
        let fuel = returned.fuel;
        let columns = returned.value.into_iter().map(contract::column).collect();
        let schema = Schema::new(vec![Arc::clone(&self.signature().result)]);
        let checked = check::columns(columns, &schema, states.len());
        let arrays = checked.map_err(|reason| Failure {
            fuel,
            ..Failure::new(reason)
        })?;
        arrays
            .into_iter()
            .next()
            .ok_or_else(|| Failure::new("returned no result"))
    }

    fn states(&self, returned: Returned<contract::StatesResult>, groups: usize) -> Result<Vec<Bytes>, Failure> {
        let fuel = returned.fuel;
        packed::check(returned.value, groups, self.signature().state_bytes).map_err(|reason| Failure {
            fuel,
            ..Failure::new(reason)
        })
    }

    fn function(&self) -> u32 {
        u32::try_from(self.function).unwrap_or(u32::MAX)
    }

    /// Calls an instance; one that trapped is not called again.
    fn call<T>(
        &self,
        rows: usize,
        bytes: usize,
        call: impl FnOnce(&AggregateGuest, &mut Store<HostState>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<Returned<T>, Failure> {
        let mut instance = self.module.instance()?;
        let returned = instance.call(rows, bytes, call);
        let lines = match &returned {
            Ok(returned) => &returned.lines,
            Err(failure) => &failure.lines,
        };
        lines.hand_to(&**self.module.engine().log(), &self.called);
        if returned
            .as_ref()
            .map_or_else(|failure| failure.instance_is_whole, |_| true)
        {
            self.module.keep(instance);
        }
        returned
    }
}
