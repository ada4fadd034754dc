//! Files that change, in the ways in which they do.

use super::modules::sizes;
use super::support::{Lab, rename_into};

const ROWS: &str = "[sink.rows]\nfrom = \"sizes\"\nconsole = {}\n";

#[test]
fn a_saved_module_takes_over_between_two_batches() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    lab.produce(&["a", "bb", "ccc"]);
    assert_eq!(stream.rows("sizes", "length", 3), [1, 2, 3]);
    lab.save("sizes.wasm", &sizes(10, "length"));
    let live = stream.said(" live since", 1);
    insta::assert_snapshot!(live, @"module `sizes` v2 (menagerie@DIGEST) live since partition 0 offset 3");
    lab.produce(&["a", "bb"]);
    assert_eq!(stream.rows("sizes", "length", 5), [1, 2, 3, 10, 20]);
    // The one before again: it is the same version as then.
    lab.save("sizes.wasm", &sizes(1, "length"));
    insta::assert_snapshot!(stream.said(" live since", 2), @"module `sizes` v1 (menagerie@DIGEST) live since partition 0 offset 5");
    lab.produce(&["dddd"]);
    assert_eq!(stream.rows("sizes", "length", 6)[5], 4);
    let output = stream.stop();
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn a_stream_that_has_had_no_record_takes_it_too() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    // Something to know that it runs by.
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    for factor in 2..5 {
        lab.save("sizes.wasm", &sizes(factor, "length"));
        stream.said(" live since", usize::try_from(factor).unwrap() - 1);
    }
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 8]);
}

#[test]
fn good_then_bad_then_good() {
    let lab = Lab::new();
    let good = sizes(1, "length");
    lab.save("sizes.wasm", &good);
    let stream = lab.stream(ROWS);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);

    lab.save("sizes.wasm", b"no module at all");
    insta::assert_snapshot!(stream.said("was not changed", 1), @r"module `sizes` was not changed (load): this is not a WebAssembly module (it does not begin with `\0asm`): module `sizes.wasm`; v1 (menagerie@DIGEST) stays live");
    // Half of it, written in place and left at that.
    std::fs::write(lab.path("sizes.wasm"), &good[..good.len() / 2]).unwrap();
    insta::assert_snapshot!(stream.said("was not changed", 2), @"module `sizes` was not changed (load): the module's binary is broken: module `sizes.wasm`: unexpected end-of-file (at offset 0x9e1); v1 (menagerie@DIGEST) stays live");
    std::fs::write(lab.path("sizes.wasm"), b"").unwrap();
    insta::assert_snapshot!(stream.said("was not changed", 3), @"module `sizes` was not changed (load): the module is empty: module `sizes.wasm`; v1 (menagerie@DIGEST) stays live");
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 2]);
    // The good one again is nothing new.
    lab.save("sizes.wasm", &good);
    insta::assert_snapshot!(stream.said("nothing new", 1), @"module `sizes`: nothing new, v1 (menagerie@DIGEST) is live");
    lab.save("sizes.wasm", &sizes(7, "length"));
    stream.said(" live since", 1);
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 3), [1, 2, 14]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "who writes slowly takes his time")]
fn a_file_that_is_written_slowly_is_taken_when_it_is_whole() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    let next = sizes(3, "length");
    for end in (1..=8).map(|part| next.len() * part / 8) {
        std::fs::write(lab.path("sizes.wasm"), &next[..end]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(40));
    }
    stream.said(" live since", 1);
    lab.produce(&["a"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 3]);
    let output = stream.stop();
    assert!(!output.stderr.contains("was not changed"), "{output}");
}

#[test]
fn a_file_goes_and_comes_back() {
    let lab = Lab::new();
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    std::fs::remove_file(lab.path("sizes.wasm")).unwrap();
    insta::assert_snapshot!(stream.said("is gone", 1), @"module `sizes`: `sizes.wasm` is gone; v1 (menagerie@DIGEST) stays live");
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 2]);
    lab.save("sizes.wasm", &sizes(5, "length"));
    stream.said(" live since", 1);
    lab.produce(&["bb"]);
    assert_eq!(stream.rows("sizes", "length", 3), [1, 2, 10]);
}

#[test]
fn it_takes_over_while_the_broker_is_away() {
    let lab = Lab::new();
    if lab.kafka.is_real() {
        // It is not ours to stop.
        return;
    }
    lab.save("sizes.wasm", &sizes(1, "length"));
    let stream = lab.stream(ROWS);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    let Lab { kafka, folder, .. } = lab;
    drop(kafka);
    stream.said("no answer from the broker", 1);
    rename_into(&folder.path().join("sizes.wasm"), &sizes(2, "length"));
    insta::assert_snapshot!(stream.said(" live since", 1), @"module `sizes` v2 (menagerie@DIGEST) live since partition 0 offset 1");
}

#[cfg(unix)]
#[test]
fn a_link_points_elsewhere() {
    use std::os::unix::fs::symlink;
    let lab = Lab::new();
    for folder in ["one", "two"] {
        std::fs::create_dir(lab.path(folder)).unwrap();
    }
    std::fs::write(lab.path("one/m.wasm"), sizes(1, "length")).unwrap();
    std::fs::write(lab.path("two/m.wasm"), sizes(2, "length")).unwrap();
    symlink("one/m.wasm", lab.path("sizes.wasm")).unwrap();
    let stream = lab.stream(ROWS);
    lab.produce(&["a"]);
    stream.rows("sizes", "length", 1);
    symlink("two/m.wasm", lab.path("other.tmp")).unwrap();
    std::fs::rename(lab.path("other.tmp"), lab.path("sizes.wasm")).unwrap();
    stream.said(" live since", 1);
    lab.produce(&["a"]);
    assert_eq!(stream.rows("sizes", "length", 2), [1, 2]);
    // And what it points to now is what is watched.
    rename_into(&lab.path("two/m.wasm"), &sizes(3, "length"));
    stream.said(" live since", 2);
    lab.produce(&["a"]);
    assert_eq!(stream.rows("sizes", "length", 3), [1, 2, 3]);
}
