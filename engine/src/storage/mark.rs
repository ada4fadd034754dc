//! Whose a file is, told by its name: the first bytes of the random identifier in it are the writer's.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The beginning of the identifiers in the names of one writer's files. There are so many that no two writers share one by accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark([u8; 6]);

impl Mark {
    /// The mark of a writer.
    pub(crate) fn of(writer: &str) -> Self {
        let digest = Sha256::digest(writer.as_bytes());
        let mut mark = [0; 6];
        for (byte, digest) in mark.iter_mut().zip(digest.iter()) {
            *byte = *digest;
        }
        Self(mark)
    }

    /// An identifier that nobody had before, with the mark.
    pub(crate) fn uuid(self) -> Uuid {
        let mut bytes = Uuid::new_v4().into_bytes();
        for (byte, mark) in bytes.iter_mut().zip(self.0) {
            *byte = mark;
        }
        Uuid::from_bytes(bytes)
    }

    /// Whether an identifier in this name has the mark, written with or without its hyphens.
    pub(crate) fn is_in(self, name: &str) -> bool {
        let [a, b, c, d, e, f] = self.0;
        // The version of random identifiers comes next.
        let with_hyphens = format!("-{a:02x}{b:02x}{c:02x}{d:02x}-{e:02x}{f:02x}-4");
        let without = format!("-{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}4");
        name.contains(&with_hyphens) || name.contains(&without)
    }
}

#[cfg(test)]
#[path = "mark_test.rs"]
mod tests;
