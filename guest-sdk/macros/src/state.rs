//! `#[derive(State)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Index, Member, Result};

pub(crate) fn state(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(
            input.ident.span(),
            "a state is a struct: an enum's cases can be an `Option` or a number",
        ));
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        return Err(Error::new(
            lifetime.span(),
            "a state can't borrow: it is kept when the row is gone; `BoundedText<N>` keeps a text",
        ));
    }
    let members: Vec<Member> = match &data.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .filter_map(|field| Some(Member::Named(field.ident.clone()?)))
            .collect(),
        Fields::Unnamed(fields) => (0..fields.unnamed.len())
            .map(|at| Member::Unnamed(Index::from(at)))
            .collect(),
        Fields::Unit => Vec::new(),
    };
    let types: Vec<_> = data.fields.iter().map(|field| &field.ty).collect();
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    // Bounds that fail are told at the field's type.
    let most = types
        .iter()
        .map(|of| quote_spanned!(of.span()=> <#of as ::wasmill_sdk::State>::MOST_BYTES));
    Ok(quote! {
        impl #impl_generics ::wasmill_sdk::State for #name #type_generics #where_clause {
            const MOST_BYTES: usize = 0 #(+ #most)*;

            fn encode(&self, bytes: &mut ::std::vec::Vec<u8>) {
                let _ = &bytes;
                #(::wasmill_sdk::State::encode(&self.#members, bytes);)*
            }

            fn decode(bytes: &mut &[u8]) -> ::core::option::Option<Self> {
                let _ = &bytes;
                ::core::option::Option::Some(Self {
                    #(#members: <#types as ::wasmill_sdk::State>::decode(bytes)?,)*
                })
            }
        }
    })
}

#[cfg(test)]
#[path = "state_test.rs"]
mod tests;
