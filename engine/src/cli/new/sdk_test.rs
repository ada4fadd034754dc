use std::collections::BTreeMap;
use std::fs;

use toml::Value;

use super::*;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources_below(folder: &Path, from: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(from).unwrap().to_str().unwrap().replace('\\', "/");
        if path.is_dir() {
            sources_below(&path, from, found);
        } else if !name.ends_with("_test.rs") && name != "Cargo.toml" {
            found.push(name);
        }
    }
}

#[test]
fn every_file_of_the_sdk_is_copied() {
    let sdk = checkout().join("guest-sdk");
    let mut there = Vec::new();
    for folder in ["src", "wit", "macros/src"] {
        sources_below(&sdk.join(folder), &sdk, &mut there);
    }
    there.sort();
    let mut copied: Vec<&str> = SOURCES.iter().map(|(path, _)| *path).collect();
    copied.retain(|path| !path.ends_with("Cargo.toml"));
    copied.sort_unstable();
    assert_eq!(copied, there, "bring the list `SOURCES` up to date");
    for (path, text) in SOURCES.iter().filter(|(path, _)| !path.ends_with("Cargo.toml")) {
        assert_eq!(fs::read_to_string(sdk.join(path)).unwrap(), *text, "{path}");
    }
}

/// A dependency's version, features and whether it takes the default ones.
fn dependency(value: &Value) -> (String, Vec<Value>, bool) {
    let of = |key: &str| value.get(key);
    let version = value.as_str().or_else(|| of("version")?.as_str()).unwrap_or_default();
    let features = of("features").and_then(Value::as_array).cloned().unwrap_or_default();
    let defaults = of("default-features").and_then(Value::as_bool).unwrap_or(true);
    (version.to_owned(), features, defaults)
}

/// The dependencies of a manifest, those of the boundary too, with what the workspace says of them.
fn dependencies(manifest: &Table, workspace: &Table) -> BTreeMap<String, (String, Vec<Value>, bool)> {
    let own = manifest.get("dependencies");
    let boundary = manifest
        .get("target")
        .and_then(|targets| targets.get("cfg(target_arch = \"wasm32\")")?.get("dependencies"));
    let all = [own, boundary]
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .flatten();
    all.filter(|(name, _)| *name != "wasmill-sdk-macros")
        .map(|(name, value)| {
            let shared = value.get("workspace").is_some();
            let value = if shared {
                &workspace["workspace"]["dependencies"][name]
            } else {
                value
            };
            (name.clone(), dependency(value))
        })
        .collect()
}

#[test]
fn the_manifests_of_the_copy_say_what_the_sdks_own_say() {
    let read = |path: &str| {
        fs::read_to_string(checkout().join(path))
            .unwrap()
            .parse::<Table>()
            .unwrap()
    };
    let workspace = read("Cargo.toml");
    for (copy, own) in [
        ("Cargo.toml", "guest-sdk/Cargo.toml"),
        ("macros/Cargo.toml", "guest-sdk/macros/Cargo.toml"),
    ] {
        let copy: Table = SOURCES
            .iter()
            .find(|(path, _)| *path == copy)
            .unwrap()
            .1
            .parse()
            .unwrap();
        let own = read(own);
        for key in ["name", "description"] {
            assert_eq!(copy["package"][key], own["package"][key]);
        }
        for key in ["version", "edition", "rust-version", "license"] {
            assert_eq!(copy["package"][key], workspace["workspace"]["package"][key], "{key}");
        }
        assert_eq!(copy.get("lib"), own.get("lib"));
        assert_eq!(dependencies(&copy, &workspace), dependencies(&own, &workspace));
    }
}

#[test]
fn a_crate_in_a_checkout_takes_its_sdk_from_there() {
    let sdk = |folder: &str| Sdk::find(&checkout().join(folder)).path().to_owned();
    assert_eq!(sdk("mine"), "../guest-sdk");
    assert_eq!(sdk("a/b/mine"), "../../../guest-sdk");
}

#[test]
fn elsewhere_and_in_a_checkout_of_another_version_it_is_a_copy() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("mine");
    let found = || Sdk::find(&folder).path().to_owned();
    assert_eq!(found(), "wasmill-sdk");
    let write = |name: &str, text: &str| {
        let file = desk.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("guest-sdk/Cargo.toml", "[package]\nname = \"wasmill-sdk\"");
    assert_eq!(found(), "wasmill-sdk");
    write("Cargo.toml", "[workspace.package]\nversion = \"99.0.0\"");
    assert_eq!(found(), "wasmill-sdk");
    write(
        "Cargo.toml",
        &format!("[workspace.package]\nversion = {:?}", env!("CARGO_PKG_VERSION")),
    );
    assert_eq!(found(), "../guest-sdk");
}

#[test]
fn one_that_is_named_has_to_be_the_sdk() {
    let desk = tempfile::tempdir().unwrap();
    let crate_folder = desk.path().join("mine");
    let sdk = checkout().join("guest-sdk");
    assert_eq!(Sdk::at(&sdk, &crate_folder).unwrap().path(), slashes(&sdk));
    let said = |folder: &Path| {
        let Err(fault) = Sdk::at(folder, &crate_folder) else {
            panic!("taken")
        };
        fault.to_string().replace(&folder.display().to_string(), "FOLDER")
    };
    assert_eq!(
        said(&checkout().join("engine")),
        "that is not the crate `wasmill-sdk`: `--sdk FOLDER`"
    );
    assert_eq!(
        said(desk.path()),
        "there is no crate: `--sdk FOLDER`: No such file or directory (os error 2)"
    );
}

#[test]
fn the_way_goes_up_and_down() {
    let way = |from: &str, to: &str| way(Path::new(from), Path::new(to));
    assert_eq!(way("/a/b", "/a/c"), "../c");
    assert_eq!(way("/a/b/c", "/a/x/../sdk"), "../../sdk");
    assert_eq!(way("/a", "/a/b/sdk"), "b/sdk");
}
