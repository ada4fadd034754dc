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
    insta::assert_snapshot!(check(b"no module"), @"");
    insta::assert_snapshot!(check(&wat::parse_str("(module)").unwrap()), @"");
}

#[test]
fn the_export_is_missing() {
    insta::assert_snapshot!(check(&component("")), @"");
}

#[test]
fn another_version_of_the_contract() {
    let newer =
        "(component $c) (instance $i (instantiate $c)) (export \"wasmill:guest/transform@0.2.0\" (instance $i))";
    insta::assert_snapshot!(check(&component(newer)), @"");
}

#[test]
fn it_imports_something_else() {
    insta::assert_snapshot!(check(&component("(import \"wasi:filesystem/types@0.2.0\" (instance))")), @"");
}

#[test]
fn it_is_not_there() {
    let desk = Desk::with(&[("p.toml", PIPELINE)]);
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "p.toml"]).fail(), &[]), @"");
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
