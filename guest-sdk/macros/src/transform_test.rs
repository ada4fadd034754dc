use quote::quote;

use super::export;

fn refused(arguments: proc_macro2::TokenStream, function: proc_macro2::TokenStream) -> String {
    let function = syn::parse2(function).unwrap();
    export(&arguments, &function).unwrap_err().to_string()
}

#[test]
fn says_what_a_transform_is() {
    let form = "a transform is `fn parse(record: &Record) -> Result<impl IntoRows, Error>`";
    assert_eq!(
        refused(
            quote!(),
            quote!(
                fn parse() -> Result<(), Error> {}
            )
        ),
        form
    );
    assert_eq!(
        refused(
            quote!(),
            quote!(
                fn parse(&self) -> Result<(), Error> {}
            )
        ),
        form
    );
    assert_eq!(
        refused(
            quote!(),
            quote!(
                fn parse(a: &Record, b: i32) -> Result<(), Error> {}
            )
        ),
        form
    );
    assert_eq!(
        refused(
            quote!(),
            quote!(
                fn parse(record: &Record) {}
            )
        ),
        format!("it returns nothing, but {form}")
    );
    assert_eq!(
        refused(
            quote!(),
            quote!(
                async fn parse(record: &Record) -> R {}
            )
        ),
        "a transform can't be `async`: it has nothing to wait for"
    );
    assert_eq!(
        refused(
            quote!(),
            quote!(
                fn parse<T>(record: &Record) -> T {}
            )
        ),
        "a transform can't be generic: say the type here"
    );
    assert_eq!(
        refused(
            quote!(name = "x"),
            quote!(
                fn parse(record: &Record) -> R {}
            )
        ),
        "`#[transform]` takes no arguments"
    );
}

#[test]
fn leaves_the_function_as_it_is() {
    let function = quote!(
        fn parse(record: &Record) -> Result<impl IntoRows, Error> {
            Ok(())
        }
    );
    let written = export(&quote!(), &syn::parse2(function.clone()).unwrap()).unwrap();
    assert!(written.to_string().starts_with(&function.to_string()));
}
