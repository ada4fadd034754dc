//! From a changed file to a module that may take the place of the one in use.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::guest::{self, AggregateModule, Digest, GuestAggregate, Module, Transform};
use crate::pipeline::Resources;

use super::event::Step;
use super::live::Live;
use super::modules::{Entry, LiveAggregate, Slot};
use super::versions::{Versioned, Versions};

/// A module that was read and can be used.
#[derive(Clone)]
pub(in crate::pipeline) enum Candidate {
    Guest(Arc<Transform>),
    Aggregate(GuestAggregate),
}

/// What came of a change.
pub(super) enum Made {
    /// The bytes are those in use.
    Unchanged,
    /// The file is not there.
    Gone(PathBuf),
    /// Another module.
    Candidate(Candidate),
    /// Nothing that can be used.
    Refused(Step, Fault),
}

/// What was made, and the files that it was made of, if they are known.
pub(super) struct Outcome {
    pub(super) made: Made,
    /// What was read.
    pub(super) digest: Option<Digest>,
    pub(super) sources: Vec<PathBuf>,
}

/// Reads a module, or builds it and reads it. What was live before is taken as it is, without being compiled again. `seen` is what was
/// read the last time: a version that was rolled back since does not come back by itself.
pub(super) async fn make(entry: Entry, resources: Resources, seen: Option<Digest>) -> Outcome {
    let (engine, observer) = (resources.guest_engine, resources.observer);
    let made = tokio::task::spawn_blocking(move || {
        let mut sources = Vec::new();
        let file = match entry.path.is_dir() {
            true => match guest::build_within(&entry.path, &entry.limits(), |said| observer.building(said)) {
                Ok(built) => {
                    sources = guest::sources_of(&built.component);
                    built.component
                }
                Err(fault) => return Outcome::of(Made::Refused(Step::Build, fault)),
            },
            false => entry.path.clone(),
        };
        let mut reading = Reading {
            file: &file,
            seen,
            digest: None,
        };
        let made = match &entry.slot {
            Slot::Guest(live) => guest_of(live, &mut reading, &engine),
            Slot::Aggregate(live) => aggregate_of(live, entry.name.name(), &mut reading, &engine),
        };
        Outcome {
            made,
            digest: reading.digest,
            sources,
        }
    });
    made.await.unwrap_or_else(|error| {
        let fault = Fault::internal("loading the module broke off").because(error);
        Outcome::of(Made::Refused(Step::Load, fault))
    })
}

impl Outcome {
    fn of(made: Made) -> Self {
        Self {
            made,
            digest: None,
            sources: Vec::new(),
        }
    }
}

fn guest_of(live: &Live, reading: &mut Reading<'_>, engine: &guest::GuestEngine) -> Made {
    let now = live.transform();
    let limits = now.module().limits();
    reading
        .module(limits.module_bytes, live.versions(), |bytes| {
            let module = Module::from_bytes(engine, bytes, limits.clone())?;
            Ok(Arc::new(now.with_module(module)))
        })
        .map_or_else(|made| made, |transform| Made::Candidate(Candidate::Guest(transform)))
}

fn aggregate_of(live: &LiveAggregate, name: &str, reading: &mut Reading<'_>, engine: &guest::GuestEngine) -> Made {
    let now = live.versions.live().module.module();
    let limits = now.limits();
    reading
        .module(limits.module_bytes, &live.versions, |bytes| {
            let module = AggregateModule::from_bytes(engine, bytes, limits.clone())?;
            module.aggregate(&name.to_lowercase(), live.function.as_deref())
        })
        .map_or_else(
            |made| made,
            |aggregate| Made::Candidate(Candidate::Aggregate(aggregate)),
        )
}

/// A file that is read.
struct Reading<'a> {
    file: &'a Path,
    seen: Option<Digest>,
    digest: Option<Digest>,
}

impl Reading<'_> {
    /// Reads the file; `load` makes a module of its bytes, unless it is one that is known.
    fn module<M: Versioned>(
        &mut self,
        most: usize,
        versions: &Versions<M>,
        load: impl FnOnce(&[u8]) -> Result<M>,
    ) -> Result<M, Made> {
        let at = |fault: Fault| fault.at(format!("module `{}`", self.file.display()));
        match std::fs::metadata(self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Made::Gone(self.file.to_owned())),
            _ => {}
        }
        let bytes = guest::read(self.file, most).map_err(|fault| Made::Refused(Step::Read, at(fault)))?;
        let digest = Digest::of(&bytes);
        self.digest = Some(digest);
        let Some(known) = versions.of(&digest) else {
            return load(&bytes).map_err(|fault| Made::Refused(Step::Load, at(fault)));
        };
        let spell = known.spell();
        if let Some(reason) = spell.set_aside {
            let fault = Fault::guest(format!("it is {} again, which was set aside", known.label()));
            return Err(Made::Refused(Step::Load, at(fault.because(reason))));
        }
        let is_live = versions.live().number == known.number;
        if is_live || (spell.is_rolled_back && self.seen == Some(digest)) {
            return Err(Made::Unchanged);
        }
        Ok(known.module.clone())
    }
}
