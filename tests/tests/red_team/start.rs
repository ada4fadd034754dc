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
        insta::assert_snapshot!(starts("(loop $ever (br $ever))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: used up its 50000000 units of fuel (does it loop without end?)");
        insta::assert_snapshot!(starts("unreachable"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: stopped itself (`unreachable`)");
        insta::assert_snapshot!(starts("(drop (i32.load (i32.const -4)))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: out of bounds memory access");
        insta::assert_snapshot!(starts("(call $start)"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: stack overflow (does it call itself without end?)");
        // Up to the cap it may: what it is not given is its own affair. Beyond, if it does not mind, the same.
        let all = "(local $more i32) (loop $again (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))";
        insta::assert_snapshot!(starts(all), @"it did not end with an error");
        insta::assert_snapshot!(starts("(if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: stopped itself (`unreachable`) (it asked for 3932422144 bytes of memory, 268435456 are allowed)");
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
        insta::assert_snapshot!(describes("(loop $ever (br $ever))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: used up its 50000000 units of fuel (does it loop without end?)");
        insta::assert_snapshot!(describes("unreachable"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: stopped itself (`unreachable`)");
        insta::assert_snapshot!(describes("(return (i32.const -4))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: broke the contract: pointer out of bounds of memory");
        insta::assert_snapshot!(describes("(return (i32.const 2))"), @"error: guest `evil`: the module fails when it is started: module `FOLDER/evil.wasm`: broke the contract: return pointer not aligned");
    });
}
