//! A version with other columns: the pipeline is planned with it again, or it is refused.

use super::modules::sizes;
use super::support::Lab;

#[test]
fn queries_that_still_type_go_on_with_it() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(
        "[table.all]\nsql = \"SELECT * FROM sizes\"\n[sink.all]\nfrom = \"all\"\nconsole = {}\n\
         [table.n]\nsql = \"SELECT count(*) AS n FROM sizes\"\n[sink.n]\nfrom = \"n\"\nconsole = {}\nmode = \"update\"\n",
    );
    lab.produce(&["a", "bb"]);
    assert_eq!(stream.rows("all", "length", 2), [1, 2]);
    lab.save("sizes.wasm", &sizes(1, "height"));
    stream.said(" live since", 1);
    lab.produce(&["ccc"]);
    assert_eq!(stream.rows("all", "height", 3)[2], 3);
    // What was counted before counts on.
    let counts = stream.0.wait_for_stdout("the count of all", |text| {
        let counts = super::support::rows_of(text, "n", "n");
        counts.contains(&3.into()).then_some(counts)
    });
    assert_eq!(counts.last().unwrap(), 3);
}

#[test]
fn a_query_that_does_not_type_with_it_keeps_it_out() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(
        "[table.twice]\nsql = \"SELECT 2 * length AS l FROM sizes\"\n[sink.twice]\nfrom = \"twice\"\nconsole = {}\n",
    );
    lab.produce(&["a"]);
    stream.rows("twice", "l", 1);
    lab.save("sizes.wasm", &sizes(1, "height"));
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `sizes` was not changed (types): table `twice`: no column `length`: `p.toml:8`; v1 (menagerie@DIGEST) stays live");
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("twice", "l", 2), [2, 4]);
}
