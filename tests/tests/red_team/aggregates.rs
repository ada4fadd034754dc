//! Aggregates that misbehave. The row that is to blame is left out, and this is told.

use super::evil::{Ran, pipeline};
use super::good::beside;
use super::guest::{SUM, aggregate, good, replaced};
use wasmill::pipeline::Saved;

/// The sum of an expression over the records of these lengths, by the aggregate of this module.
fn sums(module: &[u8], expression: &str, words: &str, resume: Option<Saved>) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.wasm"), good()).unwrap();
    std::fs::write(folder.path().join("evil.wasm"), module).unwrap();
    let lines: Vec<String> = words
        .split(' ')
        .map(|word| serde_json::json!({"partition": 0, "value": word}).to_string())
        .collect();
    std::fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
    let text = format!(
        "trigger = \"available-now\"\n[source.raw]\nreplay = \"records.jsonl\"\n[guest.sizes]\nfrom = \"raw\"\nmodule = \"good.wasm\"\n\
         [aggregate.zoo]\nmodule = \"evil.wasm\"\n\
         [table.sums]\nsql = \"SELECT length % 2 AS odd, zoo({expression}) AS z FROM sizes GROUP BY length % 2\"\n\
         [sink.sums]\nfrom = \"sums\"\nconsole = {{}}\nmode = \"update\"\n"
    );
    let ran = pipeline(folder.path(), &text, resume);
    let expected = if ran.error.is_some() { 0 } else { lines.len() as u64 };
    assert_eq!(ran.position, expected, "{ran:?}");
    assert!(ran.error.is_none() || ran.printed.is_empty(), "{ran:?}");
    ran
}

fn results(ran: &Ran) -> Vec<(Option<i64>, Option<i64>)> {
    let number = |value: &serde_json::Value| value.as_i64();
    let mut rows: Vec<(Option<i64>, Option<i64>)> = ran
        .printed
        .iter()
        .map(|line| (number(&line["row"]["odd"]), number(&line["row"]["z"])))
        .collect();
    rows.sort_unstable();
    rows
}

fn honest() -> Vec<u8> {
    aggregate(SUM)
}

const WORDS: &str = "a bb ccc dddd eeeee";

