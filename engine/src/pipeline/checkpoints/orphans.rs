//! Leftovers: what runs wrote that died before it was committed, and that nothing names.
//!
//! Names tell who wrote a file: of a run that may go on nothing is ever a leftover. To remove them the checkpoint is claimed, behind the
//! list: what is on the list is of runs before, none of which can commit it any more, and what a run writes that begins meanwhile is
//! not on the list.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::checkpoint::{Checkpoints, Life, Owner, Survey};
use crate::error::{Fault, Result};
use crate::storage::{Hidden, Mark, Prepared, Target, Unseen};

use super::keeper::Keeper;

/// What was left over.
#[derive(Debug, Default)]
pub struct Orphans {
    /// Each of them.
    pub found: Vec<Orphan>,
    /// What could not be looked at, or not all of it: a line each.
    pub unseen: Vec<String>,
    /// Whose files are left out, since it may go on.
    pub left_out: Option<Owner>,
}

/// A leftover.
#[derive(Debug, Clone)]
pub struct Orphan {
    /// What it is.
    pub kind: OrphanKind,
    /// The folder.
    pub folder: String,
    /// Its path in the folder; of an upload the path that the file would have.
    pub path: String,
    prepared: Option<Prepared>,
}

/// What a leftover is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanKind {
    /// A file beside the checkpoints that none of them names.
    Object,
    /// A file of a sink that never became visible.
    File,
    /// An upload of a sink that was never completed.
    Upload,
}

impl OrphanKind {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::File => "file",
            Self::Upload => "upload",
        }
    }
}

/// How long is listened for an owner of whom nothing is known.
const PATIENCE: Duration = Duration::from_millis(2_500);

impl Keeper {
    /// What is left over, without that of a run that may go on.
    ///
    /// # Errors
    /// If the checkpoint can't be read.
    pub async fn orphans(&self, survey: &Survey) -> Result<Orphans> {
        let life = self.life(survey, PATIENCE).await?;
        let left_out = survey.newest().map(|newest| newest.owner.clone());
        let left_out = left_out.filter(|_| matches!(life, Life::Runs | Life::Silent));
        let mut orphans = self.all_orphans(survey, left_out.as_ref()).await;
        orphans.left_out = left_out;
        Ok(orphans)
    }

    /// Removes what is left over, once no run before this can commit it any more: what was removed, and what stayed.
    ///
    /// # Errors
    /// If a run lives, or a store refuses.
    pub async fn remove_orphans(&self) -> Result<(Vec<Orphan>, Orphans)> {
        let before = self.survey().await?;
        let listed = self.all_orphans(&before, None).await;
        let Some(pipeline) = before.newest().map(|newest| newest.pipeline.clone()) else {
            return Err(Fault::data("no manifest can be read").at(before.place.clone()));
        };
        let clock = Arc::clone(&self.clock);
        let opened = Checkpoints::open(self.store()?, &pipeline, usize::MAX, clock, &self.notify, &|_| Ok(()));
        let opened = opened.await?;
        let removed = self.remove_listed(listed).await;
        // What the claim goes on from is as settled as it was.
        let settled =
            opened.settled.is_some() && opened.settled == opened.candidates.first().map(|newest| newest.number);
        opened.checkpoints.release(settled).await?;
        removed
    }

    async fn remove_listed(&self, listed: Orphans) -> Result<(Vec<Orphan>, Orphans)> {
        let now = self.survey().await?;
        // Nothing is a leftover that the runs before committed in the last moment.
        let still = self.all_orphans(&now, None).await;
        let still: BTreeSet<(String, String)> = still.found.iter().map(Orphan::place).collect();
        let found: Vec<Orphan> = listed
            .found
            .into_iter()
            .filter(|orphan| still.contains(&orphan.place()))
            .collect();
        let objects = found.iter().filter(|orphan| orphan.kind == OrphanKind::Object);
        let objects = objects.map(|orphan| orphan.path.clone()).collect();
        self.store()?.remove_files(objects).await?;
        for orphan in &found {
            if let Some(prepared) = &orphan.prepared {
                let folder = self.stores.folder(&Target::parse(&orphan.folder)?, &self.notify)?;
                folder.discard(prepared).await;
            }
        }
        let mut rest = self.all_orphans(&self.survey().await?, None).await;
        let listed: BTreeSet<(String, String)> = found.iter().map(Orphan::place).collect();
        rest.found.retain(|orphan| listed.contains(&orphan.place()));
        let stayed: BTreeSet<(String, String)> = rest.found.iter().map(Orphan::place).collect();
        let removed = found.into_iter().filter(|orphan| !stayed.contains(&orphan.place()));
        Ok((removed.collect(), rest))
    }

