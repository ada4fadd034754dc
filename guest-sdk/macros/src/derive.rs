//! `#[derive(Row)]`.
//!
//! For a struct it writes the type of its fields' columns, and three ways into them or out of JSON: a value to columns, JSON to
//! columns, JSON to a value. The latter two are the same walk over an object's names.

use std::collections::HashSet;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, GenericArgument, Ident, Lifetime, LitStr, Result, Type};

/// A field of the struct and the column it becomes.
struct Column {
    field: Ident,
    /// A variable for its value that no other name in the generated code can be.
    value: Ident,
    name: LitStr,
    /// Its type as written.
    written: Type,
    /// The same for the columns' type, which has no lifetimes: with `'static` for each.
    free: Type,
}

pub(crate) fn row(input: &DeriveInput) -> Result<TokenStream> {
    let columns = columns(input)?;
    let row = &input.ident;
    let fields = format_ident!("{row}Columns");
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();

    let sdk = quote!(::wasmill_sdk::internal);
    let members: Vec<_> = columns.iter().map(|column| &column.field).collect();
    let names: Vec<_> = columns.iter().map(|column| &column.name).collect();
    let count = Literal::u32_suffixed(columns.len() as u32);
    // Bounds that fail are told at the field's type.
    let member_types: Vec<_> = columns
        .iter()
        .map(|Column { free, .. }| quote_spanned!(free.span()=> <#free as ::wasmill_sdk::internal::Cell>::Column))
        .collect();
    let written: Vec<_> = columns.iter().map(|column| &column.written).collect();

    let columns_from_json = walk(
        &columns,
        |Column {
             field, name, written, ..
         }| { quote!(#sdk::read_field::<#written, SPARK>(reader, &mut fields.#field, row, #name)?;) },
    );
    let values: Vec<_> = columns.iter().map(|column| &column.value).collect();
    let value_from_json = walk(
        &columns,
        |Column { value, name, .. }| quote!(#sdk::read_value(reader, &mut #value, #name)?;),
    );
    let (from_generics, json_lifetime) = from_json_generics(input);
    let (from_impl_generics, _, _) = from_generics.split_for_impl();

    Ok(quote! {
        const _: () = {
            #[derive(::core::default::Default)]
            pub struct #fields {
                #(#members: #member_types,)*
            }

            impl #sdk::Fields for #fields {
                const COUNT: u32 = #count;

                fn describe(fields: &mut ::std::vec::Vec<#sdk::Field>) {
                    #(<#member_types as #sdk::Column>::describe(#names, fields);)*
                }

                fn push_null(&mut self) {
                    #(#sdk::Column::push_null(&mut self.#members);)*
                }

                fn truncate(&mut self, len: usize) {
                    #(#sdk::Column::truncate(&mut self.#members, len);)*
                }

                fn finish(self, columns: &mut ::std::vec::Vec<#sdk::Data>) {
                    #(#sdk::Column::finish(self.#members, columns);)*
                }
            }

            impl #impl_generics #sdk::Cell for #row #type_generics #where_clause {
                type Column = #sdk::Struct<#fields>;

                fn append(&self, column: &mut Self::Column) {
                    let fields = column.fields();
                    #(#sdk::Cell::append(&self.#members, &mut fields.#members);)*
                    column.close();
                }

                fn append_json<const SPARK: bool>(
                    reader: &mut #sdk::Reader<'_, SPARK>,
                    column: &mut Self::Column,
                ) -> #sdk::Read {
                    let row = #sdk::Column::len(column);
                    let fields = column.fields();
                    #columns_from_json
                    #(#sdk::complete_field::<#written, SPARK>(reader, &mut fields.#members, row, #names)?;)*
                    column.close();
                    ::core::result::Result::Ok(())
                }
            }

            impl #from_impl_generics #sdk::FromJson<#json_lifetime> for #row #type_generics #where_clause {
                fn read_json<const SPARK: bool>(
                    reader: &mut #sdk::Reader<#json_lifetime, SPARK>,
                ) -> #sdk::Read<Self> {
                    #(let mut #values: ::core::option::Option<#written> = ::core::option::Option::None;)*
                    #value_from_json
                    ::core::result::Result::Ok(#row {
                        #(#members: #sdk::complete_value(reader, #values, #names)?,)*
                    })
                }
            }

            impl #impl_generics ::wasmill_sdk::Row for #row #type_generics #where_clause {}

            impl #impl_generics ::wasmill_sdk::IntoRows for #row #type_generics #where_clause {
                type Row = Self;

                fn append_to(
                    self,
                    columns: &mut <Self as #sdk::Cell>::Column,
                ) -> ::core::result::Result<(), ::wasmill_sdk::Error> {
                    #sdk::Cell::append(&self, columns);
                    ::core::result::Result::Ok(())
                }
            }
        };
    })
}

/// Code that walks over the names of the object at which `reader` stands, with `read` for the value of each field: first for the
/// declared names in their order, then for any.
fn walk(columns: &[Column], read: impl Fn(&Column) -> TokenStream) -> TokenStream {
    let reads: Vec<_> = columns.iter().map(&read).collect();
    let names = columns.iter().map(|column| &column.name);
    // As most producers write them. A name that would need escapes is left to the second pass.
    let quoted = columns
        .iter()
        .map(|column| Literal::byte_string(format!("\"{}\":", column.name.value()).as_bytes()));
    quote! {
        reader.open_object()?;
        #(
            if reader.take_name(#quoted) {
                #reads
                reader.next_name()?;
            }
        )*
        while let ::core::option::Option::Some(name) = reader.name()? {
            match &*name {
                #(#names => { #reads })*
                _ => reader.skip_field()?,
            }
            reader.next_name()?;
        }
        reader.close_object();
    }
}

