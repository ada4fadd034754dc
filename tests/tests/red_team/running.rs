//! Calls that don't return, or not as they should. The record that is to blame is a dead letter, its neighbours are through.

use super::evil::{Evil, refused};
use super::good::beside;
use super::guest::{ZOO, at_u, good, replaced, transform, with_at_u};

/// What becomes of `U` between others.
fn outcome(module: Vec<u8>) -> String {
    let ran = Evil::new("evil", module, "a bb U ccc dddd").run();
    assert_eq!(ran.error, None);
    assert_eq!(ran.offsets(), [0, 1, 3, 4]);
    ran.reasons()
}

/// Cases 22, 23: loops without end, of instructions and of cheap host calls.
#[test]
fn loops() {
    beside(|| {
        insta::assert_snapshot!(outcome(at_u("(loop $ever (br $ever))")), @"2: used up its 50100200 units of fuel (does it loop without end?)");
        let log = "(loop $ever (call $line (i32.const 4) (i32.const 0) (i32.const 0)) (br $ever))";
        insta::assert_snapshot!(outcome(at_u(log)), @"2: used up its 50100200 units of fuel (does it loop without end?)");
    });
}

/// Case 24: recursion without end.
#[test]
fn recursion() {
    beside(|| {
        insta::assert_snapshot!(outcome(at_u("(drop (call $recurse (i32.const 0)))")), @"2: stack overflow (does it call itself without end?)");
        // A frame of many locals, and two that call each other through a table.
        let wide = format!(
            "(func $wide (param {}) (call $wide {}))",
            "i64 ".repeat(200),
            "(local.get 0) ".repeat(200)
        );
        insta::assert_snapshot!(outcome(with_at_u(&wide, &format!("(call $wide {})", "(i64.const 1) ".repeat(200)))), @"2: stack overflow (does it call itself without end?)");
        let table = "(table $t 1 funcref) (elem (table $t) (i32.const 0) func $again) (type $f (func)) (func $again (call_indirect $t (type $f) (i32.const 0)))";
        insta::assert_snapshot!(outcome(with_at_u(table, "(call $again)")), @"2: stack overflow (does it call itself without end?)");
    });
}

/// Cases 25, 26, 27: memories and tables that grow, and large copies.
#[test]
fn memory() {
    beside(|| {
        let grow = "(loop $ever (drop (memory.grow (i32.const 1))) (br $ever))";
        insta::assert_snapshot!(outcome(at_u(grow)), @"2: asked to grow 1000 times after it was refused (does it loop without end?) (it asked for 268500992 bytes of memory, 268435456 are allowed)");
        let until = "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
        insta::assert_snapshot!(outcome(at_u(until)), @"2: stopped itself (`unreachable`) (it asked for 268697600 bytes of memory, 268435456 are allowed)");
        let table = "(table $t 1 funcref)";
        let grow = "(loop $ever (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $ever))";
        insta::assert_snapshot!(outcome(with_at_u(table, grow)), @"2: asked to grow 1000 times after it was refused (does it loop without end?) (it asked for 100002 table entries, 100000 are allowed)");
        let grow =
            "(if (i32.eq (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const -1)) (then unreachable))";
        insta::assert_snapshot!(outcome(with_at_u(table, grow)), @"2: stopped itself (`unreachable`) (it asked for 1000002 table entries, 100000 are allowed)");
        // 64 MB at a time, for a dozen instructions each.
        let room = "(drop (memory.grow (i32.const 2048)))";
        let fill = format!(
            "{room} (loop $ever (memory.fill (i32.const 65536) (i32.const 7) (i32.const 0x4000000)) (br $ever))"
        );
        insta::assert_snapshot!(outcome(at_u(&fill)), @"2: used up its 50100200 units of fuel (does it loop without end?)");
        let copy = format!(
            "{room} (loop $ever (memory.copy (i32.const 65536) (i32.const 131072) (i32.const 0x4000000)) (br $ever))"
        );
        insta::assert_snapshot!(outcome(at_u(&copy)), @"2: used up its 50100200 units of fuel (does it loop without end?)");
    });
}