    async fn all_orphans(&self, survey: &Survey, left_out: Option<&Owner>) -> Orphans {
        let mut orphans = Orphans::default();
        // What is about to be written in the checkpoint's folder says of nobody that it is theirs.
        let of_nobody = left_out.is_some();
        let left_out = left_out.map(Owner::mark);
        let is_begun = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
        let objects = survey.unnamed().into_iter();
        let objects =
            objects.filter(|path| !(left_out.is_some_and(|mark| mark.is_in(path)) || of_nobody && is_begun(path)));
        orphans.found.extend(objects.map(|path| Orphan {
            kind: OrphanKind::Object,
            folder: self.place.url.clone(),
            path: path.to_owned(),
            prepared: None,
        }));
        let owners = survey.owners();
        let marks: Vec<Mark> = owners
            .values()
            .map(|owner| owner.mark())
            .filter(|mark| Some(*mark) != left_out)
            .collect();
        for folder in self.folders(survey) {
            self.orphans_of_sink(survey, &folder, &marks, &mut orphans).await;
        }
        orphans
    }

    async fn orphans_of_sink(&self, survey: &Survey, folder: &str, marks: &[Mark], orphans: &mut Orphans) {
        let (hidden, unseen) = match self.hidden(folder).await {
            Ok(seen) => seen,
            Err(fault) => return orphans.unseen.push(format!("folder `{folder}`: {fault}")),
        };
        match unseen {
            Unseen::Nothing => {}
            Unseen::BeforeStart => orphans.unseen.push(format!(
                "folder `{folder}`: MinIO tells of uploads only that began since it was started; it removes those of a day ago by itself"
            )),
            Unseen::Everything => orphans.unseen.push(format!("folder `{folder}`: the store does not list uploads")),
        }
        let states = survey.found.iter().filter_map(|found| found.read()?.state.as_ref());
        let sinks = states.flat_map(|state| state.sinks.values());
        let mut named = BTreeSet::new();
        for sink in sinks.filter(|sink| sink.target == folder) {
            named.extend(sink.files.iter().map(|file| hidden_name(&file.prepared.hidden)));
            named.extend(
                sink.open
                    .iter()
                    .filter_map(|file| file.hidden.as_ref())
                    .map(hidden_name),
            );
        }
        let is_ours = |prepared: &Prepared| marks.iter().any(|mark| mark.is_in(&prepared.path));
        let leftovers = hidden
            .into_iter()
            .filter(|prepared| is_ours(prepared) && !named.contains(hidden_name(&prepared.hidden)));
        orphans.found.extend(leftovers.map(|prepared| Orphan {
            kind: match prepared.hidden {
                Hidden::File(_) => OrphanKind::File,
                Hidden::Upload { .. } => OrphanKind::Upload,
            },
            folder: folder.to_owned(),
            path: match &prepared.hidden {
                Hidden::File(name) => name.clone(),
                Hidden::Upload { path, .. } => path.clone(),
            },
            prepared: Some(prepared),
        }));
    }

    async fn hidden(&self, folder: &str) -> Result<(Vec<Prepared>, Unseen)> {
        let folder = self.stores.folder(&Target::parse(folder)?, &self.notify)?;
        folder.hidden().await
    }
}

impl Orphan {
    /// What tells it from all others.
    fn place(&self) -> (String, String) {
        let name = match &self.prepared {
            Some(prepared) => hidden_name(&prepared.hidden),
            None => &self.path,
        };
        (self.folder.clone(), name.to_owned())
    }
}

fn hidden_name(hidden: &Hidden) -> &str {
    match hidden {
        Hidden::File(name) => name,
        Hidden::Upload { upload_id, .. } => upload_id,
    }
}

#[cfg(test)]
#[path = "orphans_test.rs"]
mod tests;
