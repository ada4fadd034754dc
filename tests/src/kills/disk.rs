//! A disk that can be full: a small file system in memory, where this machine lets us have one.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::command::Command;

/// Far more than a run writes.
const SIZE: &str = "size=64m";

/// A folder on a disk of its own, or just a folder.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    is_small: bool,
}

impl Disk {
    /// Whether this machine lets us have a disk that can be full: as root, on Linux.
    pub fn can_be_small() -> bool {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"));
        cfg!(target_os = "linux") && Self::new(folder.path(), true).is_small
    }

    /// Makes the folder; `small` makes it a disk that can be full, if that can be had.
    pub(super) fn new(folder: &Path, small: bool) -> Self {
        std::fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{} can't be made: {error}", folder.display()));
        let mount = ["-t", "tmpfs", "-o", SIZE, "wasmill-kills"];
        let is_small = small && {
            let output = std::process::Command::new("mount").args(mount).arg(folder).output();
            output.is_ok_and(|output| output.status.success())
        };
        Self {
            folder: folder.to_owned(),
            is_small,
        }
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Takes all the room that is left.
    pub(super) fn fill(&self) {
        assert!(self.is_small, "a disk that others use is not filled");
        let filler = std::fs::File::create(self.filler());
        let mut filler = filler.unwrap_or_else(|error| panic!("nothing can be written there: {error}"));
        // Down to the last byte, so that not even a small file finds room.
        for block in [1 << 16, 1] {
            while filler.write_all(&vec![0; block]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub(super) fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap_or_else(|error| panic!("the room can't be given back: {error}"));
    }

    /// Copies what is there into a folder that stays.
    pub(super) fn keep(&self, folder: &Path) {
        if self.is_small {
            Command::other("cp", ["-a"]).arg(&self.folder).arg(folder).output();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_small {
            // Lazily: a process that was killed may not have let go of its files yet.
            let _ = std::process::Command::new("umount")
                .arg("-l")
                .arg(&self.folder)
                .output();
        }
    }
}
