//! `#[transform]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Result, ReturnType};

const FORM: &str = "a transform is `fn parse(record: &Record) -> Result<impl IntoRows, Error>`";

pub(crate) fn export(arguments: &TokenStream, function: &ItemFn) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new(arguments.span(), "`#[transform]` takes no arguments"));
    }
    check(function)?;
    let name = &function.sig.ident;
    Ok(quote! {
        #function

        // Off Wasm too: what is wrong with the function is said by every `cargo check`, and it is in use.
        const _: () = ::wasmill_sdk::internal::assert_transform(&#name);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Module;

            impl ::wasmill_sdk::guest::Guest for Module {
                fn describe() -> ::wasmill_sdk::guest::Description {
                    ::wasmill_sdk::guest::describe(&#name, ::core::env!("CARGO_PKG_NAME"))
                }

                fn process(
                    batch: ::wasmill_sdk::guest::Records,
                ) -> ::core::result::Result<::wasmill_sdk::guest::Rows, ::std::string::String> {
                    ::wasmill_sdk::guest::process(&#name, batch)
                }
            }

            ::wasmill_sdk::guest::export_transform!(Module with_types_in ::wasmill_sdk::guest::bindings);
        };
    })
}

/// What the compiler would say of these is hard to read, for it would speak of code that nobody wrote.
fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new(
            keyword.span(),
            "a transform can't be `async`: it has nothing to wait for",
        ));
    }
    if let Some(keyword) = &signature.unsafety {
        return Err(Error::new(keyword.span(), "a transform can't be `unsafe`"));
    }
    if let Some(generic) = signature.generics.type_params().next() {
        return Err(Error::new(
            generic.span(),
            "a transform can't be generic: say the type here",
        ));
    }
    if let Some(generic) = signature.generics.const_params().next() {
        return Err(Error::new(
            generic.span(),
            "a transform can't be generic: say the value here",
        ));
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => return Err(Error::new(receiver.span(), FORM)),
        Some(FnArg::Typed(_)) if signature.inputs.len() == 1 => {}
        _ => return Err(Error::new(signature.paren_token.span.join(), FORM)),
    }
    if matches!(signature.output, ReturnType::Default) {
        return Err(Error::new(
            signature.paren_token.span.close(),
            format!("it returns nothing, but {FORM}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "transform_test.rs"]
mod tests;
