//! The help of every command, and of a wrong command line.

use super::support::{Desk, transcript};

#[test]
fn help_of_every_command() {
    let desk = Desk::new();
    for command in [
        "",
        "demo",
        "run",
        "check",
        "produce",
        "topics",
        "topics create",
        "topics delete",
        "show",
        "build",
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
    insta::assert_snapshot!(wrong(&["rnu"]), @"");
    insta::assert_snapshot!(wrong(&["run"]), @"");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--onec"]), @"");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--output", "csv"]), @"");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--once", "--stop-after", "5"]), @"");
    insta::assert_snapshot!(wrong(&["run", "p.toml", "--stop-after", "-1"]), @"");
    insta::assert_snapshot!(wrong(&["produce", "t"]), @"");
    insta::assert_snapshot!(wrong(&["produce", "t", "--generate", "orders", "--from", "f"]), @"");
    insta::assert_snapshot!(wrong(&["produce", "t", "--generate", "orders", "--rate", "0"]), @"");
    insta::assert_snapshot!(wrong(&["show", "t", "--kafka-setting", "acks"]), @"");
    insta::assert_snapshot!(wrong(&["topics", "create"]), @"");
    insta::assert_snapshot!(wrong(&["topics", "create", "t", "--partitions", "0"]), @"");
}
