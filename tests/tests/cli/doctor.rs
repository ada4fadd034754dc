//! `wasmill doctor` on machines that lack something: a PATH of made-up programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use wasmill_tests::broker::Kafka;
use wasmill_tests::command::Command;

use super::support::{Desk, transcript};

const RUSTC: &str = "if [ \"$1\" = --print ]; then echo SYSROOT; else echo 'rustc VERSION (0123abcde 2026-04-14)'; fi";
const CARGO: &str = "echo 'cargo 1.95.0 (f2d3ce0bd 2026-03-21)'";
const RUSTUP: &str = "echo 'rustup 1.29.0 (0123abcde 2026-03-01)'";
const CC: &str = "echo 'cc (Debian 12.2.0) 12.2.0'; echo 'Copyright'";

/// A machine with these programs and nothing else. Its rustc has the target in `sysroot`.
struct Machine(Desk);

impl Machine {
    fn with(programs: &[(&str, &str)]) -> Self {
        let desk = Desk::with(&[
            ("sysroot/lib/rustlib/wasm32-unknown-unknown/lib/std", ""),
            ("bare/file", ""),
        ]);
        fs::create_dir(desk.path().join("bin")).unwrap();
        for (name, script) in programs {
            let file = desk.path().join("bin").join(name);
            let sysroot = desk.path().join("sysroot").display().to_string();
            let script = script.replace("SYSROOT", &sysroot).replace("VERSION", "1.95.0");
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(desk)
    }

    fn doctor(&self, arguments: &[&str]) -> Command {
        let home = self.0.path();
        self.0
            .wasmill(&[&["doctor"], arguments].concat())
            .env("PATH", home.join("bin"))
            .env("HOME", home)
            .env("WASMILL_CACHE", home.join("cache"))
            .env_remove("CARGO_HOME")
    }

    fn said(&self, arguments: &[&str]) -> String {
        let home = self.0.path().display().to_string();
        transcript(&self.doctor(arguments).output(), &[(&home, "HOME")])
    }
}

#[test]
fn all_is_there() {
    let machine = Machine::with(&[("rustc", RUSTC), ("cargo", CARGO), ("rustup", RUSTUP), ("cc", CC)]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 0
    -- stdout
    ok        rustc   1.95.0 (the SDK needs 1.95 or newer)
    ok        cargo   1.95.0
    ok        target  wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    ok        rustup  1.29.0
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    nothing that is needed is missing
    ");
    // Nothing is left behind but the cache's folder.
    assert_eq!(fs::read_dir(machine.0.path().join("cache/modules")).unwrap().count(), 0);
}

#[test]
fn nothing_is_there() {
    let machine = Machine::with(&[]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 1
    -- stdout
    missing   rustc   not found
                      -> curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
    missing   cargo   not found
                      -> curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
    missing   target  wasm32-unknown-unknown can't be looked for without `rustc`
                      -> install rustup, or your distribution's package of the target wasm32-unknown-unknown
    missing   linker  `cc`: not found
                      -> apt-get install build-essential (elsewhere: the package of a C compiler)
    optional  rustup  not found
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    error: 4 things are missing

    hint: the commands that mend it stand above; then ask again
    ");
}

#[test]
fn rust_is_there_but_not_in_the_path() {
    let machine = Machine::with(&[("cc", CC)]);
    machine.0.write(".cargo/bin/rustup", b"");
    let said = machine.said(&[]);
    assert!(said.contains("-> . \"${CARGO_HOME:-$HOME/.cargo}/env\""), "{said}");
}

#[test]
fn an_old_rustc() {
    let old = RUSTC.replace("VERSION", "1.81.0");
    let machine = Machine::with(&[("rustc", &old), ("cargo", CARGO), ("rustup", RUSTUP), ("cc", CC)]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 1
    -- stdout
    missing   rustc   1.81.0 is too old: the SDK needs 1.95 or newer
                      -> rustup update stable
    ok        cargo   1.95.0
    ok        target  wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    ok        rustup  1.29.0
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    error: 1 thing is missing

    hint: the commands that mend it stand above; then ask again
    ");
}

#[test]
fn no_target() {
    let bare = RUSTC.replace("SYSROOT", "/nowhere");
    let machine = Machine::with(&[("rustc", &bare), ("cargo", CARGO), ("rustup", RUSTUP), ("cc", CC)]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 1
    -- stdout
    ok        rustc   1.95.0 (the SDK needs 1.95 or newer)
    ok        cargo   1.95.0
    missing   target  wasm32-unknown-unknown is not installed
                      -> rustup target add wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    ok        rustup  1.29.0
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    error: 1 thing is missing

    hint: the commands that mend it stand above; then ask again
    ");
    // Without rustup it is the distribution's to bring.
    let machine = Machine::with(&[("rustc", &bare), ("cargo", CARGO), ("cc", CC)]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 1
    -- stdout
    ok        rustc   1.95.0 (the SDK needs 1.95 or newer)
    ok        cargo   1.95.0
    missing   target  wasm32-unknown-unknown is not installed
                      -> install rustup, or your distribution's package of the target wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    optional  rustup  not found
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    error: 1 thing is missing

    hint: the commands that mend it stand above; then ask again
    ");
}

#[test]
fn rustup_without_a_toolchain() {
    let none = "echo 'error: rustup could not choose a version of rustc to run' >&2; exit 1";
    let machine = Machine::with(&[("rustc", none), ("cargo", none), ("rustup", RUSTUP), ("cc", CC)]);
    insta::assert_snapshot!(machine.said(&[]), @"
    status 1
    -- stdout
    missing   rustc   error: rustup could not choose a version of rustc to run
                      -> rustup toolchain install stable && rustup default stable
    missing   cargo   error: rustup could not choose a version of rustc to run
                      -> rustup toolchain install stable && rustup default stable
    missing   target  wasm32-unknown-unknown can't be looked for without `rustc`
                      -> rustup target add wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    ok        rustup  1.29.0
    ok        cache   `HOME/cache/modules`
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    error: 3 things are missing

    hint: the commands that mend it stand above; then ask again
    ");
}

#[test]
fn a_cache_that_others_may_write_to_is_not_used() {
    let machine = Machine::with(&[("rustc", RUSTC), ("cargo", CARGO), ("rustup", RUSTUP), ("cc", CC)]);
    let folder = machine.0.path().join("cache/modules");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    insta::assert_snapshot!(machine.said(&[]), @"
    status 0
    -- stdout
    ok        rustc   1.95.0 (the SDK needs 1.95 or newer)
    ok        cargo   1.95.0
    ok        target  wasm32-unknown-unknown
    ok        linker  `cc`: cc (Debian 12.2.0) 12.2.0
    ok        rustup  1.29.0
    optional  cache   each start compiles its modules anew: others may write to the folder, so what is in it is not trusted: `HOME/cache/modules`
                      -> chmod go-w HOME/cache/modules
    optional  broker  none is named, and no embedded one runs
                      -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    -- stderr
    nothing that is needed is missing
    ");
}

#[test]
fn machines_read_json() {
    let machine = Machine::with(&[("rustc", RUSTC), ("cargo", CARGO), ("cc", CC)]);
    let output = machine.doctor(&["--output", "json"]).succeed();
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(
        report["findings"][0],
        serde_json::json!({"name": "rustc", "state": "ok", "found": "1.95.0 (the SDK needs 1.95 or newer)", "mend": null})
    );
    let machine = Machine::with(&[]);
    let output = machine.doctor(&["--output", "json"]).fail();
    assert!(output.stdout.starts_with(r#"{"ok":false,"#), "{}", output.stdout);
}

const PIPELINE: &str = r#"
[source.raw]
subscribe = "orders, logs"

[sink.files]
from = "raw"
parquet = "out/files"

[sink.blocked]
from = "raw"
parquet = "bare/file/out"

[sink.store]
from = "raw"
parquet = "s3://bronze/kafka"
"#;

#[test]
fn a_pipeline_s_broker_topics_and_folders() {
    let machine = Machine::with(&[]);
    machine.0.write("p.toml", PIPELINE.as_bytes());
    let store = |command: Command| {
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"]
            .into_iter()
            .fold(command, Command::env_remove)
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    };
    let home = machine.0.path().display().to_string();
    let output = store(machine.doctor(&["p.toml"])).output();
    insta::assert_snapshot!(transcript(&output, &[(&home, "HOME")]), @"
    status 1
    -- stdout
    ok        pipeline    `p.toml`
    optional  rustc       not found
    optional  cargo       not found
    optional  target      wasm32-unknown-unknown can't be looked for without `rustc`
    optional  linker      `cc`: not found
    optional  rustup      not found
    ok        cache       `HOME/cache/modules`
    missing   broker      none is named for source `raw`, and no embedded one runs
                          -> wasmill broker (in another terminal), or `--kafka HOST:PORT`
    ok        folder      `out/files` can be written
    missing   folder      can't create the folder: `HOME/bare/file`: File exists (os error 17)
                          -> a file stands where a folder is needed
    missing   store       no credentials: bucket `bronze`
                          -> set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    ok        checkpoint  `p.checkpoint` can be written
    -- stderr
    error: 3 things are missing

    hint: the commands that mend it stand above; then ask again
    ");
    assert!(!machine.0.path().join("out").exists());

    let kafka = Kafka::start();
    let topic = kafka.topic_name("orders-of-a-doctor");
    kafka.create_topic(&topic, 1);
    let subscribe = format!("source.raw.subscribe={topic}, not-there");
    let arguments = ["p.toml", "--set", &subscribe, "--kafka", kafka.address()];
    let output = store(machine.doctor(&arguments)).output();
    assert!(
        output.stdout.contains(&format!("`{}` answers", kafka.address())),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains(&format!("ok        topic       `{topic}`\n")),
        "{}",
        output.stdout
    );
    let create = format!("-> wasmill topics create not-there --kafka {}\n", kafka.address());
    assert!(output.stdout.contains(&create), "{}", output.stdout);
}

#[test]
fn a_pipeline_with_mistakes() {
    let machine = Machine::with(&[]);
    machine
        .0
        .write("p.toml", PIPELINE.replace("subscribe", "subscrbe").as_bytes());
    let said = machine.said(&["p.toml"]);
    let pipeline: String = said
        .lines()
        .filter(|line| line.contains("p.toml"))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(pipeline, @"
    missing   pipeline  `p.toml` has 2 mistakes
                        -> wasmill check p.toml
    ");
    insta::assert_snapshot!(machine.said(&["nowhere.toml"]), @"
    status 1
    -- stderr
    error: can't read the pipeline file: `nowhere.toml`: No such file or directory (os error 2)

    hint: the lab's pipelines are in `transforms/*/*.toml`
    ");
}
