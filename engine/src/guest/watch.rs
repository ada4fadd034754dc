//! Hears that a module has changed: its file, or the sources of its crate.
//!
//! What changes together is told once: editors write beside the file and rename, copies are written in parts, a checkout changes
//! many files. That a change is a change of the module is for the reader to find out, by its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::build::TARGET;
use crate::error::{Fault, Result};

/// A change is told when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(15);
/// Or, if it never is, after so long.
const LONGEST: Duration = Duration::from_millis(100);
/// How often is looked where the system tells of no changes (some network file systems, too many watches).
const POLL: Duration = Duration::from_millis(500);
/// So many links are followed from a file's name to the file.
const LINKS: usize = 16;

/// Watches the files of some modules.
pub struct Watch {
    modules: Vec<PathBuf>,
    watcher: Box<dyn Watcher + Send + Sync>,
    events: mpsc::UnboundedReceiver<notify::Result<Event>>,
    /// What is watched, and whether what is below it is too.
    watched: BTreeMap<PathBuf, bool>,
    /// Files of each module outside of its crate's folder.
    elsewhere: Vec<BTreeSet<PathBuf>>,
    /// Changed and not told yet.
    waiting: BTreeSet<usize>,
}

impl Watch {
    /// Watches these modules, each a file or a crate's folder. They are told by their positions.
    ///
    /// # Errors
    /// `Machine`: the system can't tell of changes, and they can't be looked for either.
    pub fn new(modules: Vec<PathBuf>) -> Result<Self> {
        let (send, events) = mpsc::unbounded_channel();
        // Nobody listens any more when the watch is dropped.
        let tell = move |event| drop(send.send(event));
        let tell_polled = tell.clone();
        let watcher: Box<dyn Watcher + Send + Sync> = match RecommendedWatcher::new(tell, notify::Config::default()) {
            Ok(watcher) => Box::new(watcher),
            Err(_) => {
                let config = notify::Config::default().with_poll_interval(POLL);
                Box::new(PollWatcher::new(tell_polled, config).map_err(unwatchable)?)
            }
        };
        let modules: Vec<PathBuf> = modules.into_iter().map(absolute).collect();
        let elsewhere = vec![BTreeSet::new(); modules.len()];
        let mut watch = Self {
            modules,
            watcher,
            events,
            watched: BTreeMap::new(),
            elsewhere,
            waiting: BTreeSet::new(),
        };
        watch.look_around()?;
        Ok(watch)
    }

    /// Files besides those of its folder that a crate is built of: libraries beside it, texts that it includes.
    pub fn also(&mut self, module: usize, files: impl IntoIterator<Item = PathBuf>) {
        self.elsewhere[module] = files.into_iter().collect();
        // One that can't be watched is missed, and told with the next change.
        let _ = self.look_around();
    }

    /// The next module that changed, once it is quiet.
    pub async fn next(&mut self) -> usize {
        loop {
            if let Some(module) = self.waiting.pop_first() {
                return module;
            }
            let Some(event) = self.events.recv().await else {
                return std::future::pending().await;
            };
            self.note(event);
            if self.waiting.is_empty() {
                continue;
            }
            let latest = Instant::now() + LONGEST;
            let mut quiet = Instant::now() + QUIET;
            while let Ok(Some(event)) = timeout(quiet.min(latest) - Instant::now(), self.events.recv()).await {
                if self.note(event) {
                    quiet = Instant::now() + QUIET;
                }
            }
            let _ = self.look_around();
        }
    }

