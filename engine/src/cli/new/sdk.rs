//! Where a crate's SDK comes from: it is on no registry.

use std::path::{Component, Path, PathBuf};

use toml::Table;

use crate::error::{Fault, Result};

use super::template::File;

/// Where the copy goes.
const COPY: &str = "wasmill-sdk";

/// The SDK of a crate.
pub(super) enum Sdk {
    /// In a folder that is there; from the crate's folder, with `/` between its parts.
    Beside(String),
    /// A copy in the crate, so that it can be handed on.
    Copied,
}

impl Sdk {
    /// That of a checkout around the crate, if it is this version's; else a copy.
    pub(super) fn find(crate_folder: &Path) -> Self {
        let mut above = crate_folder.ancestors().skip(1);
        let checkout = above.find(|folder| is_checkout(folder));
        match checkout {
            Some(folder) => Self::Beside(way(crate_folder, &folder.join("guest-sdk"))),
            None => Self::Copied,
        }
    }

    /// The one that the user names: a path from the working directory.
    pub(super) fn at(path: &Path, crate_folder: &Path) -> Result<Self> {
        let wrong = |what: &str| Fault::usage(what).at(format!("`--sdk {}`", path.display()));
        let manifest = path.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).map_err(|error| {
            wrong("there is no crate")
                .because(error)
                .hint("name the SDK's folder, `guest-sdk` of a checkout; or leave it out: wasmill has a copy")
        })?;
        if package(&text).as_deref() != Some("wasmill-sdk") {
            return Err(
                wrong("that is not the crate `wasmill-sdk`").hint("name the SDK's folder, `guest-sdk` of a checkout")
            );
        }
        let absolute = std::path::absolute(path).map_err(|error| wrong("that can't be a folder").because(error))?;
        Ok(Self::Beside(match path.is_absolute() {
            true => slashes(&absolute),
            false => way(crate_folder, &absolute),
        }))
    }

    /// What the crate's manifest says.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Beside(path) => path,
            Self::Copied => COPY,
        }
    }

    /// The files that come with the crate.
    pub(super) fn files(&self) -> Vec<File> {
        match self {
            Self::Beside(_) => Vec::new(),
            Self::Copied => SOURCES
                .iter()
                .map(|(path, text)| File {
                    path: format!("{COPY}/{path}"),
                    text: (*text).to_owned(),
                })
                .collect(),
        }
    }
}

/// Whether this is wasmill's own folder, of this version.
fn is_checkout(folder: &Path) -> bool {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let is_sdk = read("guest-sdk/Cargo.toml").and_then(|text| package(&text)).as_deref() == Some("wasmill-sdk");
    is_sdk && read("Cargo.toml").and_then(|text| version(&text)).as_deref() == Some(env!("CARGO_PKG_VERSION"))
}

fn package(manifest: &str) -> Option<String> {
    let manifest: Table = manifest.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

fn version(workspace: &str) -> Option<String> {
    let workspace: Table = workspace.parse().ok()?;
    let version = workspace.get("workspace")?.get("package")?.get("version")?;
    Some(version.as_str()?.to_owned())
}

/// The way from one folder to another, both absolute; absolute itself where there is no other.
fn way(from: &Path, to: &Path) -> String {
    let (from_parts, to_parts) = (parts(from), parts(to));
    let shared = from_parts.iter().zip(&to_parts).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return slashes(to);
    }
    let up = from_parts[shared..].iter().map(|_| Component::ParentDir);
    let down = to_parts[shared..].iter().copied();
    slashes(&up.chain(down).collect::<PathBuf>())
}

/// `a/../b` is `b`, as far as texts can tell.
fn parts(path: &Path) -> Vec<Component<'_>> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}

/// As a manifest has it on every system.
fn slashes(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

macro_rules! sources {
    ($($path:literal),+ $(,)?) => {
        &[
            ("Cargo.toml", include_str!("../../../templates/sdk/manifest.toml")),
            ("macros/Cargo.toml", include_str!("../../../templates/sdk/macros.toml")),
            $(($path, include_str!(concat!("../../../../guest-sdk/", $path)))),+
        ]
    };
}

/// The SDK's files, without its tests and benchmarks. Its manifests are written for a crate that stands alone.
const SOURCES: &[(&str, &str)] = sources![
    "macros/src/aggregate.rs",
    "macros/src/derive.rs",
    "macros/src/lib.rs",
    "macros/src/state.rs",
    "macros/src/transform.rs",
    "src/aggregate/argument.rs",
    "src/aggregate/mod.rs",
    "src/aggregate/packed.rs",
    "src/cell.rs",
    "src/column/flat.rs",
    "src/column/mod.rs",
    "src/column/nested.rs",
    "src/column/validity.rs",
    "src/error.rs",
    "src/guest.rs",
    "src/guest_aggregate.rs",
    "src/json/java.rs",
    "src/json/leaf.rs",
    "src/json/mod.rs",
    "src/json/number.rs",
    "src/json/object.rs",
    "src/json/reader.rs",
    "src/json/text.rs",
    "src/json/value.rs",
    "src/json/walk.rs",
    "src/lib.rs",
    "src/log.rs",
    "src/record.rs",
    "src/rows.rs",
    "src/state/bounded.rs",
    "src/state/mod.rs",
    "src/testing.rs",
    "src/testing/aggregate.rs",
    "src/time.rs",
    "src/transform.rs",
    "wit/guest.wit",
];

#[cfg(test)]
#[path = "sdk_test.rs"]
mod tests;
