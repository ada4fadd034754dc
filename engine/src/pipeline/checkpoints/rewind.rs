//! Back to a checkpoint: the next run goes on from it, as if nothing had been written behind it.
//!
//! The state of checkpoint N is committed once more, as a checkpoint of its own: objects are copied, so that whoever still removes what
//! only the others refer to can't take them away. It names the files behind N as taken back, and only then are they removed: who dies
//! in between leaves it to the next run. Its `previous` is N, so that the checkpoints between are void and collected.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::checkpoint::{Checkpoints, Manifest, Opened, SinkState, State, Survey};
use crate::error::{Fault, Result};

use super::keeper::{Keeper, changed};
use super::sinks;

/// What going back would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewind {
    /// The checkpoint.
    pub number: u64,
    /// The newest one, which would be gone on from otherwise.
    pub newest: u64,
    /// The number of the batch that comes next.
    pub next_batch: u64,
    /// Files that are taken back.
    pub files: Vec<TakenBack>,
    /// Records that are read again.
    pub records: u64,
    state: State,
}

/// A file that is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The sink's name.
    pub sink: String,
    /// Its folder.
    pub target: String,
    /// The file's path in it.
    pub path: String,
    /// The file's size.
    pub bytes: u64,
    /// The file's rows.
    pub rows: u64,
}

impl Keeper {
    /// What [`Keeper::rewind`] would do; none if the next run goes on from this checkpoint anyway. Of the newest one that may not be known,
    /// if it stands only with a transaction: then to go back to it says that it stands.
    ///
    /// # Errors
    /// If there is no such checkpoint, or it is not known what was written behind it.
    pub fn rewinding(&self, survey: &Survey, number: u64) -> Result<Option<Rewind>> {
        let (chain, gone) = survey.chain()?;
        let Some(at) = chain.iter().position(|manifest| manifest.number == number) else {
            return Err(not_there(survey, &chain, gone, number));
        };
        let (later, from) = chain.split_at(at);
        let (Some(newest), Some(manifest)) = (chain.first(), from.first()) else {
            return Ok(None);
        };
        let Some(state) = &manifest.state else {
            return Err(Fault::internal("a claim among checkpoints"));
        };
        if later.is_empty() && !state.transactional {
            return Ok(None);
        }
        if let Some(object) = survey.missing(manifest).first() {
            return Err(
                Fault::data(format!("checkpoint {number} is damaged: an object is gone"))
                    .at(survey.place.clone())
                    .at(format!("`{}`", object.path))
                    .hint(whole(survey, from)),
            );
        }
        // A file that a checkpoint before names stays, whoever names it again.
        let earlier = from.iter().filter_map(|manifest| manifest.state.as_ref());
        let stay: BTreeSet<(&str, &str)> = earlier.flat_map(State::files).collect();
        let mut taken_back = Vec::new();
        let mut files = Vec::new();
        for sink in later
            .iter()
            .filter_map(|manifest| manifest.state.as_ref())
            .flat_map(|state| &state.sinks)
        {
            let (name, sink) = sink;
            let mut behind = sink.clone();
            behind.rows.clear();
            behind.files.retain(|file| !stay.contains(&(&sink.target, file.path())));
            files.extend(behind.files.iter().map(|file| TakenBack {
                sink: name.clone(),
                target: sink.target.clone(),
                path: file.path().to_owned(),
                bytes: file.bytes(),
                rows: file.rows,
            }));
            if !behind.files.is_empty() || !behind.open.is_empty() {
                taken_back.push(behind);
            }
        }
        if later.is_empty() {
            let open = state.sinks.values().map(|sink| SinkState {
                files: Vec::new(),
                rows: Vec::new(),
                ..sink.clone()
            });
            taken_back.extend(open.filter(|sink| !sink.open.is_empty()));
        }
        // Repeated where a checkpoint could not make its files visible.
        files.sort_by(|a, b| (&a.sink, &a.path).cmp(&(&b.sink, &b.path)));
        files.dedup();
        let records = later
            .iter()
            .filter_map(|manifest| manifest.state.as_ref())
            .map(State::records)
            .sum();
        let mut state = state.clone();
        state.transactional = false;
        // A void checkpoint's files may have been taken back by the one that is gone back to.
        state.taken_back.extend(taken_back);
        for sink in state.sinks.values_mut() {
            sink.files.clear();
            // What they hid is complete by now, or gone.
            sink.open.iter_mut().for_each(|file| file.hidden = None);
        }
        Ok(Some(Rewind {
            number,
            newest: newest.number,
            next_batch: state.next_batch,
            files,
            records,
            state,
        }))
    }

