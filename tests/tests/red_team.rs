//! Modules and inputs that want to hurt. Beside each runs a pipeline that does not (`good.rs`), in the same process, on the same
//! WebAssembly runtime and the same threads: it has to go on and to be complete.
//!
//! | Cases                                                     | Where          |
//! |-----------------------------------------------------------|----------------|
//! | 1-18: the binary                                          | `binary.rs`    |
//! | 19-21: the start                                          | `start.rs`     |
//! | 22-35: calls that don't return as they should             | `running.rs`   |
//! | 36-49: what comes back                                    | `returning.rs`, `values.rs` |
//! | 50-53: aggregates                                         | `aggregates.rs` |
//! | 54-56: logs                                               | `logs.rs`      |
//! | one of each group, by the command itself                  | `command.rs`   |
//!
//! (57-62, modules that change while a stream runs, are in the target `reload`.)
//!
//! A test says which cases it is about in its documentation, `/// Cases 1, 2: ...`; the one below counts them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: their only answer to what should not be is to fail"
)]

#[path = "red_team/aggregates.rs"]
mod aggregates;
#[path = "red_team/binary.rs"]
mod binary;
#[path = "red_team/bytes.rs"]
mod bytes;
#[path = "red_team/command.rs"]
mod command;
#[path = "red_team/evil.rs"]
mod evil;
#[path = "red_team/good.rs"]
mod good;
#[path = "red_team/guest.rs"]
mod guest;
#[path = "red_team/logs.rs"]
mod logs;
#[path = "red_team/returned.rs"]
mod returned;
#[path = "red_team/returning.rs"]
mod returning;
#[path = "red_team/running.rs"]
mod running;
#[path = "red_team/start.rs"]
mod start;
#[path = "red_team/values.rs"]
mod values;

use std::collections::BTreeSet;

/// The numbers of a line `/// Cases 1, 2: ...`.
fn cases(line: &str) -> Vec<u32> {
    let line = line.trim_start();
    let numbers = line
        .strip_prefix("/// Cases ")
        .or_else(|| line.strip_prefix("/// Case "));
    let Some((numbers, _)) = numbers.and_then(|rest| rest.split_once(':')) else {
        return Vec::new();
    };
    numbers.split(", ").map(|number| number.parse().unwrap()).collect()
}

#[test]
fn every_case_has_a_test() {
    let sources = [
        include_str!("red_team/aggregates.rs"),
        include_str!("red_team/binary.rs"),
        include_str!("red_team/logs.rs"),
        include_str!("red_team/returning.rs"),
        include_str!("red_team/running.rs"),
        include_str!("red_team/start.rs"),
        include_str!("red_team/values.rs"),
    ];
    let covered: BTreeSet<u32> = sources
        .iter()
        .flat_map(|source| source.lines())
        .flat_map(cases)
        .collect();
    assert_eq!(covered, (1..=56).collect());
}
