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
    let steps = ["Compiling ", "Finished ", "Locking ", "Adding ", "Blocking "];
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
    insta::assert_snapshot!(said, @r#"
    status 1
    -- stderr
    error[E0308]: mismatched types
     --> src/lib.rs:2:5
      |
    1 | pub fn parse() -> i32 {
      |                   --- expected `i32` because of return type
    2 |     "seven"
      |     ^^^^^^^ expected `i32`, found `&str`

    For more information about this error, try `rustc --explain E0308`.
    error: could not compile `essai` (lib) due to 1 previous error
    error: the crate does not compile: crate `.`

    hint: the compiler's messages stand above
    "#);
}

#[test]
fn a_crate_that_is_no_module() {
    insta::assert_snapshot!(build("", "pub fn parse() {}\n"), @r#"
    status 1
    -- stderr
    error: the crate is built, but not as a module: crate `.`

    hint: its `Cargo.toml` needs
    [lib]
    crate-type = ["cdylib", "lib"]
    (`cdylib` for the module, `lib` for its tests)
    "#);
}

#[test]
fn a_module_without_a_transform() {
    insta::assert_snapshot!(build("[lib]\ncrate-type = [\"cdylib\"]\n", "pub fn parse() {}\n"), @r"
    status 1
    -- stderr
    error: there is no transform in the crate: crate `.`

    hint: mark one function with `#[wasmill_sdk::transform]`
    ");
}

#[test]
fn no_crate() {
    let desk = Desk::with(&[("empty/file", "")]);
    let said = |folder: &str| transcript(&desk.wasmill(&["build", folder]).fail(), &[]);
    insta::assert_snapshot!(said("empty"), @r"
    status 1
    -- stderr
    error: there is no `Cargo.toml` in the folder: crate `empty`
    ");
    insta::assert_snapshot!(said("nowhere"), @r"
    status 1
    -- stderr
    error: there is no such folder: crate `nowhere`: No such file or directory (os error 2)
    ");
}
