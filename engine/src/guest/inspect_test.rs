use super::*;
use crate::guest::testing::{MENAGERIE, component, component_of, contract};

/// The whole text of the refusal.
fn refusal(bytes: &[u8]) -> String {
    refusal_within(bytes, &Limits::default())
}

fn refusal_within(bytes: &[u8], limits: &Limits) -> String {
    inspect(bytes, limits, Some(Interface::Transform)).unwrap_err().report()
}

/// A component that has this beside what the contract asks for.
fn with(more: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {more})")).unwrap()
}

#[test]
fn our_own_is_let_through() {
    inspect(&component(MENAGERIE), &Limits::default(), None).unwrap();
}

#[test]
fn what_is_no_component() {
    insta::assert_snapshot!(refusal(b""), @r"
    error: the module is empty

    hint: is it still being written? `wasmill build CRATE` makes a component of a crate
    ");
    insta::assert_snapshot!(refusal(b"random bytes"), @r"
    error: this is not a WebAssembly module (it does not begin with `\0asm`)

    hint: `wasmill build CRATE` makes a component of a crate
    ");
    insta::assert_snapshot!(refusal(b"\0asm"), @r"
    error: the module's binary is broken: unexpected end-of-file (at offset 0x4)

    hint: is it cut short? `wasmill build CRATE` makes a component of a crate
    ");
    insta::assert_snapshot!(refusal(b"(module)"), @r"
    error: this is WebAssembly's text form, not a binary

    hint: `wasmill build CRATE` makes a component of a crate
    ");
    insta::assert_snapshot!(refusal(&wat::parse_str("(module)").unwrap()), @r"
    error: this is a core module, not a component

    hint: `wasmill build CRATE` makes a component of a crate
    ");
    insta::assert_snapshot!(refusal(b"\x7fELF..."), @r"
    error: this is a precompiled module, which wasmill never loads

    hint: give the `.wasm` component it was made of; wasmill compiles and caches it itself
    ");
}

#[test]
fn a_binary_cut_short() {
    let whole = component(MENAGERIE);
    insta::assert_snapshot!(refusal(&whole[..1000]), @"
    error: the module's binary is broken: unexpected end-of-file (at offset 0x338)

    hint: is it cut short? `wasmill build CRATE` makes a component of a crate
    ");
    // Wherever it is cut, it is refused, and nothing panics.
    for length in 0..whole.len() {
        let refused = inspect(&whole[..length], &Limits::default(), None).is_err();
        // Behind the last section that counts there are custom ones (id 0), which nobody misses.
        assert!(refused || whole[length] == 0, "{length}");
    }
}

#[test]
fn any_byte_changed_is_no_panic() {
    let whole = component(MENAGERIE);
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        let _ = inspect(&changed, &Limits::default(), None);
    }
}

#[test]
fn another_version_of_the_contract() {
    let newer = component_of(
        &MENAGERIE.replace("@0.1.0", "@0.2.0"),
        &contract().replace("@0.1.0", "@0.2.0"),
    );
    insta::assert_snapshot!(refusal(&newer), @r"
    error: the module speaks `wasmill:guest@0.2.0`, this wasmill speaks `wasmill:guest@0.1.0`

    hint: build it with the `wasmill-sdk` of this version of wasmill
    ");
    let only_exports = component_of(
        &MENAGERIE.replace("@0.1.0", "@0.2.0").replace(
            "(import \"wasmill:guest/log@0.2.0\" \"log\" (func $log (param i32 i32 i32)))",
            "(func $log (param i32 i32 i32))",
        ),
        &contract().replace("@0.1.0", "@0.2.0"),
    );
    assert!(refusal(&only_exports).starts_with("error: the module speaks `wasmill:guest@0.2.0`"));
}

#[test]
fn no_transform_in_it() {
    insta::assert_snapshot!(refusal(&with("")), @r"
    error: the module does not export `wasmill:guest/transform@0.1.0`

    hint: mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`
    ");
}

#[test]
fn imports_of_others() {
    insta::assert_snapshot!(refusal(&with(r#"(import "wasi:filesystem/types@0.2.0" (instance))"#)), @r"
    error: the module imports `wasi:filesystem/types@0.2.0`, but a module may import only `wasmill:guest/log@0.1.0`

    hint: build it for `wasm32-unknown-unknown`, which has no files, sockets or clock; `wasmill build` does
    ");
    insta::assert_snapshot!(refusal(&with(r#"(import "evil" (func))"#)), @r"
    error: the module imports `evil`, but a module may import only `wasmill:guest/log@0.1.0`

    hint: a module has no way out but its log: what it needs must be in the record
    ");
    insta::assert_snapshot!(refusal(&with(r#"(import "wasmill:guest/other@0.1.0" (instance))"#)), @r"
    error: the module imports `wasmill:guest/other@0.1.0`, but a module may import only `wasmill:guest/log@0.1.0`

    hint: a module has no way out but its log: what it needs must be in the record
    ");
}

#[test]
fn sizes_and_counts() {
    let limits = Limits {
        functions: 2,
        function_body_bytes: 100,
        data_bytes: 10,
        modules: 2,
        nesting: 1,
        instances: 1,
        memories: 1,
        ..Limits::default()
    };
    let refusal = |more: &str| refusal_within(&with(more), &limits);
    let module = |inside: &str| refusal(&format!("(core module {inside})"));
    let nops = "nop ".repeat(200);
    insta::assert_snapshot!(refusal_within(&[0; 100], &Limits { module_bytes: 99, ..limits.clone() }), @r"error: the module has 100 bytes, more than the 99 allowed");
    insta::assert_snapshot!(module("(func) (func) (func)"), @r"error: the module has 3 functions, more than the 2 allowed");
    insta::assert_snapshot!(module(&format!("(func {nops})")), @r"
    error: the module has 202 bytes in one function, more than the 100 allowed

    hint: break the function up, or build with less inlining
    ");
    insta::assert_snapshot!(module("(memory 1) (data \"0123456789a\")"), @r"error: the module has 11 bytes of data, more than the 10 allowed");
    insta::assert_snapshot!(module("(memory 1) (memory 1)"), @r"error: the module has 2 memories, more than the 1 allowed");
    insta::assert_snapshot!(module("(memory 65536)"), @r"error: the module has 4294967296 bytes of memory from the start, more than the 268435456 allowed");
    insta::assert_snapshot!(module("(table 1 funcref) (table 1 funcref)"), @r"error: the module has 2 tables, more than the 1 allowed");
    insta::assert_snapshot!(module("(table 4000000000 funcref)"), @r"error: the module has 4000000000 table entries from the start, more than the 100000 allowed");
    insta::assert_snapshot!(module("(memory i64 1)"), @r"
    error: the module has a 64-bit memory, which is not allowed

    hint: build it for `wasm32-unknown-unknown`
    ");
    insta::assert_snapshot!(module("(import \"a\" \"b\" (memory i64 1))"), @r"
    error: the module has a 64-bit memory, which is not allowed

    hint: build it for `wasm32-unknown-unknown`
    ");
    insta::assert_snapshot!(module("(memory 1 1 shared)"), @r"error: the module has a shared memory, but a module has no threads");
    insta::assert_snapshot!(module("(table i64 1 funcref)"), @r"
    error: the module has a 64-bit table, which is not allowed

    hint: build it for `wasm32-unknown-unknown`
    ");
    insta::assert_snapshot!(refusal("(core module) (core module) (core module)"), @r"error: the module has 3 modules inside, more than the 2 allowed");
    insta::assert_snapshot!(refusal("(component (component))"), @r"error: the module has 2 levels of components, more than the 1 allowed");
    insta::assert_snapshot!(refusal("(core module $m) (core instance (instantiate $m)) (core instance (instantiate $m))"), @r"error: the module has 2 instances, more than the 1 allowed");
}

#[test]
fn a_function_the_compiler_would_chew_on_for_minutes() {
    let refusal = |locals: usize, ifs: usize| {
        let locals = "i32 ".repeat(locals);
        let ifs = "local.get 0 if local.get 1 local.set 0 end ".repeat(ifs);
        refusal(&with(&format!(
            "(core module (func (param i32) (local {locals}) {ifs}))"
        )))
    };
    insta::assert_snapshot!(refusal(1, 10_001), @r"error: the module has 10001 branches and blocks in one function, more than the 10000 allowed");
    insta::assert_snapshot!(refusal(500, 9_000), @r"error: the module has 4500000 locals times blocks in one function, more than the 4000000 allowed");
    insta::assert_snapshot!(refusal(1, 30_000), @r"
    error: the module has 270004 bytes in one function, more than the 262144 allowed

    hint: break the function up, or build with less inlining
    ");
}

#[test]
fn names_that_are_as_long_as_the_module() {
    let name = "x".repeat(50_000);
    let import = refusal(&with(&format!("(import \"{name}\" (instance))")));
    assert!(
        import.contains("x...`, but a module may import only") && import.len() < 1000,
        "{import:.300}"
    );
    let version = refusal(&with(&format!(
        "(import \"wasmill:guest/log@1.0.0-{name}\" (instance))"
    )));
    assert!(
        version.contains("x...`, this wasmill speaks") && version.len() < 1000,
        "{version:.300}"
    );
}
