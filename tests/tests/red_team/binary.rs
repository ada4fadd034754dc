//! Binaries that are refused before anything of them runs.

use super::bytes::{around, functions, module, number, section, sections};
use super::evil::refused;
use super::good::beside;
use super::guest::{ZOO, component, contract, good, replaced, transform};

fn inside(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {text})")).unwrap()
}

/// Cases 1, 2: an empty file, and bytes of any kind.
#[test]
fn no_binary_at_all() {
    beside(|| {
        insta::assert_snapshot!(refused(b""), @"
        error: guest `evil`: the module is empty: module `FOLDER/evil.wasm`
        hint: is it still being written? `wasmill build CRATE` makes a component of a crate
        ");
        insta::assert_snapshot!(refused(b"\x8f\x1b[2J\0 random"), @r"
        error: guest `evil`: this is not a WebAssembly module (it does not begin with `\0asm`): module `FOLDER/evil.wasm`
        hint: `wasmill build CRATE` makes a component of a crate
        ");
        // Noise behind a true head, from a small generator: whatever it is, it is refused.
        let mut state = 1u32;
        for length in 0..200 {
            let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend((0..length).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            }));
            let text = refused(&bytes);
            assert!(text.starts_with("error: guest `evil`: the module"), "{text}");
        }
    });
}

