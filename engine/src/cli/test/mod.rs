//! `wasmill test`: cases in files, on the real engine, without a broker.

mod bless;
mod case;
mod expected;
mod json;
mod text;
mod verdict;

use std::time::Instant;

use crate::error::Fault;
use crate::pipeline::{LoadedModules, Pipeline, Project, Trial, read_records};

use super::args::{KafkaArgs, TestArgs, TestFormat};
use super::open::{self, Teller};
use super::{Failure, term};

use case::Case;
use verdict::{Outcome, Verdict};

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    blessed: usize,
}

impl Tally {
    fn of(verdicts: &[Verdict]) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict.outcome {
                Outcome::Passed => tally.passed += 1,
                Outcome::Different(_) | Outcome::Broken(_) => tally.failed += 1,
                Outcome::Blessed(_) => tally.blessed += 1,
            }
        }
        tally
    }
}

pub(super) async fn test(args: TestArgs) -> Result<(), Failure> {
    let teller = Teller::new(None);
    let project = Project::find(&args.project)?;
    let pipeline = project.pipeline(args.overrides)?;
    let all = case::all(&project, &pipeline)?;
    let found = all.len();
    let cases: Vec<Case> = match args.cases.is_empty() {
        true => all,
        false => named(all, &args.cases)?,
    };
    let filtered = found - cases.len();

    let resources = open::resources(&KafkaArgs::default(), &teller)?;
    let planned = Trial::plan(
        &pipeline,
        &wanted(&pipeline, &cases),
        &LoadedModules::default(),
        &resources,
    )
    .await;
    teller.clear();
    let mut trial = planned?;

    let is_text = args.output == TestFormat::Text;
    let say = |text: &str| if is_text { term::print(text) } else { Ok(()) };
    let count = term::count(cases.len() as u64, "case");
    say(&format!("running {count} of `{}`\n", project.name()))?;
    let began = Instant::now();
    let mut verdicts = Vec::with_capacity(cases.len());
    for case in &cases {
        let verdict = run(case, &pipeline, &mut trial, args.bless).await;
        say(&text::line(&verdict))?;
        verdicts.push(verdict);
    }
    let took = began.elapsed();
    let failed = Tally::of(&verdicts).failed;
    if is_text {
        let colour = term::colour_of_stdout();
        term::print("\n")?;
        for verdict in &verdicts {
            term::print_coloured(&text::details(verdict, colour))?;
        }
        term::print(&text::closing(&verdicts, filtered, took))?;
    } else {
        term::print(&json::report(&project.name(), &verdicts, filtered, took))?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Told),
    }
}

/// The cases that these words are part of the name of.
fn named(cases: Vec<Case>, words: &[String]) -> Result<Vec<Case>, Failure> {
    let names: Vec<String> = cases.iter().map(|case| format!("`{}`", case.name)).collect();
    for word in words {
        if !cases.iter().any(|case| case.name.contains(word)) {
            let fault = Fault::usage(format!("no case has `{word}` in its name"));
            return Err(fault.hint(format!("there are {}", names.join(", "))).into());
        }
    }
    let is_named = |case: &Case| words.iter().any(|word| case.name.contains(word));
    Ok(cases.into_iter().filter(is_named).collect())
}

/// The tables of all cases: those that they expect, those that the pipeline shows, and the errors of its guests.
fn wanted(pipeline: &Pipeline, cases: &[Case]) -> Vec<String> {
    let expected: Vec<&String> = cases.iter().flat_map(|case| case.expected.keys()).collect();
    let shown = pipeline.shown();
    let is_wanted = |table: &String| {
        expected.contains(&table)
            || shown.iter().any(|shown| shown.eq_ignore_ascii_case(table))
            || pipeline.guests_and_errors().iter().any(|(_, errors)| errors == table)
    };
    pipeline.tables().into_iter().filter(is_wanted).collect()
}

async fn run(case: &Case, pipeline: &Pipeline, trial: &mut Trial, bless: bool) -> Verdict {
    let mut verdict = Verdict {
        name: case.name.clone(),
        records: 0,
        outcome: Outcome::Passed,
        notices: Vec::new(),
        guests: Vec::new(),
    };
    let records = match read_records(&case.records, trial.sources()) {
        Ok(records) => records,
        Err(fault) => {
            verdict.outcome = Outcome::Broken(fault);
            return verdict;
        }
    };
    let report = trial.run(&records).await;
    let judged = match bless {
        true => bless::bless(case, pipeline, &report).map(Outcome::Blessed),
        false => verdict::differences(case, pipeline, &report).map(|differences| match differences.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Different(differences),
        }),
    };
    verdict.outcome = judged.unwrap_or_else(Outcome::Broken);
    verdict.records = report.records;
    verdict.notices = report.notices;
    // Records that failed are told as a table.
    verdict.notices.retain(|notice| !notice.starts_with("guest "));
    verdict.guests = report.guests;
    verdict
}
