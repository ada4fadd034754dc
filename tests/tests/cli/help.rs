//! The help of every command, and of a wrong command line.

use super::support::{Desk, transcript};

#[test]
fn help_of_every_command() {
    let desk = Desk::new();
    for command in [
        "",
        "demo",
        "new",
        "run",
        "state",
        "modules",
        "logs",
        "rollback",
        "checkpoint",
        "checkpoint list",
        "checkpoint show",
        "checkpoint rewind",
        "checkpoint clear",
        "checkpoint orphans",
        "check",
        "produce",
        "topics",
        "topics create",
        "topics delete",
        "show",
        "test",
        "bench",
        "build",
        "doctor",
        "broker",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let output = desk.wasmill(&arguments).succeed();
        assert_eq!(output.stderr, "", "{command}");
        let name = format!("help {command}").trim_end().replace(' ', "-");
        insta::assert_snapshot!(name, output.stdout);
        // The short form is a summary of it.
        let arguments: Vec<&str> = command.split_whitespace().chain(["-h"]).collect();
        assert!(
            desk.wasmill(&arguments)
                .succeed()
                .stdout
                .starts_with(output.stdout.lines().next().unwrap())
        );
    }
}

#[test]
fn the_version() {
    let desk = Desk::new();
    let version = format!("wasmill {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(desk.wasmill(&["--version"]).succeed().stdout, version);
}

#[test]
fn wrong_command_lines() {
    let desk = Desk::new();
    let wrong = |arguments: &[&str]| transcript(&desk.wasmill(arguments).output(), &[]);
    insta::assert_snapshot!(wrong(&["rnu"]), @r"
    status 2
    -- stderr
    error: unrecognized subcommand 'rnu'

    Usage: wasmill <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run"]), @r"
    status 2
    -- stderr
    error: the following required arguments were not provided:
      <PIPELINE.toml>

    Usage: wasmill run <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--onec"]), @r"
    status 2
    -- stderr
    error: unexpected argument '--onec' found

      tip: a similar argument exists: '--once'

    Usage: wasmill run --once <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--output", "csv"]), @r"
    status 2
    -- stderr
    error: invalid value 'csv' for '--output <OUTPUT>'
      [possible values: table, json]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--once", "--stop-after", "5"]), @r"
    status 2
    -- stderr
    error: the argument '--once' cannot be used with '--stop-after <SECONDS>'

    Usage: wasmill run --once <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--once", "--why"]), @"
    status 2
    -- stderr
    error: the argument '--once' cannot be used with '--why'

    Usage: wasmill run --once <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--stop-after", "-1"]), @r"
    status 2
    -- stderr
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: wasmill run [OPTIONS] <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["produce", "t"]), @r"
    status 2
    -- stderr
    error: the following required arguments were not provided:
      <--from <FILE.jsonl>|--generate <GENERATE>>

    Usage: wasmill produce <--from <FILE.jsonl>|--generate <GENERATE>> <TOPIC>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["produce", "t", "--generate", "orders", "--from", "f"]), @r"
    status 2
    -- stderr
    error: the argument '--generate <GENERATE>' cannot be used with '--from <FILE.jsonl>'

    Usage: wasmill produce <--from <FILE.jsonl>|--generate <GENERATE>> <TOPIC>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["produce", "t", "--generate", "orders", "--rate", "0"]), @r"
    status 2
    -- stderr
    error: invalid value '0' for '--rate <N>': expected a number above 0, within reason

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["show", "t", "--kafka-setting", "acks"]), @r"
    status 2
    -- stderr
    error: invalid value 'acks' for '--kafka-setting <NAME=VALUE>': expected NAME=VALUE

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["topics", "create"]), @r"
    status 2
    -- stderr
    error: the following required arguments were not provided:
      <NAMES>...

    Usage: wasmill topics create <NAMES>...

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["topics", "create", "t", "--partitions", "0"]), @r"
    status 2
    -- stderr
    error: invalid value '0' for '--partitions <N>': 0 is not in 1..=2147483647

    For more information, try '--help'.
    ");
}