/// Case 3: cut in the middle of each section, and at its ends.
#[test]
fn cut_short() {
    beside(|| {
        let whole = good();
        let sections = sections(&whole);
        assert!(sections.len() > 20, "{sections:?}");
        for (begin, end) in sections {
            for at in [begin, begin.midpoint(end), end - 1] {
                // What is behind the last section that counts are names.
                let text = refused(&whole[..at]);
                let is_told = text.starts_with("error: guest `evil`: the module's binary is broken: ")
                    || text.starts_with("error: guest `evil`: the module does not export ");
                assert!(is_told || text.starts_with("it did not end"), "{at}: {text}");
            }
        }
        insta::assert_snapshot!(refused(&whole[..whole.len() / 2]), @"
        error: guest `evil`: the module's binary is broken: module `FOLDER/evil.wasm`: unexpected end-of-file (at offset 0x9de)
        hint: is it cut short? `wasmill build CRATE` makes a component of a crate
        ");
    });
}

/// Cases 4, 5, 6, 7, 10: another kind of module, another contract, or less than it.
#[test]
fn another_contract() {
    beside(|| {
        insta::assert_snapshot!(refused(&wat::parse_str("(module)").unwrap()), @"
        error: guest `evil`: this is a core module, not a component: module `FOLDER/evil.wasm`
        hint: `wasmill build CRATE` makes a component of a crate
        ");

        let later = replaced(&contract(), "@0.1.0", "@0.2.0");
        let core = replaced(ZOO, "@0.1.0", "@0.2.0");
        insta::assert_snapshot!(refused(&component(&later, &core, "transform-guest")), @"
        error: guest `evil`: the module speaks `wasmill:guest@0.2.0`, this wasmill speaks `wasmill:guest@0.1.0`: module `FOLDER/evil.wasm`
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");

        insta::assert_snapshot!(refused(&inside("")), @"
        error: guest `evil`: the module does not export `wasmill:guest/transform@0.1.0`: module `FOLDER/evil.wasm`
        hint: mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`
        ");

        let told = "process: func(batch: records) -> result<rows, string>;";
        let wit = replaced(&contract(), told, "process: func(batch: u32) -> string;");
        insta::assert_snapshot!(refused(&component(&wit, ZOO, "transform-guest")), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: broke the contract: expected `record` found `u32`");

        // The head's version: of another layer, of a later draft, of nothing known.
        let forged = |at: usize, byte: u8| {
            let mut bytes = good();
            bytes[at] = byte;
            refused(&bytes)
        };
        insta::assert_snapshot!(forged(4, 0x0e), @"
        error: guest `evil`: the module's binary is broken: module `FOLDER/evil.wasm`: unknown binary version:    0x1000e (at offset 0x4)
        hint: is it cut short? `wasmill build CRATE` makes a component of a crate
        ");
        insta::assert_snapshot!(forged(4, 1), @"
        error: guest `evil`: the module's binary is broken: module `FOLDER/evil.wasm`: unknown binary version:    0x10001 (at offset 0x4)
        hint: is it cut short? `wasmill build CRATE` makes a component of a crate
        ");
        insta::assert_snapshot!(forged(6, 0), @"
        error: guest `evil`: the module's binary is broken: module `FOLDER/evil.wasm`: unknown binary version:        0xd (at offset 0x4)
        hint: is it cut short? `wasmill build CRATE` makes a component of a crate
        ");
        insta::assert_snapshot!(forged(6, 9), @"
        error: guest `evil`: the module's binary is broken: module `FOLDER/evil.wasm`: unknown binary version:    0x9000d (at offset 0x4)
        hint: is it cut short? `wasmill build CRATE` makes a component of a crate
        ");
        // The contract's name on something that has nothing of it, or a version of no sense.
        let named = |name: &str| refused(&inside(&format!("(instance $i) (export {name:?} (instance $i))")));
        insta::assert_snapshot!(named("wasmill:guest/transform@0.1.0"), @"
        error: guest `evil`: the module does not fit the contract: module `FOLDER/evil.wasm`: instance export `wasmill:guest/transform@0.1.0` does not have export `describe`
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");
        insta::assert_snapshot!(named("wasmill:guest/transform@0.1.1"), @"
        error: guest `evil`: the module speaks `wasmill:guest@0.1.1`, this wasmill speaks `wasmill:guest@0.1.0`: module `FOLDER/evil.wasm`
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");
        insta::assert_snapshot!(named("wasmill:guest/transform"), @"
        error: guest `evil`: the module speaks `wasmill:guest@no version`, this wasmill speaks `wasmill:guest@0.1.0`: module `FOLDER/evil.wasm`
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");
    });
}

/// Cases 8, 9: a way out of the sandbox, and things that nobody has.
#[test]
fn imports() {
    beside(|| {
        let wants = |name: &str| refused(&inside(&format!("(import {name:?} (instance))")));
        insta::assert_snapshot!(wants("wasi:filesystem/types@0.2.0"), @"
        error: guest `evil`: the module imports `wasi:filesystem/types@0.2.0`, but a module may import only `wasmill:guest/log@0.1.0`: module `FOLDER/evil.wasm`
        hint: build it for `wasm32-unknown-unknown`, which has no files, sockets or clock; `wasmill build` does
        ");
        for name in [
            "wasi:sockets/tcp@0.2.0",
            "wasi:cli/environment@0.2.3",
            "wasi:clocks/wall-clock@0.2.0",
            "wasi:random/random@0.2.0",
        ] {
            assert!(
                wants(name).starts_with(&format!("error: guest `evil`: the module imports `{name}`, but ")),
                "{name}"
            );
        }
        insta::assert_snapshot!(wants("evil:corp/backdoor"), @"
        error: guest `evil`: the module imports `evil:corp/backdoor`, but a module may import only `wasmill:guest/log@0.1.0`: module `FOLDER/evil.wasm`
        hint: a module has no way out but its log: what it needs must be in the record
        ");
        insta::assert_snapshot!(wants("wasmill:guest/secrets@0.1.0"), @"
        error: guest `evil`: the module imports `wasmill:guest/secrets@0.1.0`, but a module may import only `wasmill:guest/log@0.1.0`: module `FOLDER/evil.wasm`
        hint: a module has no way out but its log: what it needs must be in the record
        ");
        insta::assert_snapshot!(refused(&inside("(import \"run\" (func))")), @"
        error: guest `evil`: the module imports `run`, but a module may import only `wasmill:guest/log@0.1.0`: module `FOLDER/evil.wasm`
        hint: a module has no way out but its log: what it needs must be in the record
        ");
        // Beside ours, of the right name: a function that the log does not have.
        let more = "(import \"wasmill:guest/log@0.1.0\" (instance (export \"read\" (func (result u32)))))";
        let beside = replaced(&contract(), "log: func(", "read: func() -> u32;\n    log: func(");
        let core = replaced(
            ZOO,
            "(memory (export",
            "(import \"wasmill:guest/log@0.1.0\" \"read\" (func (result i32))) (memory (export",
        );
        insta::assert_snapshot!(refused(&component(&beside, &core, "transform-guest")), @"
        error: guest `evil`: the module does not fit the contract: module `FOLDER/evil.wasm`: component imports instance `wasmill:guest/log@0.1.0`, but a matching implementation was not found in the linker: instance export `read` has the wrong type: function implementation is missing
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");
        insta::assert_snapshot!(refused(&inside(more)), @"
        error: guest `evil`: the module does not export `wasmill:guest/transform@0.1.0`: module `FOLDER/evil.wasm`
        hint: mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`
        ");
    });
}

/// Cases 11, 12, 13, 14: what is large. The compiler is never asked.
#[test]
fn bombs_for_the_compiler() {
    beside(|| {
        let data = |bytes: usize| {
            let segment = [&[1, 1][..], &number(bytes), &vec![b'x'; bytes]].concat();
            around(&module(&[section(5, &[1, 0, 1]), section(11, &segment)]))
        };
        insta::assert_snapshot!(refused(&data(100_000_000)), @"error: guest `evil`: the module has 100000037 bytes, more than the 16777216 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&data(10_000_000)), @"error: guest `evil`: the module has 10000000 bytes of data, more than the 8388608 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&around(&functions(1_000_000, 0, &[]))), @"error: guest `evil`: the module has 1000000 functions, more than the 20000 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&around(&functions(1_000_000, 0, &[1]))), @"error: guest `evil`: the module has 1000000 functions, more than the 20000 allowed: module `FOLDER/evil.wasm`");
        // `i32.const 0, if, end`, 100,000 times; the same with an `if` in each `if`.
        let beside_each_other = [0x41, 0, 0x04, 0x40, 0x0b].repeat(50_000);
        insta::assert_snapshot!(refused(&around(&functions(1, 0, &beside_each_other))), @"error: guest `evil`: the module has 50000 branches and blocks in one function, more than the 10000 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&around(&functions(1, 0, &beside_each_other.repeat(2)))), @"
        error: guest `evil`: the module has 500002 bytes in one function, more than the 262144 allowed: module `FOLDER/evil.wasm`
        hint: break the function up, or build with less inlining
        ");
        let nested = [[0x41, 0, 0x04, 0x40].repeat(11_000), vec![0x0b; 11_000]].concat();
        insta::assert_snapshot!(refused(&around(&functions(1, 0, &nested))), @"error: guest `evil`: the module has 11000 branches and blocks in one function, more than the 10000 allowed: module `FOLDER/evil.wasm`");
        let ifs = [0x41, 0, 0x04, 0x40, 0x0b].repeat(1_000);
        insta::assert_snapshot!(refused(&around(&functions(1, 5_000, &ifs))), @"error: guest `evil`: the module has 5000000 locals times blocks in one function, more than the 4000000 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&around(&functions(1, 50_000, &ifs))), @"error: guest `evil`: the module has 50000000 locals times blocks in one function, more than the 4000000 allowed: module `FOLDER/evil.wasm`");
    });
}

/// Case 14: what the case names, 200 locals by 1,000 ifs, takes no time; it is refused for what it lacks.
#[test]
fn a_small_bomb_is_no_bomb() {
    beside(|| {
        let ifs = [0x41, 0, 0x04, 0x40, 0x0b].repeat(1_000);
        insta::assert_snapshot!(refused(&around(&functions(1, 200, &ifs))), @"
        error: guest `evil`: the module does not export `wasmill:guest/transform@0.1.0`: module `FOLDER/evil.wasm`
        hint: mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`
        ");
    });
}

/// Case 15: components in components, and instances without number.
#[test]
fn nests() {
    beside(|| {
        let mut nest = inside("");
        for _ in 0..1_000 {
            nest = [b"\0asm\x0d\0\x01\0".as_slice(), &section(4, &nest)].concat();
        }
        insta::assert_snapshot!(refused(&nest), @"error: guest `evil`: the module has 3 levels of components, more than the 2 allowed: module `FOLDER/evil.wasm`");
        let many = format!("(core module $m) {}", "(core instance (instantiate $m))".repeat(10_000));
        insta::assert_snapshot!(refused(&inside(&many)), @"error: guest `evil`: the module has 10000 instances, more than the 32 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(refused(&inside(&"(core module)".repeat(1_000))), @"error: guest `evil`: the module has 17 modules inside, more than the 16 allowed: module `FOLDER/evil.wasm`");
        // Each makes ten of the one before.
        let tenfold = (1..9).fold("(component $c0)".to_owned(), |text, level| {
            let below = level - 1;
            let ten = format!("(instance (instantiate $c{below}))").repeat(10);
            format!("{text} (component $c{level} (alias outer {level} $c{below} (component $b)) {ten})")
        });
        let text = refused(&wat::parse_str(format!("(component {tenfold})")).unwrap_or_default());
        assert!(text.starts_with("error: guest `evil`: the module "), "{text}");
    });
}

/// Cases 16, 17: memories and tables that are too large, or of 64 bits.
#[test]
fn memories_and_tables() {
    beside(|| {
        let has = |text: &str| refused(&inside(&format!("(core module {text})")));
        insta::assert_snapshot!(has("(memory 65536)"), @"error: guest `evil`: the module has 4294967296 bytes of memory from the start, more than the 268435456 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(has("(memory 4000) (memory 4000)"), @"error: guest `evil`: the module has 524288000 bytes of memory from the start, more than the 268435456 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(has("(memory i64 1)"), @"
        error: guest `evil`: the module has a 64-bit memory, which is not allowed: module `FOLDER/evil.wasm`
        hint: build it for `wasm32-unknown-unknown`
        ");
        insta::assert_snapshot!(has("(memory 1 1 shared)"), @"error: guest `evil`: the module has a shared memory, but a module has no threads: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(has("(table 4294967295 funcref)"), @"error: guest `evil`: the module has 4294967295 table entries from the start, more than the 100000 allowed: module `FOLDER/evil.wasm`");
        insta::assert_snapshot!(has("(table i64 1 funcref)"), @"
        error: guest `evil`: the module has a 64-bit table, which is not allowed: module `FOLDER/evil.wasm`
        hint: build it for `wasm32-unknown-unknown`
        ");
        insta::assert_snapshot!(has("(import \"a\" \"b\" (memory i64 1))"), @"
        error: guest `evil`: the module has a 64-bit memory, which is not allowed: module `FOLDER/evil.wasm`
        hint: build it for `wasm32-unknown-unknown`
        ");
    });
}

/// Case 18: machine code, which would run outside of every check.
#[test]
fn precompiled() {
    beside(|| {
        insta::assert_snapshot!(refused(b"\x7fELF\x02\x01\x01\0wasmtime"), @"
        error: guest `evil`: this is a precompiled module, which wasmill never loads: module `FOLDER/evil.wasm`
        hint: give the `.wasm` component it was made of; wasmill compiles and caches it itself
        ");
    });
}

/// Cases 2, 6: a whole binary with one byte changed is refused or does no harm.
#[test]
fn one_byte_changed() {
    beside(|| {
        let whole = transform(ZOO);
        for at in (8..whole.len()).step_by(97) {
            let mut changed = whole.clone();
            changed[at] ^= 0x55;
            let _ = refused(&changed);
        }
    });
}
