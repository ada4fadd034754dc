//! Plays a scenario: process after process over one store, until all is done, and looks at what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use serde_json::Value;

use super::expected::{Reader, Rows, difference, on_screen, too_many};
use super::plans;
use super::scenario::{Plot, Scenario};
use super::seed::Dice;
use super::server::Server;
use super::stage::{Course, Stage, Started};
use super::store::Request;
use super::tables::Kind;
use super::world::{Guard, World};

/// With nothing in the way a run is through after so many attempts: each that is refused is soon repeated.
const ATTEMPTS: usize = 150;
/// Whoever is told so often that the pipeline runs ends that run.
const STUBBORN: usize = 3;
/// Nothing that is still on its way arrives later.
const SETTLED: Duration = Duration::from_secs(30);
/// A process that finds nothing to do has taken its first checkpoint by then.
const SWEEP_MS: u64 = 10_000;

/// What was played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// How many processes ran.
    pub(super) processes: usize,
    /// How many of them found that another one had taken over.
    pub(super) fenced: usize,
    /// How many of them woke up and had to be asked to end.
    pub(super) asked: usize,
    /// Whether no checkpoint could be used any more.
    pub(super) damaged: bool,
    /// Requests of each.
    pub(super) requests: Vec<u64>,
    /// All that happened.
    pub(super) trace: Vec<String>,
}

/// What a batch over all records gives, by table.
type Expected = BTreeMap<&'static str, Rows>;

/// Plays it; what is wrong, with all that happened before, if anything is.
pub(super) async fn play(seed: u64, scenario: &Scenario) -> Result<Played, (String, Played)> {
    let mut expected = Expected::new();
    for block in &scenario.blocks {
        expected.insert(block.name, plans::oracle(scenario, block).await);
    }
    let reader = Arc::new(Reader::default());
    let guard = guard(scenario, &expected, &reader);
    let mut stage = Stage {
        scenario,
        seed,
        world: World::new(scenario.climate.clone(), Dice::new(seed, 2), guard),
        screens: Vec::new(),
        processes: Vec::new(),
        played: Played::default(),
    };
    let mut outcome = act(&mut stage, &expected, &reader).await;
    if let Some(violation) = stage.world.violation() {
        outcome = Err(violation);
    }
    let mut played = stage.played;
    played.processes = stage.processes.len();
    played.requests = stage.processes.iter().map(|process| process.requests()).collect();
    played.trace = stage.world.trace();
    match outcome {
        Ok(()) => Ok(played),
        Err(what) => Err((what, played)),
    }
}

