//! Without a stream: the samples again whenever something is saved.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::cli::open::Teller;
use crate::cli::{Failure, term};
use crate::error::Result;
use crate::pipeline::{LoadedModules, ModuleName, Pipeline, Project, Resources};

use super::sample::{Origin, Sample};
use super::{Ended, tell};

/// Goes on until the pipeline's file changes or the user wants to stop.
pub(super) async fn run(
    project: &Project,
    pipeline: &Pipeline,
    mut sample: Sample,
    resources: &Resources,
    teller: &Arc<Teller>,
    mut stop: watch::Receiver<bool>,
) -> Result<Ended, Failure> {
    let modules = pipeline.module_names();
    let mut paths = pipeline.module_paths();
    // Behind the modules: the pipeline's file, then the samples.
    let pipeline_file = project.pipeline_file();
    let files: Vec<PathBuf> = match sample.origin() {
        Origin::Files(files) => files.values().cloned().collect(),
        Origin::Topics(_) => Vec::new(),
    };
    let behind_pipeline = modules.len() + usize::from(pipeline_file.is_some());
    paths.extend(pipeline_file);
    paths.extend(files);
    let mut watch = crate::guest::Watch::new(paths)?;

    let mut loaded = LoadedModules::default();
    let mut versions = Versions::default();
    let mut stale = modules.clone();
    let mut are_samples_new = false;
    loop {
        let known = without(&loaded, &stale);
        match sample.run(pipeline, &known, resources, term::colour_of_stdout()).await {
            Ok((text, now)) => {
                teller.clear();
                let news = versions.news(&modules, &loaded, &now);
                let is_first = loaded.guests.is_empty() && loaded.aggregates.is_empty();
                news.iter().for_each(|line| teller.say(line));
                if is_first {
                    teller.say(&format!("the sample: {}", sample.origin()));
                }
                // Saved without a change: there is nothing to see.
                if is_first || !news.is_empty() || are_samples_new {
                    term::print_coloured(&text)?;
                } else {
                    teller.say("nothing new");
                }
                loaded = now;
                stale.clear();
                are_samples_new = false;
                if is_first {
                    teller.say(&format!("watching {}; Ctrl-C ends", watched(pipeline)));
                }
            }
            Err(failure) => {
                teller.clear();
                tell(&failure);
                match loaded.guests.is_empty() && loaded.aggregates.is_empty() {
                    true => teller.say("waiting for a change"),
                    false => teller.say("the version before stays live"),
                }
            }
        }
        let changed = tokio::select! {
            changed = watch.next() => changed,
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                return Ok(Ended::Stopped);
            }
        };
        match modules.get(changed) {
            // Those that could not be used are not forgotten: two may have to change together.
            Some(module) if !stale.contains(module) => stale.push(module.clone()),
            Some(_) => {}
            None if changed < behind_pipeline => return Ok(Ended::PipelineChanged),
            // Other samples, the same modules.
            None => are_samples_new = true,
        }
    }
}

fn watched(pipeline: &Pipeline) -> String {
    let mut paths: Vec<String> = pipeline
        .module_paths()
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    paths.dedup();
    paths.join(", ")
}

/// Those that need not be opened again.
fn without(loaded: &LoadedModules, stale: &[ModuleName]) -> LoadedModules {
    let mut kept = loaded.clone();
    for module in stale {
        match module {
            ModuleName::Guest(name) => drop(kept.guests.remove(name)),
            ModuleName::Aggregate(name) => drop(kept.aggregates.remove(&name.to_lowercase())),
        }
    }
    kept
}

/// The digests of each module's versions, in the order in which they first were live.
#[derive(Default)]
struct Versions(Vec<(ModuleName, String)>);

impl Versions {
    /// A line for each module that is another one than before.
    fn news(&mut self, modules: &[ModuleName], before: &LoadedModules, now: &LoadedModules) -> Vec<String> {
        let mut news = Vec::new();
        for module in modules {
            let Some((digest, label)) = digest_of(module, now) else {
                continue;
            };
            if digest_of(module, before).is_some_and(|(before, _)| before == digest) {
                continue;
            }
            if !self
                .0
                .iter()
                .any(|(known, version)| known == module && *version == digest)
            {
                self.0.push((module.clone(), digest.clone()));
            }
            let mut versions = self.0.iter().filter(|(known, _)| known == module);
            let number = versions
                .position(|(_, version)| *version == digest)
                .map_or(1, |at| at + 1);
            news.push(format!("module `{module}` v{number} ({label}) live"));
        }
        news
    }
}

fn digest_of(module: &ModuleName, loaded: &LoadedModules) -> Option<(String, String)> {
    match module {
        ModuleName::Guest(name) => {
            let module = loaded.guests.get(name)?;
            Some((module.digest().to_string(), module.to_string()))
        }
        ModuleName::Aggregate(name) => {
            let module = loaded.aggregates.get(&name.to_lowercase())?;
            Some((module.digest().to_string(), module.to_string()))
        }
    }
}
