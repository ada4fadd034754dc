//! The lab's modules, built as a user builds them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::command::Command;

/// The module file of one of the lab's crates: `commandes`, `logs`, `metrics`. It is built once in a test process.
pub fn module(name: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    // One at a time: they share a target folder.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = built.get_or_insert_default();
    if let Some(path) = known.get(name) {
        return path.clone();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transforms").join(name);
    let output = Command::wasmill(["build"]).arg(folder).succeed();
    let path = PathBuf::from(output.stdout.trim_end());
    known.insert(name.to_owned(), path.clone());
    path
}
