use proc_macro2::TokenStream;
use quote::quote;

use super::export;

fn refused(arguments: TokenStream, block: TokenStream) -> String {
    let block = syn::parse2(block).unwrap();
    export(arguments, &block).unwrap_err().to_string()
}

fn sound() -> TokenStream {
    quote! {
        impl TopK {
            fn update(&mut self, item: &str, weight: i64) {}
            fn merge(&mut self, other: &Self) {}
            fn finish(&self) -> Vec<Entry> { Vec::new() }
        }
    }
}

#[test]
fn says_what_an_aggregate_is() {
    let form = super::FORM;
    let missing = |name: &str| format!("`{name}` is missing: {form}");
    assert_eq!(refused(quote!(), quote!(impl P95 {})), missing("update"));
    let without_merge = quote!(impl P95 { fn update(&mut self, value: f64) {} fn finish(&self) -> f64 { 0.0 } });
    assert_eq!(refused(quote!(), without_merge), missing("merge"));
    for update in [
        quote!(
            fn update(&mut self) {}
        ),
        quote!(
            fn update(&self, value: f64) {}
        ),
        quote!(
            fn update(self, value: f64) {}
        ),
    ] {
        let block = quote!(impl P95 { #update fn merge(&mut self, other: &Self) {} fn finish(&self) -> f64 { 0.0 } });
        assert_eq!(refused(quote!(), block), form);
    }
    let returns = quote!(impl P95 {
        fn update(&mut self, value: f64) -> bool { true }
        fn merge(&mut self, other: &Self) {}
        fn finish(&self) -> f64 { 0.0 }
    });
    assert!(refused(quote!(), returns).starts_with("`update` returns nothing"));
    let of_trait = quote!(impl Default for P95 { fn default() -> Self { P95 } });
    assert!(refused(quote!(), of_trait).contains("not at that of a trait"));
}

#[test]
fn says_what_its_options_are() {
    let known = "known here: `name = \"p95\"`, `version = 2`, `migrates_from = [1]`";
    assert_eq!(refused(quote!(names = "x"), sound()), known);
    assert!(refused(quote!(version = 2, migrates_from = [1]), sound()).contains("`fn migrate("));
}

#[test]
fn the_name_is_the_type_s() {
    let named = |arguments| export(arguments, &syn::parse2(sound()).unwrap()).unwrap().to_string();
    assert!(named(quote!()).contains("\"top_k\""));
    assert!(named(quote!(name = "most_sold")).contains("\"most_sold\""));
}
