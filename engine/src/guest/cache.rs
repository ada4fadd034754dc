//! Compiled modules on disk, by digest.
//!
//! Machine code that is loaded runs outside of every check, so this folder is trusted, and only because of what is made sure of:
//! the folder belongs to the user who runs wasmill and nobody else may write to it (else it is not used); so do the files;
//! and a file is what this program wrote, to the last byte, by the checksum in its head. That guards against other users,
//! half-written files and failing disks. It does not guard against the user's own account: whoever writes there can
//! replace wasmill itself. A file a user *gives* as a module never comes here (see `inspect.rs`).
//!
//! Whatever is wrong with a file, the answer is to compile again.

use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::digest::Digest;
use super::native;
use crate::error::{Fault, Result};

/// Where compiled modules are kept.
#[derive(Debug, Clone, Default)]
pub enum CacheFolder {
    /// `$WASMILL_CACHE/modules`, or else `wasmill/modules` in the platform's cache folder.
    #[default]
    Default,
    /// Here.
    At(PathBuf),
    /// Nowhere: each start compiles again.
    Off,
}

impl CacheFolder {
    fn path(&self) -> Option<PathBuf> {
        let variable = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        match self {
            Self::At(path) => Some(path.clone()),
            Self::Off => None,
            Self::Default => {
                let of_the_platform = || {
                    if cfg!(windows) {
                        return variable("LOCALAPPDATA").map(|local| local.join("wasmill"));
                    }
                    let home = variable("HOME");
                    let caches = if cfg!(target_os = "macos") {
                        "Library/Caches"
                    } else {
                        ".cache"
                    };
                    let folder = variable("XDG_CACHE_HOME").or_else(|| Some(home?.join(caches)));
                    folder.map(|folder| folder.join("wasmill"))
                };
                variable("WASMILL_CACHE")
                    .or_else(of_the_platform)
                    .map(|folder| folder.join("modules"))
            }
        }
    }
}

impl CacheFolder {
    /// The folder, made if need be, if compiled modules can be kept there.
    ///
    /// # Errors
    /// `Machine`: it can't be, and each start compiles its modules again.
    pub fn usable(&self) -> Result<PathBuf> {
        let hint = "name another with WASMILL_CACHE";
        let folder = self.path().ok_or_else(|| {
            Fault::machine("there is no folder for compiled modules: neither HOME nor XDG_CACHE_HOME is set").hint(hint)
        })?;
        let place = format!("`{}`", folder.display());
        let owner = create_private(&folder).and_then(|()| Owner::of_new_files_in(&folder));
        let trusted = owner.and_then(|owner| Ok(owner.alone_may_write(&fs::metadata(&folder)?)));
        match trusted {
            Ok(true) => Ok(folder),
            Ok(false) => Err(
                Fault::machine("others may write to the folder, so what is in it is not trusted")
                    .at(place)
                    .hint(format!("chmod go-w {}", folder.display())),
            ),
            Err(error) => Err(Fault::machine("the folder can't be written")
                .at(place)
                .because(error)
                .hint(hint)),
        }
    }
}

/// A folder that may be trusted.
pub(super) struct Cache {
    folder: PathBuf,
    owner: Owner,
    /// Stands for wasmtime's version, its settings and this processor's features.
    environment: u64,
}

impl Cache {
    /// The folder, made if need be; `None` if there is none that can be written and trusted.
    pub(super) fn open(folder: &CacheFolder, engine: &Engine) -> Option<Self> {
        let folder = folder.path()?;
        create_private(&folder).ok()?;
        let owner = Owner::of_new_files_in(&folder).ok()?;
        if !owner.alone_may_write(&fs::metadata(&folder).ok()?) {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Some(Self {
            folder,
            owner,
            environment: hasher.finish(),
        })
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{digest}-{:016x}.cwasm", self.environment))
    }

    /// The compiled module, if it is there and whole.
    pub(super) fn get(&self, digest: &Digest, engine: &Engine) -> Option<Component> {
        let mut file = File::open(self.path(digest)).ok()?;
        // Asked of the open file, so that it can't be another one by the time it is read.
        if !self.owner.alone_may_write(&file.metadata().ok()?) {
            return None;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        native::load(engine, &bytes)
    }

    /// Keeps a compiled module, as wasmtime serialised it. Failing to is no error: the next start compiles again.
    pub(super) fn put(&self, digest: &Digest, payload: &[u8]) {
        // A full disk or a lost race leaves no file or a whole one.
        let _ = self.write(digest, payload).and_then(|()| self.prune());
    }

    /// Removes the oldest files when there are too many, and with them what a crash left behind.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            files.push((file.metadata()?.modified()?, file.path()));
        }
        files.sort();
        let too_many = files.len().saturating_sub(KEPT);
        files
            .iter()
            .take(too_many)
            .try_for_each(|(_, path)| fs::remove_file(path))
    }

    fn write(&self, digest: &Digest, payload: &[u8]) -> io::Result<()> {
        let hidden = hidden_name(&self.folder);
        let written = create_new_private(&hidden).and_then(|mut file| {
            native::write(&mut file, payload)?;
            fs::rename(&hidden, self.path(digest))
        });
        if written.is_err() {
            let _ = fs::remove_file(&hidden);
        }
        written
    }
}

/// Files that are kept. Whoever works on a module makes a new one with each build.
const KEPT: usize = 64;

/// A name that no other process or thread uses now.
fn hidden_name(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{}-{number}.tmp", std::process::id()))
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn create_new_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The user that files made here belong to: on Unix its number, as the file system knows it.
struct Owner(#[cfg(unix)] u32);

impl Owner {
    /// Found by making a file, which also tells whether the folder can be written.
    fn of_new_files_in(folder: &Path) -> io::Result<Self> {
        let probe = hidden_name(folder);
        let metadata = create_new_private(&probe)?.metadata();
        fs::remove_file(&probe)?;
        Self::of(&metadata?)
    }

    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn of(metadata: &Metadata) -> io::Result<Self> {
        Ok(Self(std::os::unix::fs::MetadataExt::uid(metadata)))
    }

    #[cfg(unix)]
    fn alone_may_write(&self, metadata: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        metadata.uid() == self.0 && metadata.mode() & 0o022 == 0
    }

    // Windows keeps a user's local folder private by inherited rights.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> io::Result<Self> {
        Ok(Self())
    }

    #[cfg(not(unix))]
    fn alone_may_write(&self, _: &Metadata) -> bool {
        true
    }
}

#[cfg(test)]
#[path = "cache_test.rs"]
mod tests;