/// Cases 28, 29: traps of every kind that a program comes to.
#[test]
fn traps() {
    beside(|| {
        let traps = [
            "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
            "(drop (i32.rem_u (i32.const 1) (i32.const 0)))",
            "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))",
            "(drop (i32.trunc_f64_s (f64.const nan)))",
            "(drop (i64.load (i32.const -8)))",
            "(i64.store offset=4294967295 (i32.const 1) (i64.const 0))",
            "(memory.fill (i32.const -1) (i32.const 0) (i32.const 9))",
            "unreachable",
        ];
        let told: Vec<String> = traps.map(|body| outcome(at_u(body))).into();
        insta::assert_snapshot!(told.join("\n"), @"
        2: integer divide by zero
        2: integer divide by zero
        2: integer overflow
        2: invalid conversion to integer
        2: out of bounds memory access
        2: out of bounds memory access
        2: out of bounds memory access
        2: stopped itself (`unreachable`)
        ");
        let table = "(table $t 4 funcref) (type $f (func)) (func $other (param i64)) (elem (table $t) (i32.const 1) func $other)";
        let told: Vec<String> = [0, 1, 9]
            .map(|entry| {
                outcome(with_at_u(
                    table,
                    &format!("(call_indirect $t (type $f) (i32.const {entry}))"),
                ))
            })
            .into();
        insta::assert_snapshot!(told.join("\n"), @"
        2: uninitialized element
        2: indirect call type mismatch
        2: undefined element: out of bounds table access
        ");
    });
}

/// Cases 29, 30: a panic that says so, and a second one while the first is unwound.
#[test]
fn panics() {
    beside(|| {
        let zoo = Evil::new("evil", good(), "a P bb").run();
        insta::assert_snapshot!(zoo.reasons(), @"1: panicked at src/lib.rs:12:5: index out of bounds");
        // The guest says two things, then aborts: as a panic in a destructor does.
        let texts = "(data (i32.const 1200) \"panicked at src/lib.rs:1:1:\\0afirst\") (data (i32.const 1300) \"panicked at src/lib.rs:9:9:\\0ain a destructor\")";
        let twice = "(call $line (i32.const 0) (i32.const 1200) (i32.const 33)) (call $line (i32.const 0) (i32.const 1300) (i32.const 43)) unreachable";
        insta::assert_snapshot!(outcome(with_at_u(texts, twice)), @"2: panicked at src/lib.rs:9:9: in a destructor");
        // And when the host tells it that the call is over and it may free what it gave.
        let post = "(func (export \"cabi_post_wasmill:guest/transform@0.1.0#process\") (param i32)";
        let flag = "(global $armed (mut i32) (i32.const 0))";
        let text = replaced(
            ZOO,
            post,
            &format!("{post} (if (global.get $armed) (then unreachable))"),
        );
        let text = replaced(
            &text,
            "(then unreachable)) ;; U",
            "(then (global.set $armed (i32.const 1)))) ;; U",
        );
        let text = replaced(&text, "(global $free", &format!("{flag} (global $free"));
        insta::assert_snapshot!(outcome(transform(&text)), @"2: stopped itself (`unreachable`)");
    });
}

/// Cases 31, 32: room for the records that is none, and a module that never frees.
#[test]
fn allocators() {
    beside(|| {
        let realloc = |body: &str| {
            let whole = "(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)";
            let text = replaced(ZOO, whole, &format!("{whole} {body}"));
            let ran = Evil::new("evil", transform(&text), "a bb ccc").run();
            ran.error.clone().unwrap_or_else(|| ran.reasons())
        };
        insta::assert_snapshot!(realloc("(return (i32.const -16))"), @"
        0: broke the contract: realloc return: beyond end of memory
        1: broke the contract: realloc return: beyond end of memory
        2: broke the contract: realloc return: beyond end of memory
        ");
        insta::assert_snapshot!(realloc("(return (i32.const 4097))"), @"
        0: broke the contract: realloc return: result not aligned
        1: broke the contract: realloc return: result not aligned
        2: broke the contract: realloc return: result not aligned
        ");
        insta::assert_snapshot!(realloc("unreachable"), @"
        0: stopped itself (`unreachable`)
        1: stopped itself (`unreachable`)
        2: stopped itself (`unreachable`)
        ");
        insta::assert_snapshot!(realloc("(loop $ever (br $ever))"), @"
        0: used up its 50100200 units of fuel (does it loop without end?)
        1: used up its 50100400 units of fuel (does it loop without end?)
        2: used up its 50100600 units of fuel (does it loop without end?)
        ");

        // 20 MB a record and never a byte back: its instances are replaced, nothing is lost.
        let hoard = at_u("(drop (memory.grow (i32.const 320)))");
        let words = ["U"; 12].join(" ");
        let ran = Evil::new("evil", hoard, &words).run();
        assert_eq!((ran.error.as_deref(), ran.letters().len()), (None, 0), "{ran:?}");
    });
}

/// Case 33: well for a million records, then it spins.
#[test]
fn well_for_long() {
    beside(|| {
        // Every record of `$n` counts; from the threshold on each call spins.
        let counts = "(global $seen (mut i32) (i32.const 0))";
        let text = replaced(
            ZOO,
            "(local.set $values (i32.load (local.get $r)))",
            "(local.set $values (i32.load (local.get $r)))
             (global.set $seen (i32.add (global.get $seen) (local.get $n)))
             (if (i32.gt_u (global.get $seen) (i32.const 1000000)) (then (loop $ever (br $ever))))",
        );
        let module = transform(&replaced(&text, "(global $free", &format!("{counts} (global $free")));
        let evil = Evil {
            records: vec!["a".to_owned(); 1_020_000],
            rest: Some(
                "[table.counted]\nsql = \"SELECT count(*) AS n, min(kafka_offset) AS low, max(kafka_offset) AS high FROM late\"\n[sink.counted]\nfrom = \"counted\"\nconsole = {}\nmode = \"complete\"\n",
            ),
            ..Evil::new("late", module, "")
        };
        let ran = evil.run();
        // The instance that spins is dropped, and what it was given goes to a new one.
        assert_eq!(ran.error, None);
        let row = &ran.printed[0]["row"];
        assert_eq!(
            (row["n"].as_u64(), row["low"].as_u64(), row["high"].as_u64()),
            (Some(1_020_000), Some(0), Some(1_019_999))
        );
    });
}

/// Case 34: a trap at record k of n, wherever it is, and whatever the policy.
#[test]
fn one_of_many() {
    beside(|| {
        let words = |count: usize, evil: &[usize]| {
            let word = |at| if evil.contains(&at) { "U" } else { "a" };
            (0..count).map(word).collect::<Vec<_>>().join(" ")
        };
        for count in [1usize, 2, 3, 7, 64, 100] {
            for at in [0, count / 3, count / 2, count - 1] {
                let ran = Evil::new("evil", at_u("unreachable"), &words(count, &[at])).run();
                assert_eq!(ran.letters().len(), 1, "{at} of {count}: {ran:?}");
                assert_eq!(ran.letters()[0].0, at as u64);
            }
        }
        let failed = Evil {
            options: "on_error = \"fail\"",
            ..Evil::new("evil", at_u("unreachable"), &words(9, &[5, 7]))
        };
        insta::assert_snapshot!(failed.run().refusal(), @r#"
        error: a record failed: transform `evil` (menagerie@DIGEST): topic `raw` partition 0 offset 5: stopped itself (`unreachable`)

        hint: `on_error = "dead-letter"` keeps such records aside and goes on
        "#);
        // All of them: then it is the module, and nothing passes.
        let all: Vec<usize> = (0..40).collect();
        let hopeless = Evil::new("evil", at_u("unreachable"), &words(40, &all)).run();
        insta::assert_snapshot!(hopeless.refusal(), @"
        error: the module fails on every record (16 in a row): transform `evil` (menagerie@DIGEST): topic `raw` partition 0 offset 15: stopped itself (`unreachable`)

        hint: nothing was skipped: mend the module, or go back to the one before, and start again
        ");
    });
}

/// Case 35: handles to resources of its own, without end.
#[test]
fn handles() {
    beside(|| {
        // A component of its own, with a resource that it makes again and again. It can't be linked into the contract's world by a
        // text alone: it is written as a component around the menagerie.
        let ran = refused(
            &wat::parse_str(
                r#"(component
              (type $r (resource (rep i32)))
              (core func $new (canon resource.new $r))
              (core module $m
                (import "" "new" (func $new (param i32) (result i32)))
                (func $start (loop $ever (drop (call $new (i32.const 1))) (br $ever)))
                (start $start))
              (core instance (instantiate $m (with "" (instance (export "new" (func $new))))))
              (instance $i)
              (export "wasmill:guest/transform@0.1.0" (instance $i)))"#,
            )
            .unwrap(),
        );
        insta::assert_snapshot!(ran, @"
        error: guest `evil`: the module does not fit the contract: module `FOLDER/evil.wasm`: instance export `wasmill:guest/transform@0.1.0` does not have export `describe`
        hint: build it with the `wasmill-sdk` of this version of wasmill
        ");
    });
}
