//! `wasmill new`: what it makes, what it says, and what it leaves behind when it can't.

use std::fs;
use std::path::Path;

use wasmill_tests::command::Command;

use super::support::{Desk, transcript};

fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_crate_with_all_that_belongs_to_it() {
    let desk = Desk::new();
    let output = desk.wasmill(&["new", "my-transform"]).succeed();
    insta::assert_snapshot!(transcript(&output, &[]), @"
    status 0
    -- stderr
    made the crate `my-transform` from the template `orders`: its code is in `my-transform/src/lib.rs`

    next: wasmill dev my-transform
    ");
    let files = files_below(&desk.path().join("my-transform"));
    let (sdk, own): (Vec<String>, Vec<String>) = files.into_iter().partition(|file| file.starts_with("wasmill-sdk/"));
    insta::assert_snapshot!(own.join("\n"), @"
    .gitignore
    Cargo.toml
    README.md
    cases/first/by_customer.jsonl
    cases/first/orders_errors.jsonl
    cases/first/records.jsonl
    pipeline.toml
    samples.jsonl
    src/lib.rs
    src/tests.rs
    ");
    assert!(sdk.contains(&"wasmill-sdk/src/lib.rs".to_owned()));
    let read = |name: &str| fs::read_to_string(desk.path().join("my-transform").join(name)).unwrap();
    insta::assert_snapshot!(read("Cargo.toml"), @r#"
    [package]
    name = "my-transform"
    version = "0.1.0"
    edition = "2024"
    publish = false

    [lib]
    crate-type = ["cdylib", "lib"]    # `cdylib` for the module, `lib` for its tests

    [dependencies]
    wasmill-sdk = { path = "wasmill-sdk" }

    # A workspace of its own, whatever stands around it.
    [workspace]
    exclude = ["wasmill-sdk"]
    "#);
    insta::assert_snapshot!(read("README.md"), @"
    # my-transform

    Orders, a row each; one whose total can't be right is refused, with the reason.

    ```sh
    wasmill dev               # builds it, shows the rows of samples.jsonl, and again whenever you save
    wasmill test              # the cases in cases/, on the real engine, without a broker
    cargo test                # the tests in src/tests.rs, without WebAssembly
    wasmill check pipeline.toml --schema
    ```

    On a broker, here the one that comes with wasmill:

    ```sh
    wasmill broker            # in a terminal of its own
    wasmill topics create commandes-json
    wasmill produce commandes-json --generate orders --count 500
    wasmill run pipeline.toml
    ```

    | file | what |
    |---|---|
    | `src/lib.rs` | the code; at its end are things to try |
    | `src/tests.rs` | its tests |
    | `pipeline.toml` | where records come from, the SQL over the rows, where the results go |
    | `samples.jsonl` | some records, one a line |
    | `cases/NAME/` | `records.jsonl`, and beside it, for each table `TABLE.jsonl`, the rows they have to become; `wasmill test --bless` writes those |

    Something is missing? `wasmill doctor pipeline.toml` says what, and the command that mends it.
    ");
}

#[test]
fn in_a_checkout_or_with_a_named_sdk_there_is_no_copy() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let desk = Desk::new();
    let sdk = checkout.join("guest-sdk");
    desk.wasmill(&["new", "named", "--sdk", sdk.to_str().unwrap()])
        .succeed();
    let manifest = fs::read_to_string(desk.path().join("named/Cargo.toml")).unwrap();
    assert!(
        manifest.contains(&format!("wasmill-sdk = {{ path = {sdk:?} }}")),
        "{manifest}"
    );
    assert!(!desk.path().join("named/wasmill-sdk").exists());

    let inside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if !inside.path().starts_with(&checkout) {
        return; // the target folder is elsewhere
    }
    Command::wasmill(["new", "mine"]).within(inside.path()).succeed();
    let manifest = fs::read_to_string(inside.path().join("mine/Cargo.toml")).unwrap();
    assert!(manifest.contains("../guest-sdk\" }"), "{manifest}");
    assert!(!inside.path().join("mine/wasmill-sdk").exists());
}

#[test]
fn here_is_a_place_too() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("mine")).unwrap();
    let here = desk.path().join("mine");
    let output = desk.wasmill(&["new", ".", "--from", "blank"]).within(&here).succeed();
    insta::assert_snapshot!(transcript(&output, &[]), @"
    status 0
    -- stderr
    made the crate `mine` from the template `blank`: its code is in `./src/lib.rs`

    next: wasmill dev .
    ");
    let pipeline = fs::read_to_string(here.join("pipeline.toml")).unwrap();
    assert!(pipeline.starts_with("name = \"mine\"\n"), "{pipeline}");
}

#[test]
fn what_can_t_be_made_leaves_nothing_behind() {
    let desk = Desk::with(&[("full/file", ""), ("file", "")]);
    let before = files_below(desk.path());
    let said = |arguments: &[&str]| {
        let output = desk.wasmill(&[&["new"], arguments].concat()).fail();
        transcript(&output, &[])
    };
    insta::assert_snapshot!(said(&["full"]), @"
    status 1
    -- stderr
    error: the folder is there already, and is not empty: `full`

    hint: name another; `wasmill new` never writes over a file
    ");
    insta::assert_snapshot!(said(&["file"]), @"
    status 1
    -- stderr
    error: there is a file in its place: `file`

    hint: name another; `wasmill new` never writes over a file
    ");
    insta::assert_snapshot!(said(&["file/mine"]), @"
    status 1
    -- stderr
    error: there is a file in its place: `file/mine`

    hint: name another; `wasmill new` never writes over a file
    ");
    insta::assert_snapshot!(said(&["my transform"]), @"
    status 1
    -- stderr
    error: a crate can't be called `my transform`: a blank is no letter, digit, `-` or `_`: `my transform`

    hint: `my-transform` would do
    ");
    insta::assert_snapshot!(said(&["deep/in/there/match"]), @"
    status 1
    -- stderr
    error: a crate can't be called `match`: that is a word of Rust: `deep/in/there/match`

    hint: `my-match` would do
    ");
    insta::assert_snapshot!(said(&["nowhere/.."]), @"
    status 1
    -- stderr
    error: there is no such folder: `nowhere/..`: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(said(&["mine", "--from", "order"]), @"
    status 2
    -- stderr
    error: invalid value 'order' for '--from <TEMPLATE>'
      [possible values: orders, logs, metrics, aggregate, blank]

      tip: a similar value exists: 'orders'

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["mine", "--sdk", "full"]), @"
    status 1
    -- stderr
    error: there is no crate: `--sdk full`: No such file or directory (os error 2)

    hint: name the SDK's folder, `guest-sdk` of a checkout; or leave it out: wasmill has a copy
    ");
    assert_eq!(files_below(desk.path()), before);
    assert!(!desk.path().join("deep").exists());
}

/// `/proc` takes no folders, whoever asks.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_can_t_be_written() {
    let desk = Desk::new();
    insta::assert_snapshot!(transcript(&desk.wasmill(&["new", "/proc/mine"]).fail(), &[]), @"
    status 1
    -- stderr
    error: the folder can't be made: `/proc/mine`: No such file or directory (os error 2)
    ");
}

#[test]
fn a_workspace_around_it_that_claims_it_is_told() {
    let desk = Desk::with(&[("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n")]);
    let output = desk.wasmill(&["new", "mine"]).succeed();
    let path = desk.path().display().to_string();
    insta::assert_snapshot!(transcript(&output, &[(&path, "DESK")]), @r#"
    status 0
    -- stderr
    made the crate `mine` from the template `orders`: its code is in `mine/src/lib.rs`
    note: `DESK/Cargo.toml` takes every crate here into its workspace, and this one has its own: add `exclude = ["mine"]` there

    next: wasmill dev mine
    "#);
}

#[test]
fn no_name() {
    let desk = Desk::new();
    insta::assert_snapshot!(transcript(&desk.wasmill(&["new"]).fail(), &[]), @"
    status 2
    -- stderr
    error: the following required arguments were not provided:
      <PATH>

    Usage: wasmill new <PATH>

    For more information, try '--help'.
    ");
}
