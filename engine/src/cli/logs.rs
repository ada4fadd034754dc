//! `wasmill logs`: what modules logged, and what happened to them.

use std::time::Duration;

use crate::error::{Fault, Result};
use crate::monitor::Running;
use crate::text::one_line;

use super::args::{LogsArgs, LogsFormat, LogsLevel};
use super::chosen::{the_one, unreadable};
use super::columns::time;
use super::control::ModulesReport;
use super::log_book::{LogEntry, LogPage, LogSource};
use super::{Failure, term};

/// Between two questions whether there is more.
const PAUSE: Duration = Duration::from_millis(250);
/// The run has cut and escaped its lines already; this is not left to another process.
const MOST_BYTES: usize = 8192;

pub(super) async fn logs(args: LogsArgs) -> Result<(), Failure> {
    let run = the_one(&args.running).await?;
    if let Some(module) = &args.module {
        known(module, &run).await?;
    }
    let Some(first) = page(&run, 0).await? else {
        return Err(Fault::unavailable(format!("`{}` has just ended", run.pipeline())).into());
    };
    let seen = seen_after(&first, 0);
    let mut lines: Vec<&LogEntry> = first.lines.iter().filter(|line| is_wanted(line, &args)).collect();
    let surplus = args.lines.map_or(0, |most| lines.len().saturating_sub(most));
    lines.drain(..surplus);
    // Whoever wants the last few does not miss those before them.
    if args.lines.is_none_or(|most| most > lines.len()) {
        say_lost(first.lost);
    }
    term::print(&shown(&lines, args.output)?)?;
    match args.follow {
        true => Ok(follow(&run, seen, &args).await?),
        false => Ok(()),
    }
}

/// Until the run ends, or nobody reads any more.
async fn follow(run: &Running, mut seen: u64, args: &LogsArgs) -> Result<()> {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(next) = page(run, seen).await? else {
            return Ok(());
        };
        seen = seen_after(&next, seen);
        say_lost(next.lost);
        let lines: Vec<&LogEntry> = next.lines.iter().filter(|line| is_wanted(line, args)).collect();
        if !lines.is_empty() {
            term::print(&shown(&lines, args.output)?)?;
        }
    }
}

/// None if the run has ended.
async fn page(run: &Running, after: u64) -> Result<Option<LogPage<LogEntry>>> {
    let Some(json) = run.logs(after).await? else {
        return Ok(None);
    };
    let page = serde_json::from_slice(&json).map_err(|error| unreadable(run, "the log", error))?;
    Ok(Some(page))
}

fn seen_after(page: &LogPage<LogEntry>, before: u64) -> u64 {
    page.lines.last().map_or(before, |line| line.number)
}

fn say_lost(lost: u64) {
    if lost > 0 {
        term::say_line(&format!("... {} before these are not kept", term::count(lost, "line")));
    }
}

/// A module that the pipeline does not have logs nothing, for ever.
async fn known(module: &str, run: &Running) -> Result<()> {
    let json = run.modules().await?;
    let report: ModulesReport = serde_json::from_slice(&json).map_err(|error| unreadable(run, "the modules", error))?;
    let modules = &report.modules;
    if modules.iter().any(|one| one.name == module || one.key() == module) {
        return Ok(());
    }
    let names: Vec<String> = modules.iter().map(|one| format!("`{}`", one.key())).collect();
    Err(
        Fault::usage(format!("the pipeline has no module `{module}`")).hint(match names.len() {
            0 => "it has none at all".to_owned(),
            _ => format!("it has {}", names.join(", ")),
        }),
    )
}

fn is_wanted(line: &LogEntry, args: &LogsArgs) -> bool {
    // Lines have the name alone.
    let is_of = args.module.as_deref().is_none_or(|wanted| {
        let name = wanted.split_once('.').map_or(wanted, |(_, name)| name);
        line.module == wanted || line.module == name
    });
    // How many more there were is of no level.
    let is_weighty = line.level.as_deref().is_none_or(|level| weight(level) <= args.level);
    is_of && is_weighty
}

/// What is not known is not left out.
fn weight(level: &str) -> LogsLevel {
    match level {
        "warn" => LogsLevel::Warn,
        "info" => LogsLevel::Info,
        "debug" => LogsLevel::Debug,
        "trace" => LogsLevel::Trace,
        _ => LogsLevel::Error,
    }
}

fn shown(lines: &[&LogEntry], format: LogsFormat) -> Result<String> {
    let mut text = String::new();
    for line in lines {
        text += &match format {
            LogsFormat::Text => line_text(line),
            LogsFormat::Json => serde_json::to_string(line)
                .map_err(|error| Fault::internal("can't write the line as JSON").because(error))?,
        };
        text.push('\n');
    }
    Ok(text)
}

/// `2026-01-18 10:00:57 info  commandes: text`
fn line_text(line: &LogEntry) -> String {
    let level = one_line(line.level.as_deref().unwrap_or_default(), 16);
    let said = one_line(&line.text, MOST_BYTES);
    let time = time(line.time_ms);
    match line.source {
        LogSource::Guest => {
            let module = one_line(&line.module, MOST_BYTES);
            format!("{time} {level:<5} {module}: {said}")
        }
        // It names the module itself.
        LogSource::Reload => format!("{time} {level:<5} {said}"),
    }
}

#[cfg(test)]
#[path = "logs_test.rs"]
mod tests;
