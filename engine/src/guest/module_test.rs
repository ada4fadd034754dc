use super::*;
use crate::guest::testing::*;

fn load(core: &str) -> Result<Module> {
    load_bytes(&component(core))
}

fn load_bytes(bytes: &[u8]) -> Result<Module> {
    Module::from_bytes(&engine().0, bytes, tight())
}

/// The menagerie with a piece of its text changed.
fn changed(from: &str, to: &str) -> String {
    assert!(MENAGERIE.contains(from));
    MENAGERIE.replace(from, to)
}

fn refusal(core: &str) -> String {
    load(core).unwrap_err().report()
}

#[test]
fn a_module_tells_what_it_is() {
    let bytes = component(MENAGERIE);
    let module = load_bytes(&bytes).unwrap();
    assert_eq!(module.name(), "menagerie");
    assert_eq!(*module.digest(), Digest::of(&bytes));
    assert_eq!(
        module.to_string(),
        format!("menagerie@{}", &module.digest().to_string()[..6])
    );
    assert_eq!(module.schema().field(0).name(), "length");
}

#[test]
fn files_that_are_not_there_or_no_modules() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| Module::load(&engine().0, path, tight()).unwrap_err();
    let missing = folder.path().join("missing.wasm");
    assert_eq!(
        load(&missing).to_string(),
        format!("there is no such file: module `{}`", missing.display())
    );
    assert_eq!(
        load(folder.path()).to_string(),
        format!("this is a folder, not a module: module `{}`", folder.path().display())
    );
    let empty = folder.path().join("empty.wasm");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(
        load(&empty).to_string(),
        format!("the module is empty: module `{}`", empty.display())
    );
    let good = folder.path().join("good.wasm");
    std::fs::write(&good, component(MENAGERIE)).unwrap();
    Module::load(&engine().0, &good, tight()).unwrap();
}

#[test]
fn a_precompiled_module_is_never_loaded() {
    let (engine, _) = engine();
    let native = engine.wasmtime().precompile_component(&component(MENAGERIE)).unwrap();
    let fault = Module::from_bytes(&engine, &native, tight()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "this is a precompiled module, which wasmill never loads"
    );
}

#[test]
fn starts_that_fail() {
    let start = |body: &str| {
        refusal(&changed(
            "(global $free",
            &format!("(start $s) (func $s {body}) (global $free"),
        ))
    };
    insta::assert_snapshot!(start("(loop $l (br $l))"), @r"error: the module fails when it is started: used up its 200000 units of fuel (does it loop without end?)");
    insta::assert_snapshot!(start("unreachable"), @r"error: the module fails when it is started: stopped itself (`unreachable`)");
    insta::assert_snapshot!(start("(drop (i32.div_u (i32.const 1) (i32.const 0)))"), @r"error: the module fails when it is started: integer divide by zero");
    insta::assert_snapshot!(start("(if (i32.eq (memory.grow (i32.const 20000)) (i32.const -1)) (then unreachable))"), @r"error: the module fails when it is started: stopped itself (`unreachable`) (it asked for 1310982144 bytes of memory, 268435456 are allowed)");
}

#[test]
fn descriptions_that_cannot_be_used() {
    insta::assert_snapshot!(refusal(&changed("\"length\"", "\"a\\22b;--\"")), @r#"error: the schema that the module describes can't be used: the name of field `a"b;--` has a character that names can't have (`\"`)"#);
    insta::assert_snapshot!(refusal(&changed("\"menagerie\"", "\"a\\1b[31mxxx\"")), @r"error: the name that the module describes can't be used: it has characters that can't be shown");
    insta::assert_snapshot!(refusal(&changed("\"length\"", "\"kafka_\"")), @r"error: the schema that the module describes can't be used: field `kafka_`: names that begin with `kafka_` are for Kafka's own columns, which are added to each row");
    // A field of type 9, which the contract does not have.
    insta::assert_snapshot!(refusal(&changed("(i32.store8 (i32.const 40) (i32.const 2))", "(i32.store8 (i32.const 40) (i32.const 9))")), @r"error: the module fails when it is started: broke the contract: unexpected discriminant: 9");
    // A schema that lies outside of the memory.
    insta::assert_snapshot!(refusal(&changed("(i32.store (i32.const 12) (i32.const 1))", "(i32.store (i32.const 12) (i32.const -1))")), @r"error: the module fails when it is started: broke the contract: list pointer/length out of bounds of memory");
    insta::assert_snapshot!(refusal(&changed("(i32.store (i32.const 4) (i32.const 9))", "(i32.store (i32.const 4) (i32.const 0))")), @r"error: the name that the module describes can't be used: it is empty");
}

#[test]
fn an_export_of_another_type() {
    let wit = contract().replace(
        "process: func(batch: records) -> result<rows, string>;",
        "process: func(batch: u32) -> string;",
    );
    let core = changed("(local $n i32)", "(local $n i32)");
    insta::assert_snapshot!(load_bytes(&component_of(&core, &wit)).unwrap_err().report(), @r"error: the module fails when it is started: broke the contract: expected `record` found `u32`");
}

#[test]
fn code_that_is_not_valid() {
    let mut bytes = component(MENAGERIE);
    // The `nop` of a marker function becomes a byte that is no instruction.
    let marked = component(&changed(
        "(global $free",
        "(func $mark nop nop nop nop nop nop) (global $free",
    ));
    let at = marked.windows(6).position(|bytes| bytes == [1; 6]).unwrap();
    bytes.clone_from(&marked);
    bytes[at] = 0xff;
    insta::assert_snapshot!(load_bytes(&bytes).unwrap_err().report(), @"error: the module is not valid: failed to compile: wasm[0]::function[1]::mark: WebAssembly translation error: Invalid input WebAssembly code at offset 678: illegal opcode: 0xff");
}
