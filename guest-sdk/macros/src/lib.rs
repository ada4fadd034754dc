//! The derive and attribute macros of `wasmill-sdk`.

mod derive;
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