/// At no moment readers of a folder see a row too often.
fn guard(scenario: &Scenario, expected: &Expected, reader: &Arc<Reader>) -> Guard {
    let folders: Vec<(String, &'static str, Kind, Rows)> = scenario
        .folders()
        .map(|(folder, block)| (folder, block.name, block.kind, expected[block.name].clone()))
        .collect();
    let reader = Arc::clone(reader);
    Box::new(move |server: &Server, request: &Request| {
        for (folder, name, kind, expected) in &folders {
            if request.path.starts_with(&format!("{folder}/")) {
                let surplus = too_many(expected, &reader.visible(server, folder, *kind)?);
                if !surplus.is_empty() {
                    return Err(format!("sink `{name}`:\n  {}", surplus.join("\n  ")));
                }
            }
        }
        Ok(())
    })
}

async fn act(stage: &mut Stage<'_>, expected: &Expected, reader: &Reader) -> Result<(), String> {
    let mut asleep = Vec::new();
    let course = struck(stage, &mut asleep).await?;
    let course = match course {
        Course::Damaged => course,
        _ => left_alone(stage, &asleep).await?,
    };
    for sleeper in asleep {
        stage.bury(sleeper).await?;
    }
    tokio::time::sleep(SETTLED).await;
    if course == Course::Damaged {
        stage.played.damaged = true;
        return Ok(());
    }
    compare(stage, expected, reader)?;
    // Once more: it finds nothing to do but to tidy up.
    if sweep(stage).await? == Course::Damaged {
        stage.played.damaged = true;
        return Ok(());
    }
    compare(stage, expected, reader)?;
    leftovers(stage.world.server())
}

/// The processes that something happens to.
async fn struck(stage: &mut Stage<'_>, asleep: &mut Vec<Started>) -> Result<Course, String> {
    for plot in &stage.scenario.plots {
        let started = stage.start(Some(*plot)).await;
        let (course, sleeper) = stage.follow(started, Some(*plot)).await?;
        if course == Course::Damaged {
            return Ok(course);
        }
        if let (Some(sleeper), Plot::Sleeps(_, ms)) = (sleeper, plot) {
            stage.wake_later(&sleeper, Duration::from_millis(*ms));
            asleep.push(sleeper);
        }
        pause(stage).await;
    }
    Ok(Course::Open)
}

/// Those behind them, until one has done everything.
async fn left_alone(stage: &mut Stage<'_>, asleep: &[Started]) -> Result<Course, String> {
    let records = stage.scenario.topic.partitions.iter().flatten();
    let last_ms = records.map(|record| record.appears_ms).max().unwrap_or(0);
    let mut refused = 0;
    for _ in 0..ATTEMPTS {
        let started = stage.start(None).await;
        let saw_all = !stage.scenario.ends_by_itself || started.at_ms > last_ms;
        match stage.follow(started, None).await?.0 {
            Course::Through if saw_all => return Ok(Course::Through),
            Course::Damaged => return Ok(Course::Damaged),
            Course::Refused if refused == STUBBORN => asleep.iter().for_each(|sleeper| stage.ask_to_end(sleeper)),
            Course::Refused => refused += 1,
            _ => {}
        }
        pause(stage).await;
    }
    Err(format!("not through after {ATTEMPTS} attempts with nothing in the way"))
}

async fn sweep(stage: &mut Stage<'_>) -> Result<Course, String> {
    for _ in 0..ATTEMPTS {
        let started = stage.start(None).await;
        let course = stage.follow(started, Some(Plot::AskedToEnd(SWEEP_MS))).await?.0;
        if matches!(course, Course::Through | Course::Damaged) {
            return Ok(course);
        }
        pause(stage).await;
    }
    Err(format!("not swept after {ATTEMPTS} attempts with nothing in the way"))
}

async fn pause(stage: &Stage<'_>) {
    let mut dice = Dice::new(stage.seed, 2000 + stage.processes.len() as u64);
    tokio::time::sleep(Duration::from_millis(dice.between(1, 3_000))).await;
}

/// What is there in the end is what a batch over the same records gives.
fn compare(stage: &Stage<'_>, expected: &Expected, reader: &Reader) -> Result<(), String> {
    let mut wrong = Vec::new();
    for block in &stage.scenario.blocks {
        let found = match block.kind {
            Kind::Files { .. } => reader.visible(stage.world.server(), &format!("out/{}", block.name), block.kind)?,
            _ => {
                let printed: Vec<_> = stage.screens.iter().map(|screen| screen.of(block.name)).collect();
                on_screen(block, &printed)
            }
        };
        wrong.extend(difference(block.name, &expected[block.name], &found));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// Beside the manifests is what those name that can be gone on from, and nothing else.
fn leftovers(server: &Server) -> Result<(), String> {
    let (mut manifests, mut there, mut wrong) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for object in server.paths(&Path::from("checkpoint")) {
        let path = object
            .location
            .as_ref()
            .strip_prefix("checkpoint/")
            .unwrap_or_default()
            .to_owned();
        if path.starts_with("state/") {
            there.insert(path);
        } else if let Some(number) = path.strip_suffix(".json").and_then(|name| name.parse::<u64>().ok()) {
            let bytes = server.bytes(&object.location).unwrap_or_default();
            let manifest: Value = serde_json::from_slice(&bytes).map_err(|error| format!("`{path}`: {error}"))?;
            manifests.insert(number, manifest);
        } else if path != "owner.json" && !path.starts_with(".probe-") {
            // What a run dies with in its first moments costs a few bytes.
            wrong.push(format!("`{path}` was left behind"));
        }
    }
    // One that arrives again after it was removed stands alone, and nobody ever looks at it.
    let mut named = BTreeSet::new();
    let mut next = manifests.last_key_value().map(|(number, _)| *number);
    while let Some(manifest) = next.and_then(|number| manifests.get(&number)) {
        objects_of(manifest, &mut named);
        next = manifest["previous"].as_u64();
    }
    wrong.extend(
        there
            .difference(&named)
            .map(|path| format!("`{path}` is named by no manifest")),
    );
    wrong.extend(
        named
            .difference(&there)
            .map(|path| format!("`{path}` is named by a manifest, and gone")),
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// The paths of objects that stand anywhere in a manifest.
fn objects_of(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("state/") => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| objects_of(item, into)),
        Value::Object(fields) => fields.values().for_each(|value| objects_of(value, into)),
        _ => {}
    }
}