/// Cases 22, 25, 28, 29, 37, 42, 49: the ways in which a call goes wrong, in each of the calls.
#[test]
fn calls_that_fail() {
    beside(|| {
        assert_eq!(
            results(&sums(&honest(), "length", WORDS, None)),
            [(Some(0), Some(6)), (Some(1), Some(9))]
        );
        let mut told = Vec::new();
        for animal in (1..=10).map(|number| -number).chain(2001..=2007) {
            // One row of five; `finish` looks at the state.
            let expression = if animal < 0 {
                format!("CASE WHEN length = 3 THEN {animal} ELSE length END")
            } else {
                format!("CASE WHEN length = 3 THEN {animal} WHEN length % 2 = 1 THEN 0 ELSE length END")
            };
            let ran = sums(&honest(), &expression, WORDS, None);
            told.push(format!("{animal}: {:?} {}", results(&ran), ran.told()));
        }
        insta::assert_snapshot!(told.join("\n"), @"
        -1: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: bad row
        -2: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: panicked at src/lib.rs:7:5: no such animal
        -3: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: used up its 50103200 units of fuel (does it loop without end?)
        -4: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: stopped itself (`unreachable`) (it asked for 655622144 bytes of memory, 268435456 are allowed)
        -5: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: returned 1 offsets of states for 1 groups
        -6: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: the offsets of its states do not begin at 0
        -7: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: the state of group 0 ends at 9, but begins at 0 of 8 bytes
        -8: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: the state of group 0 has 9 bytes, more than the 8 it declared
        -9: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: returned 1 bytes behind its last state
        -10: [(Some(0), Some(6)), (Some(1), Some(6))] aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: broke the contract: list pointer/length out of bounds of memory
        2001: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): bad row: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2002: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): stopped itself (`unreachable`): table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2003: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has 3 entries instead of 2: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2004: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has 1 values for 2 entries: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2005: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` has float64 values, but its schema says Int64: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2006: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): returned 1 columns more than its schema has: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module

        2007: [] error: `finish` of the aggregate failed: aggregate `zoo` (zoo@DIGEST): column `zoo` is missing: table `sums`

        hint: states are merged and finished for many rows at once, so no row can be left out: mend the module
        ");
    });
}

/// Cases 50, 53: a merge that is not associative, and results that depend on what the instance saw before. The same records give the same
/// rows all the same: nothing in a module's reach differs from run to run.
#[test]
fn results_that_are_nonsense_but_the_same() {
    beside(|| {
        let add = "(call $add (i32.load (i32.add (local.get $groups) (i32.mul (local.get $i) (i32.const 4)))) (local.get $v))\n      (if (i64.eq (local.get $v) (i64.const 1001))";
        let subtract = add.replace("(local.get $v))\n", "(i64.mul (i64.const -3) (local.get $v)))\n");
        let merge = aggregate(&replaced(SUM, add, &subtract));
        let one = results(&sums(&merge, "length", WORDS, None));
        assert_eq!(one.len(), 2);
        for _ in 0..3 {
            assert_eq!(results(&sums(&merge, "length", WORDS, None)), one);
        }
        let counts = "(global.set $spoilt (i64.add (global.get $spoilt) (i64.const 1)))";
        let finish = "(local $i i32) (local $v i64) (local $count i32)\n";
        let moody = aggregate(&replaced(SUM, finish, &format!("{finish} {counts}")));
        let one = results(&sums(&moody, "length", WORDS, None));
        for _ in 0..3 {
            assert_eq!(results(&sums(&moody, "length", WORDS, None)), one);
        }
    });
}

/// Case 51: states that grow with every record, beyond what was declared; and declared without measure.
#[test]
fn states_that_grow() {
    beside(|| {
        insta::assert_snapshot!(sums(&honest(), "CASE WHEN length = 3 THEN -8 ELSE length END", WORDS, None).told(), @"aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: the state of group 0 has 9 bytes, more than the 8 it declared");
        let declares = |bytes: &str| {
            let size = "(i32.store (i32.const 92) (i32.const 8))";
            aggregate(&replaced(
                SUM,
                size,
                &format!("(i32.store (i32.const 92) (i32.const {bytes}))"),
            ))
        };
        for bytes in ["100000000", "-1"] {
            let text = sums(&declares(bytes), "length", WORDS, None);
            let first = text.refusal().lines().next().unwrap_or_default();
            assert!(first.starts_with("error: aggregate `zoo`: "), "{first}");
        }
        insta::assert_snapshot!(sums(&declares("100000000"), "length", WORDS, None).refusal(), @r#"
        error: aggregate `zoo`: the states that the module describes can't be used: module `FOLDER/evil.wasm`: aggregate `zoo`: one takes up to 100000000 bytes, more than the 262144 allowed
         --> FOLDER/evil.toml:8:10
          |
        8 | module = "evil.wasm"
          |          ^^^^^^^^^^^

        error: table `sums`: no function `zoo`
          --> FOLDER/evil.toml:10:34
           |
        10 | sql = "SELECT length % 2 AS odd, zoo(length) AS z FROM sizes GROUP BY length % 2"
           |                                  ^^^

        2 mistakes in `FOLDER/evil.toml`
        "#);
    });
}

/// Case 52: states of one version, and a module of another that can't read them. (The same in a running stream is refused: see the
/// target `reload`.)
#[test]
fn states_of_another_version() {
    beside(|| {
        let later = aggregate(&replaced(
            SUM,
            "(i32.store (i32.const 88) (i32.const 1))",
            "(i32.store (i32.const 88) (i32.const 2))",
        ));
        let before = sums(&honest(), "length", WORDS, None);
        assert_eq!(before.error, None);
        let saved = before.saved.unwrap();
        let longer = format!("{WORDS} ffffff");
        let after = resumed(&later, &longer, saved.clone());
        assert!(after.error.is_some_and(|error| error.contains("version")));
        // The one that made them goes on.
        let again = resumed(&honest(), &longer, saved);
        assert_eq!(again.error, None);
    });
}

/// As [`sums`], going on from what a run before left; its position is only moved if it runs.
fn resumed(module: &[u8], words: &str, saved: Saved) -> Ran {
    sums(module, "length", words, Some(saved))
}
