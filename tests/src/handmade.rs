//! Modules made by hand, of a text: no crate has to be built for each. The engine's own menageries are what to begin with.

use std::fmt::Display;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// One column, `length`: of each value, in bytes; its first letter says what else to do (see the file's head).
pub const ZOO: &str = include_str!("../../engine/src/guest/menagerie.wat");
/// An aggregate that adds numbers up.
pub const SUM: &str = include_str!("../../engine/src/guest/aggregate/menagerie.wat");

/// The text with this in the place of that, which has to be there.
pub fn replaced(text: &str, what: &str, with: &str) -> String {
    assert!(text.contains(what), "the module's text has no `{what}` any more");
    text.replace(what, with)
}

/// The text of the contract.
pub fn contract() -> String {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk/wit/guest.wit");
    made(std::fs::read_to_string(wit), "the contract can't be read")
}

/// A component of a transform's text.
pub fn transform(core: &str) -> Vec<u8> {
    component(&contract(), core, "transform-guest")
}

/// A component of an aggregate's text.
pub fn aggregate(core: &str) -> Vec<u8> {
    component(&contract(), core, "aggregate-guest")
}

/// A component of a text and a contract.
pub fn component(wit: &str, core: &str, world: &str) -> Vec<u8> {
    let mut module = made(wat::parse_str(core), "the module's text is wrong");
    let mut resolve = Resolve::default();
    let package = made(resolve.push_str("guest.wit", wit), "the contract's text is wrong");
    let world = made(
        resolve.select_world(&[package], Some(world)),
        "the contract has no such world",
    );
    let embedded = embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8);
    made(embedded, "the contract can't be written into the module");
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    made(
        encoder.and_then(|mut encoder| encoder.encode()),
        "no component can be made of the module",
    )
}

fn made<T, E: Display>(outcome: Result<T, E>, what: &str) -> T {
    outcome.unwrap_or_else(|error| panic!("{what}: {error}"))
}
