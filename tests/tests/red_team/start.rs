//! Modules that misbehave before their first record.

use super::evil::refused;
use super::good::beside;
use super::guest::{ZOO, replaced, transform, with};

fn starts(body: &str) -> String {
    refused(&with(&format!("(func $start {body}) (start $start)")))
}

/// Cases 19, 20, 21: a start that does not end, that stops, that takes all memory.
#[test]
fn start_functions() {
    beside(|| {
        insta::assert_snapshot!(starts("(loop $ever (br $ever))"), @"");
        insta::assert_snapshot!(starts("unreachable"), @"");
        insta::assert_snapshot!(starts("(drop (i32.load (i32.const -4)))"), @"");
        insta::assert_snapshot!(starts("(call $start)"), @"");
        // Up to the cap it may: what it is not given is its own affair. Beyond, if it does not mind, the same.
        let all = "(local $more i32) (loop $again (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))";
        insta::assert_snapshot!(starts(all), @"");
        insta::assert_snapshot!(starts("(if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))"), @"");
    });
}

/// Cases 19, 20: the same when it is asked what it is.
#[test]
fn descriptions() {
    beside(|| {
        let describes = |body: &str| {
            let whole = "#describe\") (result i32)";
            refused(&transform(&replaced(ZOO, whole, &format!("{whole} {body}"))))
        };
        insta::assert_snapshot!(describes("(loop $ever (br $ever))"), @"");
        insta::assert_snapshot!(describes("unreachable"), @"");
        insta::assert_snapshot!(describes("(return (i32.const -4))"), @"");
        insta::assert_snapshot!(describes("(return (i32.const 2))"), @"");
    });
}
