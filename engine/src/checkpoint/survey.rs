//! All that is in a checkpoint's folder, as somebody sees it who owns nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::beat::{Life, life};
use super::manifest::{Manifest, Object};
use super::owner::Owner;
use super::store::CheckpointStore;
use crate::error::{Fault, Kind, Result};

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// Where.
    pub place: String,
    /// The manifests, the oldest first; never none.
    pub found: Vec<Found>,
    /// The paths of all files.
    pub paths: BTreeSet<String>,
}

/// A manifest that was found.
#[derive(Debug)]
pub struct Found {
    /// Its number.
    pub number: u64,
    /// Its size.
    pub bytes: u64,
    /// What it says, or why it can't be read.
    pub manifest: Result<Manifest>,
}

/// A run writes and removes while somebody looks: so often is begun again.
const TRIES: usize = 10;

impl CheckpointStore {
    /// Looks at all manifests and the names of all files. Of a checkpoint that a run works on it is one moment's.
    ///
    /// # Errors
    /// `Usage`: there is no checkpoint. `Refused`: a manifest is a newer version's. And if the store can't be read.
    pub async fn survey(&self) -> Result<Survey> {
        let mut last = None;
        for _ in 0..TRIES {
            let paths: BTreeSet<String> = self.list().await?.into_iter().collect();
            let mut found = Vec::new();
            let numbers = self.numbers().await?;
            for number in &numbers {
                let Some(bytes) = self.manifest_bytes(*number).await? else {
                    continue;
                };
                let manifest = match self.read_manifest(*number, &bytes) {
                    Err(fault) if fault.kind() != Kind::Data => return Err(fault),
                    manifest => manifest,
                };
                found.push(Found {
                    number: *number,
                    bytes: bytes.len() as u64,
                    manifest,
                });
            }
            let survey = Survey {
                place: self.to_string(),
                found,
                paths,
            };
            // Objects are written before, and removed after, the manifests that name them.
            let is_settled = self.numbers().await? == numbers && survey.found.len() == numbers.len();
            if is_settled {
                last = Some(survey);
                break;
            }
            last = Some(survey);
        }
        match last.filter(|survey| !survey.found.is_empty()) {
            Some(survey) => Ok(survey),
            None => Err(Fault::usage("there is no checkpoint")
                .at(self.to_string())
                .hint("a stream makes one as soon as it runs: `wasmill run PIPELINE.toml`")),
        }
    }

    /// Whether this owner's run goes on; what can't be told at once is listened for, for as long.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn life(&self, owner: &Owner, patience: Duration) -> Result<Life> {
        life(self, owner, patience).await
    }
}

impl Found {
    /// What it says, if it can be read.
    pub fn read(&self) -> Option<&Manifest> {
        self.manifest.as_ref().ok()
    }
}

impl Survey {
    /// The newest manifest that can be read, be it a claim or not.
    pub fn newest(&self) -> Option<&Manifest> {
        self.found.iter().rev().find_map(Found::read)
    }

    /// The manifest of this number, if it is there and can be read.
    pub fn manifest(&self, number: u64) -> Option<&Manifest> {
        let found = self.found.iter().find(|found| found.number == number)?;
        found.read()
    }

    /// The checkpoints that can be gone on from, the newest first, and the first that should be there and is not.
    ///
    /// # Errors
    /// `Data`: the newest manifest can't be read.
    pub fn chain(&self) -> Result<(Vec<&Manifest>, Option<u64>)> {
        let Some(newest) = self.found.last() else {
            return Ok((Vec::new(), None));
        };
        let Some(mut manifest) = newest.read() else {
            return Err(Fault::data(format!("manifest {} can't be read", newest.number))
                .at(self.place.clone())
                .hint("was it changed by hand? `wasmill checkpoint clear` begins anew"));
        };
        let mut found = Vec::new();
        loop {
            if !manifest.is_claim() {
                found.push(manifest);
            }
            // A manifest that names one behind it is none of ours, and must not be followed for ever.
            let Some(previous) = manifest.previous.filter(|previous| *previous < manifest.number) else {
                return Ok((found, None));
            };
            match self.manifest(previous) {
                Some(before) => manifest = before,
                None => return Ok((found, Some(previous))),
            }
        }
    }

    /// The objects of a manifest that are gone.
    pub fn missing<'m>(&self, manifest: &'m Manifest) -> Vec<&'m Object> {
        let is_gone = |object: &&Object| !self.paths.contains(&object.path);
        manifest.objects().filter(is_gone).collect()
    }

    /// All who ever wrote a manifest that is still there, by their ids.
    pub fn owners(&self) -> BTreeMap<&str, &Owner> {
        let manifests = self.found.iter().filter_map(Found::read);
        manifests
            .map(|manifest| (manifest.owner.id.as_str(), &manifest.owner))
            .collect()
    }

    /// Files that no manifest names, other than what is always there.
    pub fn unnamed(&self) -> Vec<&str> {
        let manifests = || self.found.iter().filter_map(Found::read);
        let named: BTreeSet<&str> = manifests()
            .flat_map(Manifest::objects)
            .map(|object| object.path.as_str())
            .collect();
        let is_leftover = |path: &&str| {
            let is_object = path.starts_with("state/") && !named.contains(path);
            let name = path.rsplit('/').next().unwrap_or_default();
            // Files that were about to be written, and probes, of processes that died.
            let is_begun = name.starts_with('.') && (name.ends_with(".tmp") || name.starts_with(".probe-"));
            is_object || is_begun
        };
        self.paths.iter().map(String::as_str).filter(is_leftover).collect()
    }

    /// Whether it is this pipeline's.
    ///
    /// # Errors
    /// `Refused`: it is another one's.
    pub fn check_pipeline(&self, pipeline: &str) -> Result<()> {
        match self.newest() {
            Some(newest) => newest
                .check_pipeline(pipeline)
                .map_err(|fault| fault.at(self.place.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "survey_test.rs"]
mod tests;
