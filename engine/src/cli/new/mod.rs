//! `wasmill new`: a crate that builds, with tests, samples, a pipeline and a page that says what is what.

mod name;
mod neighbours;
mod place;
mod sdk;
mod template;

use std::path::{Path, PathBuf};

use crate::error::{Fault, Result};

use super::args::NewArgs;
use super::{Failure, term};

use place::Place;
use sdk::Sdk;

pub(super) fn new(args: &NewArgs) -> Result<(), Failure> {
    let folder = absolute(&args.path)?;
    let name = name::of_folder(&folder, &args.path)?;
    let sdk = match &args.sdk {
        Some(path) => Sdk::at(path, &folder)?,
        None => Sdk::find(&folder),
    };
    let template = template::of(args.from);

    let mut place = Place::prepare(&folder, &args.path)?;
    for file in template.files(name, &sdk) {
        place.write(&file.path, &file.text)?;
    }
    place.keep();

    term::say_line(&format!(
        "made the crate `{name}` from the template `{}`: its code is in `{}`",
        template.name,
        args.path.join("src/lib.rs").display()
    ));
    for workspace in neighbours::workspaces_that_claim(&folder) {
        term::say_line(&format!(
            "note: `{}` takes every crate here into its workspace, and this one has its own: add `exclude = [\"{name}\"]` there",
            workspace.display()
        ));
    }
    term::say_line(&format!("\nnext: wasmill dev {}", as_argument(&args.path)));
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Fault::usage(format!("`{}` can't be a folder", path.display())).because(error))?;
    // `.` and `..` at the end have no name of their own; what they stand for has one.
    if path.file_name().is_some() {
        return Ok(absolute);
    }
    absolute.canonicalize().map_err(|error| {
        Fault::usage("there is no such folder")
            .at(format!("`{}`", path.display()))
            .because(error)
    })
}

/// As a shell takes it.
fn as_argument(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./\\:~".contains(letter);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
#[path = "new_test.rs"]
mod tests;