    /// Whether this module changes within so long. It is still told afterwards.
    pub async fn changes_within(&mut self, module: usize, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.waiting.contains(&module) {
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(event) => drop(self.note(event)),
                    None => return false,
                },
                () = sleep_until(until) => return false,
            }
        }
        true
    }

    /// Whether an event is about one of the modules.
    fn note(&mut self, event: notify::Result<Event>) -> bool {
        let Ok(event) = event else { return false };
        if event.need_rescan() {
            self.waiting.extend(0..self.modules.len());
            return true;
        }
        if matches!(event.kind, EventKind::Access(_)) {
            return false;
        }
        let mut is_ours = false;
        for (at, module) in self.modules.iter().enumerate() {
            let is_meant = |path: &PathBuf| {
                self.elsewhere[at].contains(path)
                    || match module.is_dir() {
                        true => path.strip_prefix(module).is_ok_and(is_source),
                        false => links(module).contains(path),
                    }
            };
            if event.paths.iter().any(is_meant) {
                self.waiting.insert(at);
                is_ours = true;
            }
        }
        is_ours
    }

    /// Watches what there is to watch now: folders come and go, and links point elsewhere.
    fn look_around(&mut self) -> Result<()> {
        let mut wanted = BTreeMap::new();
        for (module, elsewhere) in self.modules.iter().zip(&self.elsewhere) {
            if module.is_dir() {
                wanted.insert(module.clone(), false);
                let entries = fs::read_dir(module).into_iter().flatten().flatten();
                let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
                let sources = folders.filter(|path| path.strip_prefix(module).is_ok_and(is_source));
                wanted.extend(sources.map(|path| (path, true)));
            } else {
                // The folder and not the file: a renamed file is another one.
                let folders = links(module)
                    .into_iter()
                    .filter_map(|path| Some(path.parent()?.to_owned()));
                wanted.extend(folders.filter(|path| path.is_dir()).map(|path| (path, false)));
            }
            let folders = elsewhere.iter().filter_map(|path| Some(path.parent()?.to_owned()));
            for folder in folders {
                let is_covered = wanted.iter().any(|(path, below)| *below && folder.starts_with(path));
                if !is_covered {
                    wanted.entry(folder).or_insert(false);
                }
            }
        }
        let mut failed = None;
        for path in self.watched.keys().filter(|path| !wanted.contains_key(*path)) {
            // It may be gone already.
            let _ = self.watcher.unwatch(path);
        }
        // Those that are watched are watched again: a folder that was deleted and made anew is another one.
        for (path, below) in &wanted {
            let mode = match below {
                true => RecursiveMode::Recursive,
                false => RecursiveMode::NonRecursive,
            };
            if let Err(error) = self.watcher.watch(path, mode) {
                failed = Some(error);
            }
        }
        self.watched = wanted;
        failed.map_or(Ok(()), |error| Err(unwatchable(error)))
    }
}

/// A path from the root on; a crate's folder without links, as the system tells of changes in it.
fn absolute(path: PathBuf) -> PathBuf {
    let path = std::path::absolute(&path).unwrap_or(path);
    match path.is_dir() {
        true => fs::canonicalize(&path).unwrap_or(path),
        false => path,
    }
}

/// A file's path without links up to its last part, which may be gone at times, or a link itself.
fn in_real_folder(path: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?))
}

fn unwatchable(error: notify::Error) -> Fault {
    Fault::machine("changes of modules can't be watched").because(error)
}

/// Whether a path below a crate's folder may be part of what it is built of, and not a work of cargo, of an editor or of git.
fn is_source(path: &Path) -> bool {
    let mut parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let Some(first) = parts.next() else { return false };
    let is_scrap = |name: &str| {
        name.starts_with('.')
            || name.ends_with('~')
            || name.ends_with(".tmp")
            || name.starts_with('#')
            // vim's test whether it may write.
            || name == "4913"
    };
    // Cargo makes its folder under a name such as `targetgooOkZ`, and renames it.
    let is_cargo_s = first == "Cargo.lock" || (first.starts_with("target") && !first.contains('.'));
    // Cases and samples are read by `wasmill test` and `dev`, not by the compiler; but `include_str!` may name any file.
    !is_cargo_s && !is_scrap(first) && !parts.any(is_scrap)
}

/// All paths whose change may be a change of the file: its own, what it points to, and folders on the way that are links.
fn links(file: &Path) -> Vec<PathBuf> {
    let mut links = Vec::new();
    let mut next = Some(file.to_owned());
    for _ in 0..LINKS {
        let Some(path) = next else { break };
        let folders = path.ancestors().skip(1).filter(|folder| folder.is_symlink());
        links.extend(folders.map(Path::to_owned));
        links.extend(in_real_folder(&path));
        next = fs::read_link(&path)
            .ok()
            .and_then(|target| Some(path.parent()?.join(target)));
        links.push(path);
    }
    links
}

/// The files that a crate was built of, as cargo noted them beside what it made.
pub fn sources_of(component: &Path) -> Vec<PathBuf> {
    let noted = component
        .file_name()
        .and_then(OsStr::to_str)
        .and_then(|name| name.strip_suffix(".component.wasm"))
        .map(|name| component.with_file_name(format!("{name}.d")));
    let Some(text) = noted.and_then(|noted| fs::read_to_string(noted).ok()) else {
        return Vec::new();
    };
    // As make has it: `made: source source`, a blank in a name behind a backslash.
    let Some((_, sources)) = text.split_once(": ") else {
        return Vec::new();
    };
    let sources = sources.lines().next().unwrap_or_default().replace("\\ ", "\0");
    let sources = sources.split_whitespace();
    // What a build script has made is made again by each build.
    let profile_s = component.ancestors().nth(2).filter(|folder| folder.ends_with(TARGET));
    let made = profile_s.and_then(Path::parent);
    sources
        .map(|source| PathBuf::from(source.replace('\0', " ")))
        .filter(|source| made.is_none_or(|made| !source.starts_with(made)))
        .collect()
}

#[cfg(test)]
#[path = "watch_test.rs"]
mod tests;