    /// Goes back. The number of the checkpoint that the next run goes on from.
    ///
    /// # Errors
    /// If a run lives, the checkpoint has changed since it was looked at, or a store refuses.
    pub async fn rewind(&self, survey: &Survey, rewind: &Rewind) -> Result<u64> {
        let store = self.store()?;
        let Some(pipeline) = survey.newest().map(|manifest| manifest.pipeline.clone()) else {
            return Err(changed(survey));
        };
        let check = |newest: &Manifest| match newest.number == rewind.newest {
            true => Ok(()),
            false => Err(changed(survey)),
        };
        let opened = Checkpoints::open(
            store,
            &pipeline,
            usize::MAX,
            Arc::clone(&self.clock),
            &self.notify,
            &check,
        );
        let Opened {
            mut checkpoints,
            candidates,
            ..
        } = opened.await?;
        let done = self.go_back(&mut checkpoints, &candidates, rewind).await;
        // Only who starts the pipeline soon has to wait, if this fails.
        let released = checkpoints.release(done.is_ok()).await;
        let number = done?;
        released?;
        Ok(number)
    }

    async fn go_back(&self, checkpoints: &mut Checkpoints, candidates: &[Manifest], rewind: &Rewind) -> Result<u64> {
        let mut state = rewind.state.clone();
        for object in state.objects_mut() {
            *object = checkpoints.store().copy(object).await?;
        }
        let manifest = candidates.iter().find(|manifest| manifest.number == rewind.number);
        for (name, sink) in manifest
            .iter()
            .filter_map(|manifest| manifest.state.as_ref())
            .flat_map(|state| &state.sinks)
        {
            // Only its files: what it was writing is of those that are taken back.
            let sink = SinkState {
                open: Vec::new(),
                ..sink.clone()
            };
            // What it names is there before it is committed anew, where nothing names it any more.
            let completed = sinks::complete(&sink, &self.stores, &self.notify).await;
            completed.map_err(|fault| fault.at(format!("sink `{name}`")))?;
        }
        checkpoints.go_on_from(Some(rewind.number));
        let committed = checkpoints.commit(state.clone()).await?;
        for sink in &state.taken_back {
            sinks::undo(sink, &self.stores, &self.notify).await?;
        }
        if let Err(fault) = checkpoints.collect().await {
            (self.notify)(&format!(
                "checkpoints that nobody goes on from can't be removed: {fault}"
            ));
        }
        Ok(committed.number)
    }
}

fn not_there(survey: &Survey, chain: &[&Manifest], gone: Option<u64>, number: u64) -> Fault {
    let what = match survey.found.iter().find(|found| found.number == number) {
        None => match gone {
            Some(gone) if number >= gone && number < chain.first().map_or(0, |newest| newest.number) => {
                format!("checkpoint {number} is not there, and neither is {gone}, which the next one went on from")
            }
            _ => format!("there is no checkpoint {number}"),
        },
        Some(found) => match found.read() {
            None => format!("checkpoint {number} can't be read"),
            Some(manifest) if manifest.is_claim() => {
                format!("{number} is no checkpoint: a run that began said there that it goes on")
            }
            Some(_) => {
                format!("checkpoint {number} does not lead to the newest one: what was written behind it is not known")
            }
        },
    };
    Fault::usage(what).at(survey.place.clone()).hint(whole(survey, chain))
}

/// Which of these can be gone back to.
fn whole(survey: &Survey, chain: &[&Manifest]) -> String {
    let whole = chain
        .iter()
        .rev()
        .filter(|manifest| survey.missing(manifest).is_empty());
    let numbers: Vec<String> = whole.map(|manifest| manifest.number.to_string()).collect();
    match numbers.as_slice() {
        [] => "there is none to go back to; `wasmill checkpoint clear` begins anew".to_owned(),
        [only] => format!("there is checkpoint {only}"),
        [others @ .., last] => format!("there are checkpoints {} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
#[path = "rewind_test.rs"]
mod tests;
