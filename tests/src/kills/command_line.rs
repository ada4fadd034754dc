//! `cargo run -p wasmill-tests --bin kills`: as many kills as one likes.

use std::process::ExitCode;
use std::time::Instant;

use super::disk::Disk;
use super::fault::Plan;
use super::kind::Kind;
use super::report::Report;
use super::run::{heed_ctrl_c, run};
use super::servers::Servers;
use crate::command::or_be_the_command;

const HELP: &str = "\
Kills pipelines on real servers, and counts what is lost or there twice.

Usage: cargo run -p wasmill-tests --bin kills -- [OPTIONS]

Options:
  --kills N        how often a pipeline is killed, all together [default: 100]
  --seed S         what decides the moments [default: 1]
  --pipeline NAME  only this pipeline: store, disk, append, update, complete, dead-letters
  --tell           say what happens when it does
  --help           this text

The servers are its own (`tests/servers --help` says what they need). A pipeline is killed 25 times, then it is the next one's turn, with
the next seed. Between the kills servers stop, are killed and stand still, Ctrl-C comes once or twice, somebody starts a second
process, one that was stopped for half a minute wakes up, and, where one may mount a small file system, the disk is full.

The first thing that goes wrong ends it: the seed, the pipeline and a folder with all that is there are named.
Exit status: 0 if nothing was lost and nothing was there twice.
";

/// Kills of one pipeline in a row.
const KILLS_A_RUN: usize = 25;

struct Arguments {
    kills: usize,
    seed: u64,
    kinds: Vec<Kind>,
    tell: bool,
}

/// The program.
pub fn main() -> ExitCode {
    if let Some(end) = or_be_the_command() {
        return end;
    }
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("error: {wrong}\n\nhint: --help tells what there is");
            return ExitCode::from(2);
        }
    };
    heed_ctrl_c();
    match kill(&arguments) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut parsed = Arguments {
        kills: 100,
        seed: 1,
        kinds: Kind::ALL.to_vec(),
        tell: false,
    };
    let mut arguments = arguments;
    while let Some(name) = arguments.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        if name == "--tell" {
            parsed.tell = true;
            continue;
        }
        let value = arguments
            .next()
            .ok_or_else(|| format!("`{name}` is no option, or has no value"))?;
        let number = || {
            value
                .parse()
                .map_err(|_| format!("`{value}` is no number for `{name}`"))
        };
        match name.as_str() {
            "--kills" => parsed.kills = usize::try_from(number()?).unwrap_or(usize::MAX),
            "--seed" => parsed.seed = number()?,
            "--pipeline" => {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == value);
                parsed.kinds = vec![kind.ok_or_else(|| format!("there is no pipeline `{value}`"))?];
            }
            _ => return Err(format!("`{name}` is no option")),
        }
    }
    Ok(Some(parsed))
}

fn kill(arguments: &Arguments) -> Result<Report, String> {
    let servers = Servers::start();
    let may_fill_disk = Disk::can_be_small();
    if !may_fill_disk {
        eprintln!("no small file system can be mounted here (that takes root, on Linux): a full disk is left out");
    }
    let began = Instant::now();
    let mut total = Report::default();
    let mut left = arguments.kills;
    for (seed, kind) in (arguments.seed..).zip(arguments.kinds.iter().cycle()) {
        if left == 0 {
            break;
        }
        let kills = left.min(KILLS_A_RUN);
        left -= kills;
        let plan = Plan {
            tell: arguments.tell,
            ..Plan::made_up(*kind, seed, kills, may_fill_disk)
        };
        let report = run(&plan, &servers);
        let report = report.map_err(|wrong| match total.kills {
            0 => wrong,
            _ => format!("{wrong}\n\nbefore that: {total}"),
        })?;
        println!(
            "{:6.0} s  {:12} seed {seed}: {kills} kills, {} records, {} lost, {} twice",
            began.elapsed().as_secs_f64(),
            kind.name(),
            report.records,
            report.verdict.lost,
            report.verdict.twice
        );
        total.add(report);
    }
    Ok(total)
}

#[cfg(test)]
#[path = "command_line_test.rs"]
mod tests;
