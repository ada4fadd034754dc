use super::{Target, shape};
use crate::quiet::quiet_outcome;

/// The name of a target that has one input, `(1)`.
const TARGET: &str = "runner";

#[test]
fn an_input_that_fails_is_told_small_and_kept() {
    let failure = quiet_outcome(|| {
        Target::new(TARGET).seeds(["((2))"]).words(["boo"]).run(|input| {
            assert!(!input.windows(3).any(|part| part == b"boo"), "it said boo");
            String::new()
        });
    });
    let message = failure.unwrap_err();
    assert!(message.contains("fuzz runner: it said boo"), "{message}");
    assert!(message.contains("which every run tries first:\nboo\n"), "{message}");
    assert!(message.contains("of WASMILL_FUZZ_SEED="), "{message}");

    // The corpus is left as it was.
    let kept = std::path::Path::new(message.split('`').nth(1).unwrap());
    assert_eq!(kept.parent(), Some(&*Target::new(TARGET).folder()));
    assert_eq!(std::fs::read(kept).unwrap(), b"boo");
    std::fs::remove_file(kept).unwrap();
}

#[test]
fn shapes_are_equal_where_the_kind_is() {
    assert_eq!(
        shape("column `a.b` has 17 entries instead of 3"),
        shape("column `c` has 2 entries instead of 1048576")
    );
    assert_eq!(shape("found `\"a INT\"` there"), shape("found `x` there"));
    assert_eq!(shape("version: 0xea01 at 7"), shape("version: 0x1 at 0"));
    assert_ne!(shape("column `a` has 2 entries"), shape("column `a` has 2 offsets"));
    assert!(shape(&"é".repeat(1000)).len() <= 202);
}
