//! Versions of a module, made from a text by hand: no crate has to be built for each.

use wasmill_tests::handmade::{SUM, ZOO as SIZES, aggregate, replaced, transform};

/// The transform that gives `factor` times the length of each value, in a column of this name (of six letters).
pub(crate) fn sizes(factor: i64, column: &str) -> Vec<u8> {
    assert_eq!(column.len(), "length".len());
    let times = format!("(i64.mul (i64.const {factor}) (i64.extend_i32_u (local.get $len)))");
    let text = replaced(SIZES, "(i64.extend_i32_u (local.get $len))", &times);
    transform(&replaced(&text, "\"length\"", &format!("{column:?}")))
}

/// The transform that stops at whatever it is given.
pub(crate) fn stops() -> Vec<u8> {
    let begin = "(local.set $values (i32.load (local.get $r)))";
    transform(&replaced(SIZES, begin, &format!("unreachable {begin}")))
}

/// The transform that says of each record that it is bad.
pub(crate) fn refuses() -> Vec<u8> {
    let letter = "(i32.eq (local.get $c) (i32.const 69)) ;; E";
    transform(&replaced(SIZES, letter, "(i32.const 1)"))
}

/// The aggregate `zoo`, whose result is `factor` times the sum; the version of its state, and the one that it reads besides.
pub(crate) fn sum(factor: i64, version: u32, reads: Option<u32>) -> Vec<u8> {
    let value = "(local.set $v (i64.load (i32.add (i32.load (i32.const 344)) (i32.mul (local.get $i) (i32.const 8)))))";
    let at = "(i32.add (i32.load (i32.const 344)) (i32.mul (local.get $i) (i32.const 8)))";
    let times = format!("{value} (i64.store {at} (i64.mul (i64.const {factor}) (local.get $v)))");
    let text = replaced(SUM, value, &times);
    let number = "(i32.store (i32.const 88) (i32.const 1))";
    let text = replaced(
        &text,
        number,
        &format!("(i32.store (i32.const 88) (i32.const {version}))"),
    );
    let Some(reads) = reads else {
        return aggregate(&text);
    };
    let list = "(i32.store (i32.const 96) (i32.const 0)) (i32.store (i32.const 100) (i32.const 0))";
    let one = format!(
        "(i32.store (i32.const 96) (i32.const 200)) (i32.store (i32.const 100) (i32.const 1)) (i32.store (i32.const 200) (i32.const {reads}))"
    );
    let text = replaced(&text, list, &one);
    // The states as they came, a million more each: it shows that they went through here.
    let migrate = "(local $i i32)
        (call $states (local.get $sb) (local.get $ob) (i32.sub (local.get $ol) (i32.const 1)))
        (block $done (loop $next
          (br_if $done (i32.ge_u (local.get $i) (i32.sub (local.get $ol) (i32.const 1))))
          (call $add (local.get $i) (i64.const 1000000))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
        (i32.const 256))";
    let begin = "(param $function i32) (param $version i32) (param $sb i32) (param $sl i32) (param $ob i32) (param $ol i32) (result i32)\n    ";
    let text = replaced(&text, &format!("{begin}(call $error))"), &format!("{begin}{migrate}"));
    aggregate(&text)
}

/// The aggregate `zoo` that stops at whatever it is given.
pub(crate) fn sum_stops() -> Vec<u8> {
    let add = "(local.set $at (i32.add (i32.load (i32.const 260)) (i32.mul (local.get $group) (i32.const 8))))";
    aggregate(&replaced(SUM, add, "unreachable"))
}
