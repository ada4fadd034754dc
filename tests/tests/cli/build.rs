//! `wasmill build`: crates that become no module.

use std::path::Path;

use super::support::{Desk, transcript};

/// A crate beside the lab's: it takes the SDK from here, and builds in a folder of its own.
fn build(manifest: &str, source: &str) -> String {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../guest-sdk")
        .canonicalize()
        .unwrap();
    let manifest = format!(
        "[package]\nname = \"essai\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n{}",
        manifest.replace("SDK", &sdk.display().to_string())
    );
    let desk = Desk::with(&[("Cargo.toml", &manifest), ("src/lib.rs", source)]);
    let output = desk.wasmill(&["build", "."]).env("CARGO_NET_OFFLINE", "true").fail();
    let steps = ["Compiling ", "Finished ", "Locking ", "Adding "];
    let said: String = output
        .stderr
        .lines()
        .filter(|line| !steps.iter().any(|step| line.trim_start().starts_with(step)))
        .map(|line| format!("{line}\n"))
        .collect();
    let output = wasmill_tests::command::Output { stderr: said, ..output };
    transcript(&output, &[])
}

#[test]
fn a_mistake_in_the_code_is_rustc_s_to_tell() {
    let said = build(
        "[lib]\ncrate-type = [\"cdylib\"]\n",
        "pub fn parse() -> i32 {\n    \"seven\"\n}\n",
    );
    insta::assert_snapshot!(said, @"");
}

#[test]
fn a_crate_that_is_no_module() {
    insta::assert_snapshot!(build("", "pub fn parse() {}\n"), @"");
}

#[test]
fn a_module_without_a_transform() {
    insta::assert_snapshot!(build("[lib]\ncrate-type = [\"cdylib\"]\n", "pub fn parse() {}\n"), @"");
}

#[test]
fn no_crate() {
    let desk = Desk::with(&[("empty/file", "")]);
    let said = |folder: &str| transcript(&desk.wasmill(&["build", folder]).fail(), &[]);
    insta::assert_snapshot!(said("empty"), @"");
    insta::assert_snapshot!(said("nowhere"), @"");
}
