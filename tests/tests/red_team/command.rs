//! One of each group by the command itself: its exit status, and that nothing raw comes out of it.

use std::path::Path;

use wasmill_tests::command::{Command, Output};

use super::guest::{SUM, ZOO, aggregate, at_u, good, replaced, transform, with_at_u};

const RUN: &str = "[source.raw]\nreplay = \"records.jsonl\"\n[guest.evil]\nfrom = \"raw\"\nmodule = \"evil.wasm\"\n";
const SCREENS: &str =
    "[sink.rows]\nfrom = \"evil\"\nconsole = {}\n[sink.letters]\nfrom = \"evil_errors\"\nconsole = {}\n";

fn run(module: &[u8], more: &[(&str, Vec<u8>)], rest: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("evil.wasm", module);
    write("records.jsonl", b"a\nU\nbb");
    write("p.toml", format!("{RUN}{rest}").as_bytes());
    more.iter().for_each(|(name, bytes)| write(name, bytes));
    let output = command(folder.path(), arguments);
    for text in [&output.stdout, &output.stderr] {
        let raw = text.chars().find(|c| c.is_control() && !"\n\t".contains(*c));
        assert_eq!(raw, None, "{output}");
    }
    output
}

fn command(folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::wasmill(["run", "p.toml", "--once"]).within(folder);
    let command = arguments
        .iter()
        .fold(command, |command, argument| command.arg(argument));
    command
        .env("WASMILL_CACHE", folder.join("cache"))
        .env("NO_COLOR", "1")
        .output()
}

#[test]
fn refused_at_load() {
    for module in [&b""[..], b"\x1b[2J\0", b"\x7fELF\x1b]0;x\x07"] {
        let output = run(module, &[], SCREENS, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output}");
        assert!(output.stderr.starts_with("error: guest `evil`: "), "{output}");
    }
    let start = replaced(
        ZOO,
        "(global $free",
        "(func $start (loop $ever (br $ever))) (start $start) (global $free",
    );
    let output = run(&transform(&start), &[], SCREENS, &[]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("does it loop without end?"), "{output}");
}

#[test]
fn a_record_that_fails_is_set_aside() {
    let loud = "(data (i32.const 1200) \"a\\1b[2J\\1b]0;title\\07\\00\\0d\\0aerror: forged\")";
    let says = "(call $line (i32.const 0) (i32.const 1200) (i32.const 31)) unreachable";
    for arguments in [&[][..], &["--output", "json"]] {
        let output = run(&with_at_u(loud, says), &[], SCREENS, arguments);
        assert_eq!(output.code, Some(0), "{output}");
        assert!(output.stdout.contains("bb") || output.stdout.contains('2'), "{output}");
        // On the screen the reason is cut; in JSON it is whole.
        assert!(arguments.is_empty() || output.stdout.contains("forged"), "{output}");
        assert!(
            !output.stderr.lines().any(|line| line.starts_with("error: forged")),
            "{output}"
        );
    }
}

#[test]
fn a_record_that_fails_ends_the_run_if_so_wanted() {
    let rest = format!("on_error = \"fail\"\n{SCREENS}");
    let output = run(&at_u("(loop $ever (br $ever))"), &[], &rest, &[]);
    assert_ne!(output.code, Some(0), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert!(output.stderr.contains("does it loop without end?"), "{output}");
}

#[test]
fn an_aggregate_that_stops_is_told() {
    let rest = "[aggregate.zoo]\nmodule = \"sum.wasm\"\n[table.sums]\nsql = \"SELECT zoo(length * 0 - 2) AS z FROM evil\"\n[sink.sums]\nfrom = \"sums\"\nconsole = {}\nmode = \"complete\"\n";
    let output = run(&good(), &[("sum.wasm", aggregate(SUM))], rest, &[]);
    assert_eq!(output.code, Some(0), "{output}");
    assert!(
        output
            .stderr
            .contains("2 rows were left out; the first: panicked at src/lib.rs:7:5: no such animal"),
        "{output}"
    );
}
