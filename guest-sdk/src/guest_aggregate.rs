//! The boundary of aggregates, compiled for Wasm only: the contract's types to and from the SDK's.

use crate::aggregate::{self, Aggregate, Packed};
use crate::column::{self, Data, Values};
use crate::{Error, guest};

#[expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "aggregate-guest",
        pub_export_macro: true,
        export_macro_name: "export_aggregate",
        default_bindings_module: "wasmill_sdk::guest_aggregate::bindings",
        with: {
            "wasmill:guest/types@0.1.0": crate::guest::bindings::wasmill::guest::types,
            "wasmill:guest/log@0.1.0": crate::guest::bindings::wasmill::guest::log,
        },
    });
}

pub use crate::guest::bindings::wasmill::guest::types::Column;
pub use bindings::export_aggregate;
pub use bindings::exports::wasmill::guest::aggregate::{Description, Guest, States};

use crate::guest::bindings::wasmill::guest::types;
use bindings::exports::wasmill::guest::aggregate as wit;

/// An aggregate of a module.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Function {
    describe: fn() -> wit::Function,
    update: fn(&Packed, &[u32], &[Data]) -> Result<Packed, Error>,
    merge: fn(&Packed, &[u32], &Packed) -> Result<Packed, Error>,
    finish: fn(&Packed) -> Result<Vec<Data>, Error>,
    migrate: fn(u32, &Packed) -> Result<Packed, Error>,
}

impl Function {
    /// Of a type.
    pub const fn of<A: Aggregate>() -> Self {
        Self {
            describe: function::<A>,
            update: aggregate::update::<A>,
            merge: aggregate::merge::<A>,
            finish: aggregate::finish::<A>,
            migrate: aggregate::migrate::<A>,
        }
    }
}

fn function<A: Aggregate>() -> wit::Function {
    wit::Function {
        name: A::NAME.to_owned(),
        arguments: A::arguments().into_iter().map(guest::field).collect(),
        result: aggregate::result::<A>().into_iter().map(guest::field).collect(),
        state_version: A::VERSION,
        state_bytes: u32::try_from(A::MOST_BYTES).unwrap_or(u32::MAX),
        migrates_from: A::MIGRATES_FROM.to_vec(),
    }
}

/// What `describe` answers.
pub fn describe(functions: &[Function], name: &str) -> Description {
    guest::report_panics();
    Description {
        name: name.to_owned(),
        functions: functions.iter().map(|function| (function.describe)()).collect(),
    }
}

/// What `update` answers.
pub fn update(
    functions: &[Function],
    function: u32,
    states: States,
    groups: &[u32],
    arguments: Vec<Column>,
) -> Result<States, String> {
    let arguments: Vec<Data> = arguments.into_iter().map(data).collect();
    answer((find(functions, function)?.update)(&packed(states), groups, &arguments))
}

/// What `merge` answers.
pub fn merge(
    functions: &[Function],
    function: u32,
    states: States,
    groups: &[u32],
    others: States,
) -> Result<States, String> {
    answer((find(functions, function)?.merge)(
        &packed(states),
        groups,
        &packed(others),
    ))
}

/// What `finish` answers.
pub fn finish(functions: &[Function], function: u32, states: States) -> Result<Vec<Column>, String> {
    let columns = (find(functions, function)?.finish)(&packed(states)).map_err(Error::into_reason)?;
    Ok(columns.into_iter().map(guest::column).collect())
}

/// What `migrate` answers.
pub fn migrate(functions: &[Function], function: u32, version: u32, states: States) -> Result<States, String> {
    answer((find(functions, function)?.migrate)(version, &packed(states)))
}

fn find(functions: &[Function], function: u32) -> Result<&Function, String> {
    guest::report_panics();
    let found = functions.get(function as usize);
    found.ok_or_else(|| format!("there is no aggregate {function}"))
}

fn answer(states: Result<Packed, Error>) -> Result<States, String> {
    let Packed { bytes, offsets } = states.map_err(Error::into_reason)?;
    Ok(States { bytes, offsets })
}

fn packed(states: States) -> Packed {
    let States { bytes, offsets } = states;
    Packed { bytes, offsets }
}

fn data(column: Column) -> column::Data {
    let values = match column.values {
        types::Values::Nested => Values::Nested,
        types::Values::Boolean(bits) => Values::Boolean(bits),
        types::Values::Int32(values) => Values::Int32(values),
        types::Values::Int64(values) => Values::Int64(values),
        types::Values::Float64(values) => Values::Float64(values),
        types::Values::Utf8(text) => Values::Utf8(text),
    };
    Data {
        length: column.length as usize,
        validity: column.validity,
        offsets: column.offsets,
        values,
    }
}
