//! Modules made by hand: the engine's own menageries, with another animal in them.

pub(crate) use wasmill_tests::handmade::{SUM, ZOO, aggregate, component, contract, replaced, transform};

/// Does as it is told.
pub(crate) fn good() -> Vec<u8> {
    transform(ZOO)
}

/// Runs this at a record that begins with `U`. It may use all that `process` has, `$n` records and the one at hand, `$i`, `$start`,
/// `$len`, and must not leave anything on the stack.
pub(crate) fn at_u(body: &str) -> Vec<u8> {
    with_at_u("", body)
}

/// The same with more in the module beside.
pub(crate) fn with_at_u(beside: &str, body: &str) -> Vec<u8> {
    let text = replaced(
        ZOO,
        "(i32.const 85)) (then unreachable)) ;; U",
        &format!("(i32.const 85)) (then {body})) ;; U"),
    );
    transform(&replaced(&text, "(global $free", &format!("{beside} (global $free")))
}

/// Has this beside what it has to have.
pub(crate) fn with(beside: &str) -> Vec<u8> {
    transform(&replaced(ZOO, "(global $free", &format!("{beside} (global $free")))
}