/// The struct's generics and the lifetime of the text it is read from: its own if it has one, so that it may borrow.
fn from_json_generics(input: &DeriveInput) -> (syn::Generics, Lifetime) {
    let mut generics = input.generics.clone();
    if let Some(own) = input.generics.lifetimes().next() {
        return (generics, own.lifetime.clone());
    }
    let lifetime = Lifetime::new("'json", Span::call_site());
    generics.params.insert(0, syn::parse_quote!(#lifetime));
    (generics, lifetime)
}

/// The columns, or everything that is wrong with the struct.
fn columns(input: &DeriveInput) -> Result<Vec<Column>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "only a struct can be a row"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(
            input.ident.span(),
            "a row's fields need names: they are the columns'",
        ));
    };
    let mut mistakes = Mistakes(None);
    for generic in input
        .generics
        .params
        .iter()
        .filter(|generic| !matches!(generic, syn::GenericParam::Lifetime(_)))
    {
        mistakes.add(Error::new(
            generic.span(),
            "a row can't be generic: its columns are one fixed list",
        ));
    }
    if let Some(second) = input.generics.lifetimes().nth(1) {
        mistakes.add(Error::new(
            second.span(),
            "a row borrows from its record only: one lifetime is enough",
        ));
    }
    if fields.named.is_empty() {
        mistakes.add(Error::new(input.ident.span(), "a row needs at least one field"));
    }
    let mut columns = Vec::new();
    let mut known = HashSet::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let plain = ident.unraw();
        let name = match renamed(field) {
            Ok(name) => name.unwrap_or_else(|| LitStr::new(&plain.to_string(), ident.span())),
            Err(error) => {
                mistakes.add(error);
                continue;
            }
        };
        if !known.insert(name.value()) {
            mistakes.add(Error::new(
                name.span(),
                format!("two columns are named `{}`", name.value()),
            ));
        }
        if let Err(error) = known_type(&field.ty) {
            mistakes.add(error);
        }
        let written = field.ty.clone();
        let mut free_of_lifetimes = written.clone();
        free(&mut free_of_lifetimes);
        let value = format_ident!("value_of_{plain}");
        columns.push(Column {
            field: ident.clone(),
            value,
            name,
            written,
            free: free_of_lifetimes,
        });
    }
    mistakes.0.map_or(Ok(columns), Err)
}

/// Several mistakes are one error with several places.
struct Mistakes(Option<Error>);

impl Mistakes {
    fn add(&mut self, mistake: Error) {
        match &mut self.0 {
            Some(mistakes) => mistakes.combine(mistake),
            None => self.0 = Some(mistake),
        }
    }
}

/// The name in `#[row(rename = "...")]`.
fn renamed(field: &syn::Field) -> Result<Option<LitStr>> {
    let mut name: Option<LitStr> = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("row")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename") {
                return Err(meta.error("a field takes `#[row(rename = \"...\")]` only"));
            }
            let new: LitStr = meta.value()?.parse()?;
            let plain = |char: char| char >= ' ' && char != '"' && char != '\\';
            if new.value().is_empty() || !new.value().chars().all(plain) {
                return Err(Error::new(
                    new.span(),
                    "a column's name is not empty and has no quotes, backslashes or control characters",
                ));
            }
            name = Some(new);
            Ok(())
        })?;
    }
    Ok(name)
}

/// Refuses the types that people try first, with the one to use instead. What is not known here, the trait bound tells.
fn known_type(field: &Type) -> Result<()> {
    let hint = match field {
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return Ok(());
            };
            if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(inner) = argument {
                        known_type(inner)?;
                    }
                }
            }
            match last.ident.to_string().as_str() {
                "i8" | "i16" | "u8" | "u16" => "use `i32`",
                "u32" | "u64" | "usize" | "isize" => "use `i64`",
                "i128" | "u128" => "use `i64`, or a `String` for larger numbers",
                "f32" => "use `f64`",
                "char" => "use `String`",
                "HashMap" | "BTreeMap" => {
                    "use a struct with `#[derive(Row)]`, or a `Vec` of structs with a key and a value"
                }
                "HashSet" | "BTreeSet" | "VecDeque" => "use `Vec`",
                "DateTime" | "NaiveDateTime" | "SystemTime" | "Instant" => "use `wasmill_sdk::Timestamp`",
                "NaiveDate" => "use `wasmill_sdk::Date`",
                "Box" | "Rc" | "Arc" => "use the type inside it",
                _ => return Ok(()),
            }
        }
        Type::Tuple(_) => "use a struct with `#[derive(Row)]`",
        Type::Array(_) | Type::Slice(_) => "use `Vec`",
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") && reference.mutability.is_none() => return Ok(()),
            _ => "the only reference is `&str`; use the type itself",
        },
        _ => return Ok(()),
    };
    let written = field.to_token_stream().to_string();
    Err(Error::new(
        field.span(),
        format!("`{written}` is no column type: {hint}"),
    ))
}

/// Writes `'static` for every lifetime of a column's type.
fn free(field: &mut Type) {
    match field {
        Type::Reference(reference) => {
            reference.lifetime = Some(Lifetime::new("'static", reference.and_token.span()));
            free(&mut reference.elem);
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    match argument {
                        GenericArgument::Lifetime(lifetime) => *lifetime = Lifetime::new("'static", lifetime.span()),
                        GenericArgument::Type(inner) => free(inner),
                        _ => {}
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "derive_test.rs"]
mod tests;
