//! Modules made by hand: the engine's own menageries, with another animal in them.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// One column, `length`: of each value, in bytes; its first letter says what else to do (see the file's head).
pub(crate) const ZOO: &str = include_str!("../../../engine/src/guest/menagerie.wat");
/// An aggregate that adds numbers up.
pub(crate) const SUM: &str = include_str!("../../../engine/src/guest/aggregate/menagerie.wat");

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

pub(crate) fn replaced(text: &str, what: &str, with: &str) -> String {
    assert!(text.contains(what), "the module's text has no `{what}` any more");
    text.replace(what, with)
}

pub(crate) fn contract() -> String {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk/wit/guest.wit");
    std::fs::read_to_string(wit).unwrap()
}

/// A component of a transform's text.
pub(crate) fn transform(core: &str) -> Vec<u8> {
    component(&contract(), core, "transform-guest")
}

/// A component of an aggregate's text.
pub(crate) fn aggregate(core: &str) -> Vec<u8> {
    component(&contract(), core, "aggregate-guest")
}

/// A component of a text and a contract.
pub(crate) fn component(wit: &str, core: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(core).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("guest.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default().validate(true).module(&module).unwrap();
    encoder.encode().unwrap()
}
