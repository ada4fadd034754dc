//! How the processes of a user find each other: small files in a folder that only this user can write to.
//!
//! A file is JSON with a `token`, which whoever asks the process has to name: any user of the machine can reach a port.

use std::fs;
use std::io::{Result, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A file that is there until this is dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    folder: PathBuf,
    file: String,
    token: String,
}

/// The part that all files have.
#[derive(Deserialize)]
struct Token {
    token: String,
}

/// The folder of the files: the user's own for things that end with the session, or one among the temporary ones.
pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder).join("wasmill"),
        _ => {
            let user = std::env::var("USER")
                .or_else(|_| std::env::var("USERNAME"))
                .unwrap_or_default();
            let user: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
            std::env::temp_dir().join(format!("wasmill-{user}"))
        }
    }
}

/// A token nobody can guess: the standard library's hash keys are random for each process.
pub(crate) fn token() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let mut hash = Sha256::new();
    for round in 0..4u8 {
        hash.update(RandomState::new().hash_one(round).to_le_bytes());
    }
    hash.update(std::process::id().to_le_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file, which has to have `token` at its root.
///
/// # Errors
/// If the folder can't be made, or if others can write to it.
pub(crate) fn publish(folder: &Path, file: &str, token: &str, contents: &impl Serialize) -> Result<Announced> {
    make_private(folder)?;
    let text = serde_json::to_vec(contents)?;
    // Under another name first: a reader finds it whole or not at all.
    let unfinished = folder.join(format!("{file}.{}", std::process::id()));
    let mut written = fs::File::create(&unfinished)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        written.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    written.write_all(&text)?;
    fs::rename(&unfinished, folder.join(file))?;
    Ok(Announced {
        folder: folder.to_owned(),
        file: file.to_owned(),
        token: token.to_owned(),
    })
}

/// Reads a file; none if there is none, or if someone else may have put it there.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, file: &str) -> Option<T> {
    if !is_private(folder) {
        return None;
    }
    serde_json::from_slice(&fs::read(folder.join(file)).ok()?).ok()
}

/// The names of the files that begin and end so, in order.
pub(crate) fn list(folder: &Path, begin: &str, end: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(begin) && name.ends_with(end))
        .collect();
    names.sort();
    names
}

/// Removes a file unless it has another token: another process may have taken the place meanwhile. One that can't be removed
/// does no harm.
pub(crate) fn remove(folder: &Path, file: &str, token: &str) {
    if read(folder, file).is_some_and(|contents: Token| contents.token == token) {
        drop(fs::remove_file(folder.join(file)));
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        remove(&self.folder, &self.file, &self.token);
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if is_private(folder) {
        return Ok(());
    }
    Err(std::io::Error::other("other users can write to this folder"))
}

/// Whether nobody else can put a file there: what someone else announces is not to be trusted with records.
#[cfg(unix)]
fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(folder) = fs::symlink_metadata(folder) else {
        return false;
    };
    // The process's own entry belongs to the user who runs it; systems without one keep temporary folders apart by user.
    let ours = fs::metadata("/proc/self").map_or(true, |process| process.uid() == folder.uid());
    folder.is_dir() && folder.mode() & 0o022 == 0 && ours
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn is_private(folder: &Path) -> bool {
    folder.is_dir()
}

#[cfg(test)]
#[path = "announce_test.rs"]
mod tests;
