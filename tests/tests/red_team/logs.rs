//! Logs: they are counted, cut and escaped.

use super::evil::Evil;
use super::good::{beside, said};
use super::guest::{at_u, with_at_u};

/// What a guest of this name says at a `U`, and whether the record came through.
fn logged(name: &str, module: Vec<u8>) -> (Vec<String>, bool) {
    let ran = Evil::new(name, module, "a U b").run();
    assert_eq!(ran.error, None);
    (said(name), ran.letters().is_empty())
}

/// Case 54: a flood, of lines that are allowed and of lines that are not.
#[test]
fn floods() {
    beside(|| {
        let some = "(local.set $k (i32.const 10000)) (loop $again (call $line (i32.const 2) (i32.const 1152) (i32.const 6)) (br_if $again (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))";
        let (lines, through) = logged("flood", at_u(some));
        assert!(through);
        assert_eq!(lines.len(), 21);
        assert_eq!(lines[20], "flood: ... 9980 more lines");
        let (lines, through) = logged(
            "endless",
            at_u("(loop $ever (call $line (i32.const 2) (i32.const 1152) (i32.const 6)) (br $ever))"),
        );
        assert!(!through);
        assert!(lines.len() == 21 && lines[20].ends_with(" more lines"), "{lines:?}");
    });
}

/// Case 55: a line that is far too long, in the guest's memory and beyond it.
#[test]
fn long_lines() {
    beside(|| {
        let long = "(drop (memory.grow (i32.const 1600))) (memory.fill (i32.const 65536) (i32.const 108) (i32.const 50000000)) (call $line (i32.const 2) (i32.const 65536) (i32.const 50000000))";
        let (lines, _) = logged("long", at_u(long));
        assert!(
            lines.iter().all(|line| line.len() < 1_100),
            "{:?}",
            lines.iter().map(String::len).collect::<Vec<_>>()
        );
        let evil = Evil::new(
            "gigabyte",
            at_u("(call $line (i32.const 2) (i32.const 0) (i32.const 1000000000))"),
            "a U b",
        )
        .run();
        insta::assert_snapshot!(evil.reasons(), @"1: broke the contract: string pointer/length out of bounds of memory");
        let evil = Evil::new(
            "binary",
            with_at_u(
                "(data (i32.const 1200) \"\\ff\\fe\")",
                "(call $line (i32.const 2) (i32.const 1200) (i32.const 2))",
            ),
            "a U b",
        )
        .run();
        insta::assert_snapshot!(evil.reasons(), @"1: broke the contract: invalid utf-8 sequence of 1 bytes from index 0");
        let evil = Evil::new(
            "level",
            at_u("(call $line (i32.const 77) (i32.const 0) (i32.const 0))"),
            "a U b",
        )
        .run();
        insta::assert_snapshot!(evil.reasons(), @"1: broke the contract: unexpected discriminant: 77");
    });
}

/// Case 56: a line that would be two, or another's, or would move the cursor.
#[test]
fn forged_lines() {
    beside(|| {
        let data = "(data (i32.const 1200) \"a\\0aother: error: forged\\0d\\0aerror: \\1b[2J\\1b]0;x\\07\\00\\e2\\80\\ae\\c2\\85\\e2\\80\\a8end\")";
        let (lines, through) = logged(
            "forger",
            with_at_u(data, "(call $line (i32.const 2) (i32.const 1200) (i32.const 54))"),
        );
        assert!(through);
        insta::assert_snapshot!(lines.join("\n"), @r"forger: info: a\nother: error: forged\r\nerror: \u{1b}[2J\u{1b}]0;x\u{7}\u{0}\u{202e}\u{85}\u{2028}end\u{0}");
    });
}
