//! Aggregates whose module changes: what was counted counts on, if the new version can read it.

use super::modules::{sum, sum_stops};
use super::support::Lab;

const GUESTS: &str = "[aggregate.zoo]\nmodule = \"zoo.wasm\"\n";
const TABLES: &str = "[table.t]\nsql = \"SELECT zoo(length(CAST(value AS STRING))) AS total FROM raw\"\n[sink.t]\nfrom = \"t\"\nconsole = {}\nmode = \"update\"\n";

#[test]
fn the_same_states_count_on() {
    let lab = Lab::new();
    lab.save("zoo.wasm", &sum(1, 1, None));
    let stream = lab.stream_with(GUESTS, TABLES);
    lab.produce(&["a", "bb"]);
    assert_eq!(last_total(&stream, 3), 3);
    lab.save("zoo.wasm", &sum(10, 1, None));
    insta::assert_snapshot!(stream.said(") live", 1), @"module `zoo` v2 (zoo@DIGEST) live");
    lab.produce(&["cccc"]);
    assert_eq!(last_total(&stream, 70), 70);
}

/// Once it is live it would end the run: so it is tried on the last records before.
#[test]
fn one_that_fails_on_the_last_records_is_not_taken() {
    let lab = Lab::new();
    lab.save("zoo.wasm", &sum(1, 1, None));
    let stream = lab.stream_with(GUESTS, TABLES);
    let values = vec!["a"; 20];
    lab.produce(&values);
    assert_eq!(last_total(&stream, 20), 20);
    lab.save("zoo.wasm", &sum_stops());
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `zoo` was not changed (canary): the aggregate stops at every row (the first 16 tried): aggregate `zoo` (zoo@DIGEST): stopped itself (`unreachable`): table `t`; v1 (zoo@DIGEST) stays live");
    lab.produce(&["bb"]);
    assert_eq!(last_total(&stream, 22), 22);
}

#[test]
fn other_states_are_refused_or_migrated() {
    let lab = Lab::new();
    lab.save("zoo.wasm", &sum(1, 1, None));
    let stream = lab.stream_with(GUESTS, TABLES);
    lab.produce(&["a", "bb"]);
    assert_eq!(last_total(&stream, 3), 3);
    lab.save("zoo.wasm", &sum(1, 2, None));
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `zoo` was not changed (swap): its states are of version 2, and those that are kept of version 1, which it does not read: aggregate `zoo` (zoo@DIGEST); v1 (zoo@DIGEST) stays live");
    lab.produce(&["cc"]);
    assert_eq!(last_total(&stream, 5), 5);
    lab.save("zoo.wasm", &sum(1, 2, Some(1)));
    stream.said(") live", 1);
    lab.produce(&["ddd"]);
    assert_eq!(last_total(&stream, 1_000_008), 1_000_008);
    // Back to the first one, which does not know what the second one wrote.
    lab.save("zoo.wasm", &sum(1, 1, None));
    insta::assert_snapshot!(stream.said("was not changed", 2), @"module `zoo` was not changed (swap): its states are of version 1, and those that are kept of version 2, which it does not read: aggregate `zoo` (zoo@DIGEST); v2 (zoo@DIGEST) stays live");
}

/// The total, once it is this; or the last one, if it never is.
fn last_total(stream: &super::support::Stream, wanted: i64) -> i64 {
    stream.0.wait_for_stdout(&format!("a total of {wanted}"), |text| {
        let totals = super::support::rows_of(text, "t", "total");
        totals
            .iter()
            .filter_map(serde_json::Value::as_i64)
            .find(|total| *total == wanted)
    })
}
