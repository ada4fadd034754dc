use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::play::{Played, play};
use super::process::{Blow, Moment, Strike};
use super::scenario::{Plot, Scenario};
use super::seed::Dice;

/// As many as a test run may wait for.
const SEEDS: u64 = 60;

/// Of the plays of one blow at each request a test run waits for one in so many; it has no divisor in common with the kinds of blows.
const FEW: usize = 5;

/// Asks for other seeds than these few, and for all blows.
const MANY: &str = "WASMILL_SIM_SEEDS";

/// Lines of a trace that are shown with a seed that failed.
const SHOWN: usize = 60;

fn in_its_world<T>(playing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(playing)
}

/// Plays a scenario; what to tell if it failed.
fn played(seed: u64, scenario: &Scenario) -> Result<Played, String> {
    let played = catch_unwind(AssertUnwindSafe(|| in_its_world(play(seed, scenario))));
    let (what, trace) = match played {
        Ok(Ok(played)) => return Ok(played),
        Ok(Err((what, played))) => (what, played.trace),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            (format!("it panicked: {}", text.unwrap_or_default()), Vec::new())
        }
    };
    let last = trace.len().saturating_sub(SHOWN);
    Err(format!("{what}\n\n{}\n\n{}", scenario.text, trace[last..].join("\n")))
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(wanted) = std::env::var(MANY) else {
        return 0..SEEDS;
    };
    match wanted.split_once("..") {
        Some((from, until)) => from.parse().unwrap()..until.parse().unwrap(),
        None => 0..wanted.parse().unwrap(),
    }
}

/// Each number in one of as many threads as there are processors: a world of its own.
fn side_by_side(numbers: std::ops::Range<u64>, play: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(numbers.start);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < numbers.end => play(number),
                        _ => return,
                    }
                }
            });
        }
    });
}

#[test]
fn nothing_is_lost_and_nothing_is_there_twice() {
    if let Ok(seed) = std::env::var("WASMILL_SIM_SEED") {
        let seed = seed.parse().unwrap();
        let scenario = Scenario::of(seed);
        eprintln!("{}{:?}\n{:?}", scenario.text, scenario.climate, scenario.plots);
        let outcome = in_its_world(play(seed, &scenario));
        let (Ok(played) | Err((_, played))) = &outcome;
        eprintln!("{}", played.trace.join("\n"));
        if let Err((what, _)) = outcome {
            panic!("seed {seed}: {what}");
        }
        return;
    }
    let seeds = seeds();
    let failed = Mutex::new(Vec::new());
    let [processes, fenced, damaged, requests] = std::array::from_fn(|_| AtomicU64::new(0));
    side_by_side(seeds.clone(), |seed| match played(seed, &Scenario::of(seed)) {
        Ok(played) => {
            processes.fetch_add(played.processes as u64, Ordering::Relaxed);
            fenced.fetch_add(played.fenced as u64, Ordering::Relaxed);
            damaged.fetch_add(u64::from(played.damaged), Ordering::Relaxed);
            requests.fetch_add(played.requests.iter().sum(), Ordering::Relaxed);
        }
        Err(what) => failed.lock().unwrap().push((seed, what)),
    });
    eprintln!(
        "{} seeds, {processes:?} processes, {fenced:?} of them fenced, {requests:?} requests; {damaged:?} times all checkpoints were damaged",
        seeds.end - seeds.start
    );
    let failed = failed.into_inner().unwrap();
    if let Some((seed, what)) = failed.iter().min() {
        let first_line = |what: &String| what.lines().take(2).collect::<Vec<_>>().join(" ");
        let all: Vec<String> = failed
            .iter()
            .map(|(seed, what)| format!("{seed}: {}", first_line(what)))
            .collect();
        panic!(
            "{} seeds failed:\n{}\n\nseed {seed}: {what}\n\nhint: WASMILL_SIM_SEED={seed} cargo test -p wasmill --lib nothing_is_lost_and -- --nocapture",
            failed.len(),
            all.join("\n")
        );
    }
}

fn strike(at: u64, moment: Moment, blow: Blow) -> Strike {
    Strike { at, moment, blow }
}

/// The requests of the first process, in order.
fn requests(trace: &[String]) -> Vec<&str> {
    let of_first = trace
        .iter()
        .filter_map(|line| line.split_once("  #0 ").map(|(_, rest)| rest));
    of_first.filter(|rest| rest.contains(": is done")).collect()
}

#[test]
fn every_request_may_be_the_last_or_the_last_for_a_while() {
    let undisturbed = played(0, &Scenario::small(Vec::new())).unwrap_or_else(|what| panic!("{what}"));
    let requests = requests(&undisturbed.trace);
    let claim = requests
        .iter()
        .position(|request| request.starts_with("create checkpoint/0.json"))
        .unwrap() as u64;
    let last_commit = requests
        .iter()
        .rposition(|request| request.starts_with("create checkpoint/"))
        .unwrap() as u64;
    let mut plots = Vec::new();
    for at in 0..requests.len() as u64 {
        for moment in [Moment::Before, Moment::After] {
            plots.push(vec![Plot::Killed(strike(at, moment, Blow::Kill))]);
            // Long enough that another one takes over.
            plots.push(vec![Plot::Sleeps(strike(at, moment, Blow::Stop), 25_000)]);
        }
    }
    let mut dice = Dice::new(0, 9);
    for _ in 0..requests.len() {
        let mut once = || {
            let moment = if dice.chance(500) {
                Moment::Before
            } else {
                Moment::After
            };
            Plot::Killed(strike(dice.below(requests.len() as u64), moment, Blow::Kill))
        };
        plots.push(vec![once(), once()]);
    }
    if std::env::var(MANY).is_err() {
        plots = plots.into_iter().step_by(FEW).collect();
    }
    let failed = Mutex::new(Vec::new());
    side_by_side(0..plots.len() as u64, |number| {
        let plots = plots[number as usize].clone();
        let must_be_fenced = match plots[..] {
            [Plot::Sleeps(Strike { at, moment, .. }, _)] => {
                // Once it has looked whether its claim counts, with the next request.
                at < last_commit && (at > claim + 1 || at == claim + 1 && moment == Moment::After)
            }
            _ => false,
        };
        match played(number, &Scenario::small(plots.clone())) {
            Err(what) => failed.lock().unwrap().push((number, format!("{plots:?}: {what}"))),
            Ok(played) if must_be_fenced && (played.fenced, played.asked) != (1, 0) => {
                let what = format!("{plots:?}: it woke up and was not fenced\n{}", played.trace.join("\n"));
                failed.lock().unwrap().push((number, what));
            }
            Ok(_) => {}
        }
    });
    let failed = failed.into_inner().unwrap();
    eprintln!("{} requests, {} plays", requests.len(), plots.len());
    if let Some((_, what)) = failed.iter().min() {
        let all: Vec<String> = failed
            .iter()
            .map(|(number, _)| format!("{:?}", plots[*number as usize]))
            .collect();
        panic!(
            "{} of {} plays failed: {}\n\n{what}",
            failed.len(),
            plots.len(),
            all.join("\n")
        );
    }
}
