use quote::quote;

use super::state;

fn refused(input: proc_macro2::TokenStream) -> String {
    state(&syn::parse2(input).unwrap()).unwrap_err().to_string()
}

#[test]
fn says_what_a_state_can_not_be() {
    assert_eq!(
        refused(quote!(
            enum Seen {
                Nothing,
                One(i64),
            }
        )),
        "a state is a struct: an enum's cases can be an `Option` or a number"
    );
    assert_eq!(
        refused(quote!(
            struct Last<'a> {
                text: &'a str,
            }
        )),
        "a state can't borrow: it is kept when the row is gone; `BoundedText<N>` keeps a text"
    );
}

#[test]
fn structs_of_every_form_are_states() {
    for input in [
        quote!(
            struct A {
                x: i64,
                y: f64,
            }
        ),
        quote!(
            struct B(i64, [u8; 4]);
        ),
        quote!(
            struct C;
        ),
    ] {
        assert!(state(&syn::parse2(input).unwrap()).is_ok());
    }
}
