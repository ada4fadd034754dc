//! How wasmill's commands find a broker that another of them runs: a file that only its owner can read.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::cluster::Orders;
use super::control::{self, Control, Wish};
use crate::error::{Fault, Result};

const FILE: &str = "broker.json";

/// What the file says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Contents {
    address: String,
    pid: u32,
    control_port: u16,
    token: String,
}

/// A broker that is made known to other commands, until this is dropped.
pub struct Announcement {
    path: PathBuf,
    token: String,
    _control: Control,
}

/// A broker that another command runs.
#[derive(Debug, Clone)]
pub struct Running(Contents);

/// The broker that is running on this machine for this user, if there is one. It is asked whether it lives; the file of one
/// that was killed is removed.
pub fn running() -> Option<Running> {
    running_in(&folder())
}

impl Running {
    /// Where clients find it: `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// `Refused`: it is there already, or can't be named so. `Unavailable`: the broker has stopped.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        let wish = Wish::CreateTopic {
            topic: topic.to_owned(),
            partitions,
        };
        control::ask(self.0.control_port, &self.0.token, wish)
            .unwrap_or_else(|| Err(Fault::unavailable("the embedded broker has stopped")))
    }
}

/// The folder of the file: the user's own for things that end with the session, or one among the temporary ones.
pub(super) fn folder() -> PathBuf {
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

pub(super) fn running_in(folder: &Path) -> Option<Running> {
    let path = folder.join(FILE);
    if !is_private(folder) {
        return None;
    }
    let contents: Contents = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    if let Some(Ok(())) = control::ask(contents.control_port, &contents.token, Wish::Ping) {
        return Some(Running(contents));
    }
    // Left behind by one that was killed. If it can't be removed it does no harm.
    drop(fs::remove_file(&path));
    None
}

pub(super) fn announce(folder: &Path, address: &str, orders: Orders) -> Result<Announcement> {
    let path = folder.join(FILE);
    let failed = |error: std::io::Error| {
        Fault::machine("the broker can't be announced")
            .at(format!("`{}`", path.display()))
            .because(error)
    };
    if let Some(other) = running_in(folder) {
        return Err(Fault::usage(format!(
            "a broker is running already: `{}` (process {})",
            other.address(),
            other.pid()
        )));
    }
    make_private(folder).map_err(failed)?;
    let token = token();
    let control = Control::start(orders, token.clone())?;
    let contents = Contents {
        address: address.to_owned(),
        pid: std::process::id(),
        control_port: control.port(),
        token: token.clone(),
    };
    let text = serde_json::to_vec(&contents).map_err(|error| failed(error.into()))?;
    // Under another name first: a reader finds it whole or not at all.
    let unfinished = folder.join(format!("{FILE}.{}", std::process::id()));
    let written = fs::File::create(&unfinished)
        .and_then(|mut file| {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                file.set_permissions(fs::Permissions::from_mode(0o600))?;
            }
            file.write_all(&text)
        })
        .and_then(|()| fs::rename(&unfinished, &path));
    written.map_err(failed)?;
    Ok(Announcement {
        path,
        token,
        _control: control,
    })
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Only our own: another broker may have taken the place meanwhile.
        let ours = fs::read(&self.path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Contents>(&text).ok())
            .is_some_and(|contents| contents.token == self.token);
        if ours {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A token nobody can guess: the standard library's hash keys are random for each process.
fn token() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let mut hash = Sha256::new();
    for round in 0..4u8 {
        hash.update(RandomState::new().hash_one(round).to_le_bytes());
    }
    hash.update(std::process::id().to_le_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if is_private(folder) {
        return Ok(());
    }
    Err(std::io::Error::other("other users can write to this folder"))
}

/// Whether nobody else can put a file there: a broker that someone else announces is not one to send records to.
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
fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn is_private(folder: &Path) -> bool {
    folder.is_dir()
}

#[cfg(test)]
#[path = "announce_test.rs"]
mod tests;
