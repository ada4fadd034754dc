use std::time::{Duration, Instant};

use super::*;
use crate::guest::testing::{MENAGERIE, component};
use crate::guest::{CacheFolder, EngineOptions, Metering, Module};
use job::Job;

fn engine(compiler: Compiler) -> GuestEngine {
    let options = EngineOptions {
        cache: CacheFolder::Off,
        compiler,
        ..EngineOptions::default()
    };
    GuestEngine::new(options).unwrap()
}

/// What becomes of a module if a shell runs this instead of the compiler.
#[cfg(unix)]
fn compiled_by(script: &str, limits: Limits) -> String {
    let program = CompilerProgram {
        path: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".to_owned(), script.to_owned()],
    };
    let bytes = component(MENAGERIE);
    let loaded = Module::from_bytes(&engine(Compiler::Child(program)), &bytes, limits);
    loaded.unwrap_err().report()
}

#[test]
fn a_job_is_read_as_it_was_written() {
    for (fuel, epochs) in [(true, true), (true, false), (false, true)] {
        let job = Job {
            metering: Metering { fuel, epochs },
            memory_bytes: 1 << 40,
            cpu_seconds: 7,
        };
        assert_eq!(Job::parse(&job.argument()), Some(job));
    }
    for text in [
        "",
        "fuel",
        "fuel,epochs,1",
        "x,epochs,1,1",
        "fuel,epochs,-1,1",
        "fuel,epochs,1,1,1",
    ] {
        assert_eq!(Job::parse(text), None, "{text}");
    }
    insta::assert_snapshot!(compile_for_parent("x").unwrap_err().report(), @"
    error: this command is for wasmill itself, which compiles modules in a process of their own

    hint: `wasmill build CRATE` makes a module, `wasmill run` compiles it
    ");
}

#[cfg(unix)]
#[test]
fn what_befalls_the_compiler_is_an_error_of_the_module() {
    let after = |script: &str| compiled_by(script, Limits::default());
    insta::assert_snapshot!(after("echo 'memory allocation of 12 bytes failed' >&2; kill -ABRT $$"), @"
    error: compiling the module takes more than the 2147483648 bytes of memory allowed

    hint: is a function extremely large or deeply nested?
    ");
    insta::assert_snapshot!(after("echo 'thread x has overflowed its stack' >&2; kill -ABRT $$"), @"
    error: the compiler gave the module up: its stack overflowed

    hint: is a function extremely large or deeply nested?
    ");
    insta::assert_snapshot!(after("kill -SEGV $$"), @"
    error: the compiler gave the module up: signal: 11 (SIGSEGV)

    hint: this is a defect of the compiler: please report it, with the module
    ");
    insta::assert_snapshot!(after("cat >/dev/null & printf 'thread x panicked\\033[31m at y\\n' >&2; exit 101"), @r"
    error: the compiler gave the module up: exit status: 101: thread x panicked\u{1b}[31m at y

    hint: this is a defect of the compiler: please report it, with the module
    ");
    insta::assert_snapshot!(after("printf 'wasmill-refused\\nnot this\\033[31m one'"), @r"error: the module is not valid: not this\u{1b}[31m one");
    // Machine code that is not whole.
    insta::assert_snapshot!(after("printf 'wasmill-native1\\n0123456789'"), @"
    error: the compiler gave the module up: exit status: 0

    hint: this is a defect of the compiler: please report it, with the module
    ");
}

#[cfg(unix)]
#[test]
fn one_that_takes_too_long_is_killed_and_reaped() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let limits = Limits {
        compile_time: Duration::from_millis(500),
        ..Limits::default()
    };
    let start = Instant::now();
    let said = compiled_by(&format!("echo $$ > {}; exec sleep 100", pid.display()), limits);
    assert!(start.elapsed() < Duration::from_secs(20));
    insta::assert_snapshot!(said, @"
    error: compiling the module takes longer than the 0.5 s allowed

    hint: is a function extremely large or deeply nested?
    ");
    let pid = std::fs::read_to_string(pid).unwrap();
    let is_there = std::process::Command::new("kill").args(["-0", pid.trim()]).output();
    assert!(!is_there.unwrap().status.success());
}

#[cfg(unix)]
#[test]
fn more_output_than_any_module_has_is_not_kept() {
    let limits = Limits {
        compile_memory_bytes: 1 << 20,
        ..Limits::default()
    };
    let said = compiled_by("head -c 100000000 /dev/zero", limits);
    assert!(said.starts_with("error: the compiler gave the module up"), "{said}");
}

#[test]
fn a_program_that_is_not_there() {
    let program = CompilerProgram {
        path: PathBuf::from("/nowhere/wasmill"),
        arguments: Vec::new(),
    };
    let fault = Module::from_bytes(
        &engine(Compiler::Child(program)),
        &component(MENAGERIE),
        Limits::default(),
    );
    let said = fault.unwrap_err().report();
    assert!(
        said.starts_with("error: the process that compiles modules can't be started: "),
        "{said}"
    );
}
