//! Versions that fail as a whole, before they are live and after.

use super::modules::{refuses, sizes, stops};
use super::support::Lab;

const ROWS: &str = "[sink.rows]\nfrom = \"sizes\"\nconsole = {}\n[sink.bad]\nfrom = \"sizes_errors\"\nconsole = {}\n";

fn many(count: usize) -> Vec<&'static str> {
    vec!["xy"; count]
}

#[test]
fn the_last_records_tell_before_it_is_live() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    lab.produce(&many(20));
    stream.rows("sizes", "length", 20);
    lab.save("sizes.wasm", &stops());
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `sizes` was not changed (canary): the module fails on every record (16 in a row): transform `sizes` (menagerie@DIGEST): topic `reloads` partition 0 offset 15: stopped itself (`unreachable`); v1 (menagerie@DIGEST) stays live");
    lab.save("sizes.wasm", &refuses());
    insta::assert_snapshot!(stream.said("was not changed", 2), @"module `sizes` was not changed (canary): it fails on all of the last 20 records, the version in use on 0: topic `reloads` partition 0 offset 0: bad record; v1 (menagerie@DIGEST) stays live");
    lab.produce(&["abc"]);
    assert_eq!(stream.rows("sizes", "length", 21)[20], 3);
    let output = stream.stop();
    assert!(!output.stdout.contains("sizes_errors"), "{output}");
}

/// Nothing was there to try it on: it fails on the first records it gets.
#[test]
fn the_last_good_one_takes_the_records_that_it_fails_on() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    // A run that has begun hears of changes; before that the file is read anyway.
    stream.said("batch 0: 0 records", 1);
    lab.save("sizes.wasm", &stops());
    stream.said(") live", 1);
    lab.produce(&many(40));
    assert_eq!(stream.rows("sizes", "length", 40), vec![2; 40]);
    insta::assert_snapshot!(stream.said("was set aside", 1), @"module `sizes` v2 (menagerie@DIGEST) was set aside: the module fails on every record (16 in a row): transform `sizes` (menagerie@DIGEST): topic `reloads` partition 0 offset 15: stopped itself (`unreachable`); v1 (menagerie@DIGEST) is live again, and takes the same records");
    // The same bytes don't come back by being saved once more.
    lab.save("sizes.wasm", &sizes(1, "length"));
    lab.save("sizes.wasm", &stops());
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `sizes` was not changed (load): it is v2 (menagerie@DIGEST) again, which was set aside: module `sizes.wasm`: the module fails on every record (16 in a row): transform `sizes` (menagerie@DIGEST): topic `reloads` partition 0 offset 15: stopped itself (`unreachable`); v1 (menagerie@DIGEST) stays live");
    let output = stream.stop();
    assert!(!output.stdout.contains("sizes_errors"), "{output}");
}

#[test]
fn without_a_good_one_the_offsets_stand_still_until_it_is_mended() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &stops());
    lab.produce(&many(40));
    let stream = lab.stream(ROWS);
    insta::assert_snapshot!(stream.said("was set aside", 1), @"module `sizes` v1 (menagerie@DIGEST) was set aside: the module fails on every record (16 in a row): transform `sizes` (menagerie@DIGEST): topic `reloads` partition 0 offset 15: stopped itself (`unreachable`); no version before it can take its place: the offsets stand still");
    lab.save("sizes.wasm", &sizes(1, "height"));
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `sizes` was not changed (swap): a batch stands still half done, and it can't be put in the middle of that; v1 (menagerie@DIGEST) stays live");
    lab.save("sizes.wasm", &sizes(3, "length"));
    insta::assert_snapshot!(stream.said(" live since", 1), @"module `sizes` v2 (menagerie@DIGEST) live since partition 0 offset 0");
    assert_eq!(stream.rows("sizes", "length", 40), vec![6; 40]);
    lab.produce(&["a"]);
    assert_eq!(stream.rows("sizes", "length", 41)[40], 3);
    let output = stream.stop();
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn a_stream_that_stands_still_can_be_stopped() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &stops());
    lab.produce(&many(40));
    let stream = lab.stream(ROWS);
    stream.said("was set aside", 1);
    let output = stream.stop();
    assert_eq!(output.code, Some(1), "{output}");
    let said = super::support::plain(&output.stderr);
    let error = said.split_once("error: ").unwrap().1;
    insta::assert_snapshot!(error, @"
    stopped in the middle of batch 0, which waited for guest `sizes` to be mended: the module fails on every record (16 in a row): transform `sizes` (menagerie@DIGEST): topic `reloads` partition 0 offset 15: stopped itself (`unreachable`)

    hint: nothing of the batch was written; the next run begins with it
    ");
}
