//! `#[aggregate]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Error, Expr, ExprLit, FnArg, ImplItem, ImplItemFn, ItemImpl, Lit, LitInt, LitStr, Meta, Pat, Result, ReturnType,
    Token, Type,
};

const FORM: &str = "an aggregate has `fn update(&mut self, value: f64)`, `fn merge(&mut self, other: &Self)` and \
                    `fn finish(&self) -> Option<f64>`, with arguments and a result of its own";
/// As many as anyone needs; each is a column.
const MOST_ARGUMENTS: usize = 8;

/// `name = "p95", version = 2, migrates_from = [1]`
struct Options {
    name: Option<LitStr>,
    version: Option<LitInt>,
    migrates_from: Vec<LitInt>,
}

pub(crate) fn export(arguments: TokenStream, block: &ItemImpl) -> Result<TokenStream> {
    let options = options(arguments)?;
    if let Some((_, of, _)) = &block.trait_ {
        return Err(Error::new(
            of.span(),
            "`#[aggregate]` stands at the type's own `impl`, not at that of a trait",
        ));
    }
    let of = &block.self_ty;
    let method = |name: &str| {
        block.items.iter().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == name => Some(function),
            _ => None,
        })
    };
    let missing = |name: &str| Error::new(block.self_ty.span(), format!("`{name}` is missing: {FORM}"));
    let update = method("update").ok_or_else(|| missing("update"))?;
    let merge = method("merge").ok_or_else(|| missing("merge"))?;
    let finish = method("finish").ok_or_else(|| missing("finish"))?;
    check(merge, 1, false)?;
    check(finish, 0, true)?;
    let rows = rows(update)?;
    let result = match &finish.sig.output {
        ReturnType::Type(_, result) => result,
        ReturnType::Default => return Err(Error::new(finish.sig.span(), FORM)),
    };
    let migrate = match (method("migrate"), options.migrates_from.as_slice()) {
        (Some(_), [_, ..]) => quote!(Self::migrate(version, bytes)),
        (Some(function), []) => {
            return Err(Error::new(
                function.sig.ident.span(),
                "say which versions it reads: `#[aggregate(version = 2, migrates_from = [1])]`",
            ));
        }
        (None, [version, ..]) => {
            return Err(Error::new(
                version.span(),
                "`fn migrate(version: u32, state: &[u8]) -> Option<Self>` is missing, which reads that version",
            ));
        }
        (None, []) => quote!({
            let _ = (version, bytes);
            ::core::option::Option::None
        }),
    };
    let name = match options.name {
        Some(name) => name,
        None => LitStr::new(&snake_case(of)?, of.span()),
    };
    let version = options.version.unwrap_or_else(|| LitInt::new("1", Span::call_site()));
    let migrates_from = &options.migrates_from;
    let Rows { names, types, texts } = rows;
    let columns: Vec<_> = (0..names.len()).collect();
    let sdk = quote!(::wasmill_sdk::internal);
    // Bounds that fail are told at the argument's type.
    let fields = types
        .iter()
        .zip(&texts)
        .map(|(of, text)| quote_spanned!(of.span()=> ::wasmill_sdk::internal::argument::<#of>(#text)));
    let (impl_generics, _, where_clause) = block.generics.split_for_impl();
    Ok(quote! {
        #block

        impl #impl_generics #sdk::Aggregate for #of #where_clause {
            type Finished = #result;
            const NAME: &'static str = #name;
            const VERSION: u32 = #version;
            const MIGRATES_FROM: &'static [u32] = &[#(#migrates_from),*];

            fn arguments() -> ::std::vec::Vec<#sdk::Field> {
                ::std::vec![#(#fields),*]
            }

            fn update_rows(states: &mut [Self], groups: &[u32], arguments: &[#sdk::Input]) {
                let _ = &arguments;
                for (row, group) in groups.iter().enumerate() {
                    let _ = &row;
                    #(
                        let ::core::option::Option::Some(#names) =
                            <#types as #sdk::Argument>::read(&arguments[#columns], row)
                        else {
                            continue;
                        };
                    )*
                    states[*group as usize].update(#(#names),*);
                }
            }

            fn merge_state(&mut self, other: &Self) {
                self.merge(other);
            }

            fn finish_state(&self) -> Self::Finished {
                self.finish()
            }

            fn migrate_state(version: u32, bytes: &[u8]) -> ::core::option::Option<Self> {
                #migrate
            }
        }
    })
}

fn options(arguments: TokenStream) -> Result<Options> {
    let mut options = Options {
        name: None,
        version: None,
        migrates_from: Vec::new(),
    };
    for meta in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments)? {
        let unknown = || {
            Error::new(
                meta.span(),
                "known here: `name = \"p95\"`, `version = 2`, `migrates_from = [1]`",
            )
        };
        let pair = meta.require_name_value().map_err(|_| unknown())?;
        match (pair.path.get_ident().map(ToString::to_string).as_deref(), &pair.value) {
            (
                Some("name"),
                Expr::Lit(ExprLit {
                    lit: Lit::Str(name), ..
                }),
            ) => options.name = Some(name.clone()),
            (
                Some("version"),
                Expr::Lit(ExprLit {
                    lit: Lit::Int(version), ..
                }),
            ) => {
                options.version = Some(version.clone());
            }
            (Some("migrates_from"), Expr::Array(versions)) => {
                for version in &versions.elems {
                    match version {
                        Expr::Lit(ExprLit {
                            lit: Lit::Int(version), ..
                        }) => options.migrates_from.push(version.clone()),
                        other => return Err(Error::new(other.span(), "a version is a number")),
                    }
                }
            }
            _ => return Err(unknown()),
        }
    }
    Ok(options)
}

/// `update`'s arguments.
struct Rows {
    /// Variables for them.
    names: Vec<syn::Ident>,
    types: Vec<Type>,
    /// Their names, as texts.
    texts: Vec<LitStr>,
}

fn rows(update: &ImplItemFn) -> Result<Rows> {
    let mut inputs = update.sig.inputs.iter();
    let takes_self = matches!(inputs.next(), Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.mutability.is_some());
    if !takes_self {
        return Err(Error::new(update.sig.span(), FORM));
    }
    if !matches!(update.sig.output, ReturnType::Default) {
        return Err(Error::new(
            update.sig.output.span(),
            "`update` returns nothing: a row that it can't take it leaves alone, or panics, which leaves out that row and says why",
        ));
    }
    let mut rows = Rows {
        names: Vec::new(),
        types: Vec::new(),
        texts: Vec::new(),
    };
    for input in inputs {
        let FnArg::Typed(argument) = input else { continue };
        let text = match &*argument.pat {
            Pat::Ident(name) => name.ident.to_string(),
            other => return Err(Error::new(other.span(), "an argument of an aggregate has a name")),
        };
        rows.names.push(format_ident!("__argument_{}", rows.names.len()));
        rows.types.push((*argument.ty).clone());
        rows.texts
            .push(LitStr::new(text.trim_start_matches('_'), argument.pat.span()));
    }
    match rows.names.len() {
        0 => Err(Error::new(update.sig.span(), FORM)),
        1..=MOST_ARGUMENTS => Ok(rows),
        _ => Err(Error::new(
            update.sig.inputs.span(),
            format!("an aggregate takes at most {MOST_ARGUMENTS} arguments"),
        )),
    }
}

/// So many arguments behind `&self` or `&mut self`.
fn check(function: &ImplItemFn, arguments: usize, gives: bool) -> Result<()> {
    let receives =
        matches!(function.sig.inputs.first(), Some(FnArg::Receiver(receiver)) if receiver.reference.is_some());
    let fits = function.sig.inputs.len() == arguments + 1;
    let returns = matches!(function.sig.output, ReturnType::Type(..));
    if receives && fits && returns == gives {
        return Ok(());
    }
    Err(Error::new(function.sig.span(), FORM))
}

/// `TopK` is `top_k`.
fn snake_case(of: &Type) -> Result<String> {
    let Type::Path(path) = of else {
        return Err(Error::new(of.span(), "`#[aggregate]` stands at the `impl` of a struct"));
    };
    let name = path
        .path
        .segments
        .last()
        .map(|last| last.ident.to_string())
        .unwrap_or_default();
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    Ok(snake)
}

#[cfg(test)]
#[path = "aggregate_test.rs"]
mod tests;
