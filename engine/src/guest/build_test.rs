use super::*;

/// A crate without dependencies, in a folder of its own.
fn a_crate(manifest: &str, lib: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head = "[package]\nname = \"guest-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), format!("{head}{manifest}")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), lib).unwrap();
    folder
}

/// The refusal, with the folder's name taken out, and what the compiler said before.
fn refusal(folder: &Path) -> (String, String) {
    let mut compiler = String::new();
    let fault = build(folder, |output| {
        if let BuildOutput::Compiler(line) = output {
            compiler.push_str(line);
            compiler.push('\n');
        }
    })
    .unwrap_err();
    (fault.report().replace(&folder.display().to_string(), "CRATE"), compiler)
}

const MODULE: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

#[test]
fn folders_that_are_no_crates() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(refusal(folder.path()).0, @r"error: there is no `Cargo.toml` in the folder: crate `CRATE`");
    insta::assert_snapshot!(refusal(&folder.path().join("missing")).0, @r"error: there is no such folder: crate `CRATE`: No such file or directory (os error 2)");
}

#[test]
fn code_that_does_not_compile() {
    let folder = a_crate(MODULE, "pub fn broken() -> u32 { \"text\" }");
    let (fault, compiler) = refusal(folder.path());
    insta::assert_snapshot!(fault, @r"
    error: the crate does not compile: crate `CRATE`

    hint: the compiler's messages stand above
    ");
    assert!(compiler.contains("error[E0308]: mismatched types"), "{compiler}");
    assert!(compiler.contains("src/lib.rs:1:26"), "{compiler}");
}

#[test]
fn a_crate_of_another_type() {
    let folder = a_crate("", "");
    insta::assert_snapshot!(refusal(folder.path()).0, @r#"
    error: the crate is built, but not as a module: crate `CRATE`

    hint: its `Cargo.toml` needs
    [lib]
    crate-type = ["cdylib", "lib"]
    (`cdylib` for the module, `lib` for its tests)
    "#);
}

#[test]
fn a_crate_without_a_transform() {
    let folder = a_crate(MODULE, "#[unsafe(no_mangle)] pub extern \"C\" fn one() -> u32 { 1 }");
    insta::assert_snapshot!(refusal(folder.path()).0, @r"
    error: there is no transform in the crate: crate `CRATE`

    hint: mark one function with `#[wasmill_sdk::transform]`
    ");
}

#[test]
fn cargos_steps_are_told_from_the_compilers_text() {
    assert!(is_step("   Compiling serde v1.0.0"));
    assert!(is_step("    Finished `release` profile [optimized] target(s) in 1.20s"));
    assert!(is_step("    Blocking waiting for file lock on package cache"));
    assert!(!is_step("error[E0308]: mismatched types"));
    assert!(!is_step(" --> src/lib.rs:1:26"));
    assert!(!is_step("    |     Some text"));
    assert!(!is_step(""));
}

#[test]
fn what_belongs_to_the_cargo_around_is_not_handed_on() {
    let belongs = |name: &str| belongs_to_another_cargo(OsStr::new(name));
    let others = [
        "CARGO",
        "CARGO_PKG_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_TARGET_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_PROFILE_RELEASE_LTO",
        "RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
    ];
    assert!(others.into_iter().all(belongs));
    let kept = [
        "RUSTUP_TOOLCHAIN",
        "CARGO_HOME",
        "CARGO_NET_OFFLINE",
        "CARGO_REGISTRIES_MINE_TOKEN",
        "CARGO_HTTP_PROXY",
        "PATH",
    ];
    assert!(!kept.into_iter().any(belongs));
}

#[test]
fn the_same_bytes_are_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.wasm");
    let artifact = Artifact {
        name: "m".to_owned(),
        file: file.clone(),
    };
    fs::write(&file, crate::guest::testing::core(crate::guest::testing::MENAGERIE)).unwrap();
    let first = to_component(&artifact, &Limits::default()).unwrap();
    assert!(!first.unchanged);
    let second = to_component(&artifact, &Limits::default()).unwrap();
    assert_eq!(
        second,
        Built {
            unchanged: true,
            ..first
        }
    );
    assert_eq!(second.component, folder.path().join("m.component.wasm"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
