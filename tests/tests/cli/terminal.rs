//! On a terminal nothing that stands in a record, a name or a query steers it; in a file it is there byte for byte.

use wasmill_tests::command::{Command, Output, binary};

use super::support::Desk;

/// Sets a terminal's title, clears it (in the form of one character), turns the order of text.
const HOSTILE: &str = "a\\u001b]0;owned\\u0007\\u009b2J\\u202eb";

/// The same as it must reach no terminal.
const RAW: [&str; 4] = ["\u{1b}]", "\u{7}", "\u{9b}", "\u{202e}"];

fn desk() -> Desk {
    let pipeline = format!(
        "[source.raw]\nreplay = \"r.jsonl\"\n\n[table.texts]\n\
         sql = \"SELECT CAST(value AS STRING) AS \\\"n{HOSTILE}\\\" FROM raw\"\n\n\
         [sink.screen]\nfrom = \"texts\"\nconsole = {{ truncate = false }}\n"
    );
    let wrong = pipeline.replace("CAST(value AS STRING)", &format!("`{HOSTILE}`"));
    let record = format!("{{\"key\": \"k\", \"value\": \"{HOSTILE}\"}}\n");
    Desk::with(&[("p.toml", &pipeline), ("wrong.toml", &wrong), ("r.jsonl", &record)])
}

/// Runs a command on a terminal of its own; none if this machine can't make one.
fn on_a_terminal(desk: &Desk, arguments: &str) -> Option<Output> {
    let can = Command::other("sh", ["-c", "script --version | grep -q util-linux"]).output();
    if can.code != Some(0) {
        return None;
    }
    let command = format!("'{}' {arguments}", binary().display());
    Some(
        Command::other("script", ["-qec", &command, "/dev/null"])
            .within(desk.path())
            .env("TERM", "xterm")
            .output(),
    )
}

#[test]
fn a_terminal_is_steered_by_nothing_that_is_shown() {
    let desk = desk();
    for (arguments, shown) in [
        ("run --once p.toml", "na\\u{1b}]0;owned\\a\\u{9b}2J\\u{202e}b"),
        ("run --once p.toml", "|a\\u{1b}]0;owned\\a\\u{9b}2J\\u{202e}b"),
        (
            "run --once p.toml --output json",
            "\"a\\u001b]0;owned\\u0007\\u009b2J\\u202eb\"",
        ),
        ("check p.toml --schema", "na\\u{1b}]0;owned\\a\\u{9b}2J\\u{202e}b"),
        ("check wrong.toml", "mistake"),
    ] {
        let Some(output) = on_a_terminal(&desk, arguments) else {
            return;
        };
        for raw in RAW {
            assert!(
                !output.stdout.contains(raw),
                "{arguments}: {raw:?}: {:?}",
                output.stdout
            );
        }
        assert!(output.stdout.contains(shown), "{arguments}: {:?}", output.stdout);
    }
}

#[test]
fn a_file_has_what_spark_prints() {
    let output = desk().wasmill(&["run", "--once", "p.toml"]).succeed();
    let cell = "a\u{1b}]0;owned\\a\u{9b}2J\u{202e}b";
    assert!(output.stdout.contains(cell), "{:?}", output.stdout);
    assert!(output.stdout.contains(&format!("n{cell}")), "{:?}", output.stdout);
}

#[test]
fn what_is_said_on_stderr_steers_nothing_wherever_it_goes() {
    let desk = desk();
    for arguments in [
        &["check", "wrong.toml"][..],
        &[
            "check",
            "p.toml",
            "--set",
            "sink.screen.from=\u{1b}]0;x\u{7}\u{9b}\u{202e}",
        ],
        &["check", "nowhere\u{1b}]0;x\u{7}\u{9b}\u{202e}.toml"],
        &["state", "nothing\u{1b}]0;x\u{7}\u{9b}\u{202e}"],
    ] {
        let output = desk.wasmill(arguments).fail();
        for raw in RAW {
            assert!(
                !output.stderr.contains(raw),
                "{arguments:?}: {raw:?}: {:?}",
                output.stderr
            );
        }
    }
}
