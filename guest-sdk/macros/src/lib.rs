//! The derive and attribute macros of `wasmill-sdk`.

mod aggregate;
mod derive;
mod state;
mod transform;

use proc_macro::TokenStream;

/// Makes a struct a row, or part of one: its fields become columns, under their own names or `#[row(rename = "...")]`.
///
/// A field is a `bool`, `i32`, `i64`, `f64`, `String`, `&str`, `Cow<str>`, `Timestamp`, `Date`, an `Option` or `Vec` of those, or
/// another struct with `#[derive(Row)]`.
#[proc_macro_derive(Row, attributes(row))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    derive::row(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes the crate a wasmill module whose transform is this function: `fn parse(record: &Record) -> Result<impl IntoRows, Error>`.
///
/// The module is named after the crate. A crate has one transform. Off Wasm the function stays what it is, so that tests can
/// call it.
#[proc_macro_attribute]
pub fn transform(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(function as syn::ItemFn);
    transform::export(&arguments.into(), &function)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct a state, or part of one: plain data that an aggregate remembers.
///
/// A field is a number, a `bool`, a `Timestamp`, a `Date`, an array, a tuple or an `Option` of those, a `Bounded` list, a
/// `BoundedText`, or another struct with `#[derive(State)]`.
#[proc_macro_derive(State)]
pub fn derive_state(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    state::state(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct an aggregate that SQL can call: its `impl` has `update`, `merge` and `finish`.
///
/// The struct is what is remembered of a group: `#[derive(State, Default)]`, and `default()` is a group without rows. `update` adds a
/// row: its arguments are the function's, and a row with a null is skipped where the argument is no `Option`. `merge` adds what
/// was remembered of other rows; the order is not defined. `finish` gives the result, any type that a column can have.
///
/// Options: `name = "p95"` (the type's name in snake case), `version = 2` (of what the bytes of a state mean; 1), `migrates_from = [1]`
/// with a `fn migrate(version: u32, state: &[u8]) -> Option<Self>`.
///
/// A crate names its aggregates once: `wasmill_sdk::aggregates!(P95, TopK);`. Off Wasm the methods stay what they are, so that tests can
/// call them.
#[proc_macro_attribute]
pub fn aggregate(arguments: TokenStream, block: TokenStream) -> TokenStream {
    let block = syn::parse_macro_input!(block as syn::ItemImpl);
    aggregate::export(arguments.into(), &block)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
