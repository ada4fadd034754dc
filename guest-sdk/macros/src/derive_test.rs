use quote::quote;

use super::row;

/// What is said of a struct, a line for each mistake.
fn mistakes(item: proc_macro2::TokenStream) -> String {
    let Err(error) = row(&syn::parse2(item).unwrap()) else {
        return String::new();
    };
    let lines: Vec<_> = error.into_iter().map(|mistake| mistake.to_string()).collect();
    lines.join("\n")
}

#[test]
fn says_what_can_be_a_row() {
    assert_eq!(
        mistakes(quote!(
            enum E {
                A,
            }
        )),
        "only a struct can be a row"
    );
    assert_eq!(
        mistakes(quote!(
            struct S(i32);
        )),
        "a row's fields need names: they are the columns'"
    );
    assert_eq!(
        mistakes(quote!(
            struct S {}
        )),
        "a row needs at least one field"
    );
    assert_eq!(
        mistakes(quote!(
            struct S<T> {
                a: T,
            }
        )),
        "a row can't be generic: its columns are one fixed list"
    );
    assert_eq!(
        mistakes(quote!(
            struct S<'a, 'b> {
                a: &'a str,
                b: &'b str,
            }
        )),
        "a row borrows from its record only: one lifetime is enough"
    );
}

#[test]
fn names_the_type_to_use_instead() {
    assert_eq!(
        mistakes(quote!(
            struct S {
                a: u64,
            }
        )),
        "`u64` is no column type: use `i64`"
    );
    assert_eq!(
        mistakes(quote!(
            struct S {
                a: Option<Vec<f32>>,
            }
        )),
        "`f32` is no column type: use `f64`"
    );
    assert_eq!(
        mistakes(quote!(
            struct S {
                a: [i32; 3],
            }
        )),
        "`[i32 ; 3]` is no column type: use `Vec`"
    );
    assert_eq!(
        mistakes(quote!(
            struct S {
                a: &'static [u8],
            }
        )),
        "`& 'static [u8]` is no column type: the only reference is `&str`; use the type itself"
    );
}

#[test]
fn tells_all_mistakes_at_once() {
    let item = quote!(
        struct S {
            a: u8,
            #[row(rename = "a")]
            b: i32,
            #[row(name = "c")]
            c: i32,
            #[row(rename = "")]
            d: i32,
        }
    );
    assert_eq!(
        mistakes(item),
        "`u8` is no column type: use `i32`\n\
         two columns are named `a`\n\
         a field takes `#[row(rename = \"...\")]` only\n\
         a column's name is not empty and has no quotes, backslashes or control characters"
    );
}
