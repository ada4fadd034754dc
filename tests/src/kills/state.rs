//! How far the checkpoints are, as it can be told from outside: by the numbers of the manifests.

use super::place::Place;
use super::servers::Servers;

/// The folder of a pipeline's checkpoints.
#[derive(Debug)]
pub(super) struct Checkpoints(Place);

impl Checkpoints {
    pub(super) fn open(url: &str, servers: &Servers) -> Self {
        Self(Place::open(url, servers))
    }

    /// The number that the next manifest will have, or none if nobody answers.
    pub(super) fn next(&self) -> Option<u64> {
        let listed = self.0.list().ok()?;
        let numbers = listed
            .keys()
            .filter_map(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
        Some(numbers.max().map_or(0, |newest| newest + 1))
    }

    /// Copies what is there into a folder of the disk.
    pub(super) fn keep(&self, folder: &std::path::Path) {
        self.0.copy_to(folder);
    }
}
