use clap::Parser as _;

use super::*;
use crate::cli::args::{Cli, Command};

fn args(more: &[&str]) -> LogsArgs {
    match Cli::parse_from(["wasmill", "logs"].iter().chain(more)).command {
        Command::Logs(args) => args,
        other => panic!("{other:?}"),
    }
}

fn line(module: &str, level: Option<&str>, source: LogSource, text: &str) -> LogEntry {
    LogEntry {
        number: 7,
        time_ms: 1_768_730_457_123,
        module: module.to_owned(),
        level: level.map(str::to_owned),
        source,
        text: text.to_owned(),
    }
}

#[test]
fn a_line_as_text_and_as_json() {
    let said = line("orders", Some("warn"), LogSource::Guest, "no price");
    let more = line("orders", None, LogSource::Guest, "... 80 more lines");
    let event = line("orders", Some("info"), LogSource::Reload, "module `orders` v2 live");
    // A run that means harm still moves no cursor.
    let hostile = line("or\nders", Some("in\x1bfo"), LogSource::Guest, "\x1b[2J\n\u{202e}");
    let lines = [&said, &more, &event, &hostile];
    insta::assert_snapshot!(shown(&lines, LogsFormat::Text).unwrap(), @r"
    2026-01-18 10:00:57 warn  orders: no price
    2026-01-18 10:00:57       orders: ... 80 more lines
    2026-01-18 10:00:57 info  module `orders` v2 live
    2026-01-18 10:00:57 in\u{1b}fo or ders: \u{1b}[2J \u{202e}
    ");
    insta::assert_snapshot!(shown(&[&said, &more], LogsFormat::Json).unwrap(), @r#"
    {"number":7,"timeMs":1768730457123,"module":"orders","level":"warn","source":"guest","text":"no price"}
    {"number":7,"timeMs":1768730457123,"module":"orders","level":null,"source":"guest","text":"... 80 more lines"}
    "#);
}

#[test]
fn lines_of_a_module_and_of_a_level() {
    let warn = line("orders", Some("warn"), LogSource::Guest, "");
    let debug = line("orders", Some("debug"), LogSource::Guest, "");
    let more = line("orders", None, LogSource::Guest, "");
    let wanted = |more_args: &[&str]| {
        let args = args(more_args);
        [&warn, &debug, &more].map(|line| is_wanted(line, &args))
    };
    assert_eq!(wanted(&[]), [true, true, true]);
    assert_eq!(wanted(&["--level", "info"]), [true, false, true]);
    assert_eq!(wanted(&["--level", "error"]), [false, false, true]);
    assert_eq!(wanted(&["--module", "orders"]), [true, true, true]);
    assert_eq!(
        wanted(&["--module", "guest.orders", "--level", "warn"]),
        [true, false, true]
    );
    assert_eq!(wanted(&["--module", "order"]), [false, false, false]);
}
