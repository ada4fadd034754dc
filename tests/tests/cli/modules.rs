//! Modules that can't be used.

use super::support::{Desk, transcript};

const PIPELINE: &str = r#"
[source.raw]
subscribe = "orders"

[guest.parsed]
from = "raw"
module = "parsed.wasm"

[sink.screen]
from = "parsed"
console = {}
"#;

fn check(module: &[u8]) -> String {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    desk.write("parsed.wasm", module);
    transcript(&desk.wasmill(&["check", "p.toml"]).fail(), &[])
}

fn component(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {inside})")).unwrap()
}

#[test]
fn no_component() {
    insta::assert_snapshot!(check(b"no module"), @r#"
    status 1
    -- stderr
    error: guest `parsed`: this is not a WebAssembly module (it does not begin with `\0asm`): module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: `wasmill build CRATE` makes a component of a crate

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(check(&wat::parse_str("(module)").unwrap()), @r#"
    status 1
    -- stderr
    error: guest `parsed`: this is a core module, not a component: module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: `wasmill build CRATE` makes a component of a crate

    1 mistake in `p.toml`
    "#);
}

#[test]
fn the_export_is_missing() {
    insta::assert_snapshot!(check(&component("")), @r#"
    status 1
    -- stderr
    error: guest `parsed`: the module does not export `wasmill:guest/transform@0.1.0`: module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`

    1 mistake in `p.toml`
    "#);
}

#[test]
fn another_version_of_the_contract() {
    let newer =
        "(component $c) (instance $i (instantiate $c)) (export \"wasmill:guest/transform@0.2.0\" (instance $i))";
    insta::assert_snapshot!(check(&component(newer)), @r#"
    status 1
    -- stderr
    error: guest `parsed`: the module speaks `wasmill:guest@0.2.0`, this wasmill speaks `wasmill:guest@0.1.0`: module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: build it with the `wasmill-sdk` of this version of wasmill

    1 mistake in `p.toml`
    "#);
}

#[test]
fn it_imports_something_else() {
    insta::assert_snapshot!(check(&component("(import \"wasi:filesystem/types@0.2.0\" (instance))")), @r#"
    status 1
    -- stderr
    error: guest `parsed`: the module imports `wasi:filesystem/types@0.2.0`, but a module may import only `wasmill:guest/log@0.1.0`: module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: build it for `wasm32-unknown-unknown`, which has no files, sockets or clock; `wasmill build` does

    1 mistake in `p.toml`
    "#);
}

#[test]
fn it_is_not_there() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "p.toml"]).fail(), &[]), @r#"
    status 1
    -- stderr
    error: guest `parsed`: there is no such file: module `parsed.wasm`
     --> p.toml:7:10
      |
    7 | module = "parsed.wasm"
      |          ^^^^^^^^^^^^^
      |
    hint: `wasmill build CRATE` makes a module of a crate, and prints where it lies

    1 mistake in `p.toml`
    "#);
}

#[test]
fn run_refuses_it_as_check_does() {
    let desk = Desk::with(&[("p.toml", PIPELINE), ("parsed.wasm", "no module")]);
    let checked = desk.wasmill(&["check", "p.toml"]).fail();
    let ran = desk.wasmill(&["run", "p.toml", "--kafka", "127.0.0.1:1"]).fail();
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (checked.code, checked.stdout, checked.stderr)
    );
}
