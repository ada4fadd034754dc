//! A crate whose sources change.

use std::path::Path;

use super::support::Lab;

const LIB: &str = r#"
use wasmill_sdk::{Error, IntoRows, Record, Row, transform};

mod points;

#[derive(Row)]
struct Points {
    points: i64,
}

#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(Points { points: points::of(record.value().unwrap_or_default().len()) })
}
"#;

fn points(factor: i64) -> String {
    format!("pub fn of(length: usize) -> i64 {{ {factor} * length as i64 }}\n")
}

#[test]
fn a_saved_source_is_built_and_takes_over_and_a_mistake_is_shown() {
    let lab = Lab::new();
    let crate_dir = lab.path("mine");
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../guest-sdk")
        .canonicalize()
        .unwrap();
    std::fs::create_dir_all(crate_dir.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\
         [dependencies]\nwasmill-sdk = {{ path = {:?} }}\n[workspace]\n",
        sdk.display().to_string()
    );
    std::fs::write(crate_dir.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(crate_dir.join("src/lib.rs"), LIB).unwrap();
    std::fs::write(crate_dir.join("src/points.rs"), points(1)).unwrap();
    let stream = lab.stream_with(
        "[guest.mine]\nfrom = \"raw\"\nmodule = \"mine\"\n",
        "[sink.rows]\nfrom = \"mine\"\nconsole = {}\n",
    );
    lab.produce(&["a", "bb"]);
    assert_eq!(stream.rows("mine", "points", 2), [1, 2]);

    // A file below `src`, as an editor saves it.
    let file = crate_dir.join("src/points.rs");
    super::support::rename_into(&file, points(10).as_bytes());
    insta::assert_snapshot!(stream.said(" live since", 1), @"module `mine` v2 (mine@DIGEST) live since partition 0 offset 2");
    lab.produce(&["ccc"]);
    assert_eq!(stream.rows("mine", "points", 3), [1, 2, 30]);

    std::fs::write(&file, "pub fn of(length: usize) -> i64 { lenght as i64 }\n").unwrap();
    insta::assert_snapshot!(stream.said("was not changed", 1), @"module `mine` was not changed (build): the crate does not compile: crate `mine`; v2 (mine@DIGEST) stays live");
    lab.produce(&["d"]);
    assert_eq!(stream.rows("mine", "points", 4), [1, 2, 30, 10]);
    // What was built, and cargo's own files, are no reason to build again.
    let output = stream.stop();
    assert!(output.stderr.contains("cannot find value `lenght`"), "{output}");
    // (Saved while the run still looks whether the crate is as it was planned, the change is taken by that look, and then seen.)
    assert!(output.stderr.matches("nothing new").count() <= 1, "{output}");
}
