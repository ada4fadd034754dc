//! One call of a module's aggregate, and what came back of it, checked.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Schema;
use wasmtime::Store;

use super::contract::{self, AggregateGuest};
use super::input::Input;
use super::packed::{self, Packed};
use super::used::Used;
use crate::guest::check;
use crate::guest::instance::{Failure, HostState, Returned};
use crate::guest::log::Lines;

impl Used {
    /// Adds rows of arguments to groups, of which there are as many as states. Gives their new states.
    pub(super) fn update(
        &self,
        states: &Packed,
        groups: &[u32],
        arguments: &[ArrayRef],
        rows: &Range<usize>,
    ) -> Result<Returned<Packed>, Failure> {
        let inputs: Option<Vec<Input<'_>>> = arguments.iter().map(|array| Input::of(array, rows)).collect();
        let inputs = inputs.ok_or_else(|| Failure::new("an argument is of a type that it does not take"))?;
        let bytes = states.bytes() + inputs.iter().map(Input::bytes).sum::<usize>();
        let columns: Vec<_> = inputs.iter().map(Input::as_param).collect();
        let function = self.function();
        self.call(
            rows.len(),
            bytes,
            |guest, store| {
                let aggregate = guest.wasmill_guest_aggregate();
                aggregate.call_update(store, function, states.as_param(), groups, &columns)
            },
            |returned| packed::check(returned, states.len(), self.signature().state_bytes),
        )
    }

    /// Adds states to groups. Gives their new states.
    pub(super) fn merge(&self, states: &Packed, groups: &[u32], others: &Packed) -> Result<Packed, Failure> {
        let function = self.function();
        let merged = self.call(
            others.len(),
            states.bytes() + others.bytes(),
            |guest, store| {
                let aggregate = guest.wasmill_guest_aggregate();
                aggregate.call_merge(store, function, states.as_param(), groups, others.as_param())
            },
            |returned| packed::check(returned, states.len(), self.signature().state_bytes),
        );
        self.told(merged)
    }

    /// The results of groups.
    pub(super) fn finish(&self, states: &Packed) -> Result<ArrayRef, Failure> {
        let function = self.function();
        let finished = self.call(
            states.len(),
            states.bytes(),
            |guest, store| {
                let aggregate = guest.wasmill_guest_aggregate();
                aggregate.call_finish(store, function, states.as_param())
            },
            |returned| {
                let columns = returned.into_iter().map(contract::column).collect();
                let schema = Schema::new(vec![Arc::clone(&self.signature().result)]);
                let checked = check::columns(columns, &schema, states.len())?;
                checked
                    .into_iter()
                    .next()
                    .ok_or_else(|| "returned no result".to_owned())
            },
        );
        self.told(finished)
    }

    /// States of an older version as those of this one.
    pub(super) fn migrate(&self, version: u32, states: &Packed) -> Result<Packed, Failure> {
        let function = self.function();
        let migrated = self.call(
            states.len(),
            states.bytes(),
            |guest, store| {
                let aggregate = guest.wasmill_guest_aggregate();
                aggregate.call_migrate(store, function, version, states.as_param())
            },
            |returned| packed::check(returned, states.len(), self.signature().state_bytes),
        );
        self.told(migrated)
    }

    /// Hands on what a call logged.
    pub(super) fn tell(&self, lines: &Lines) {
        lines.hand_to(&**self.module.engine().log(), &self.called);
    }

    /// The outcome of a call that is not tried again.
    fn told<T>(&self, outcome: Result<Returned<T>, Failure>) -> Result<T, Failure> {
        match outcome {
            Ok(returned) => {
                self.tell(&returned.lines);
                Ok(returned.value)
            }
            Err(failure) => {
                self.tell(&failure.lines);
                Err(failure)
            }
        }
    }

    fn function(&self) -> u32 {
        u32::try_from(self.function).unwrap_or(u32::MAX)
    }

    /// Calls an instance, and looks at what it returned. One that trapped is not called again, nor one that returned nonsense, which
    /// may be in any state.
    fn call<T, C>(
        &self,
        rows: usize,
        bytes: usize,
        call: impl FnOnce(&AggregateGuest, &mut Store<HostState>) -> wasmtime::Result<Result<T, String>>,
        check: impl FnOnce(T) -> Result<C, String>,
    ) -> Result<Returned<C>, Failure> {
        let mut instance = self.module.instance()?;
        let returned = instance.call(rows, bytes, call);
        let fuel = returned
            .as_ref()
            .map_or_else(|failure| failure.fuel, |returned| returned.fuel);
        self.module.account().call(fuel, instance.memory_bytes());
        self.module.account().through(rows, 0);
        let checked = match returned {
            Ok(Returned { value, lines, fuel }) => match check(value) {
                Ok(value) => Ok(Returned { value, lines, fuel }),
                Err(reason) => Err(Failure {
                    reason,
                    fuel,
                    lines,
                    instance_is_whole: false,
                }),
            },
            Err(failure) => Err(failure),
        };
        if checked
            .as_ref()
            .map_or_else(|failure| failure.instance_is_whole, |_| true)
        {
            self.module.keep(instance);
        }
        checked
    }
}
