//! The host's side of the contract, generated from `guest-sdk/wit/guest.wit`. Nothing outside `guest/` sees these types:
//! what a guest returns is in them before it has been checked.

wasmtime::component::bindgen!({
    world: "transform-guest",
    path: "../guest-sdk/wit",
    // Input goes into the guest's memory straight from the Arrow buffers.
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(super) use exports::wasmill::guest::transform::{Description, Header, Records, Rows};
pub(super) use wasmill::guest::log::Level;
pub(super) use wasmill::guest::types::{Column, DataType, Field, Values};

/// The contract's package, as component binaries name it.
pub(super) const PACKAGE: &str = "wasmill:guest";
/// The version of it that this host speaks.
pub(super) const VERSION: &str = "0.1.0";
