//! Modules compiled by a process of the command's own: the same code as a thread makes, and nothing that befalls the compiler
//! befalls the host.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::path::Path;
use std::time::{Duration, Instant};

use wasmill::guest::{CacheFolder, Compiler, CompilerProgram, EngineOptions, GuestEngine, Limits, Module};
use wasmill_tests::command::binary;
use wasmill_tests::module::module;

fn engine(compiler: Compiler, folder: &Path) -> GuestEngine {
    let options = EngineOptions {
        cache: CacheFolder::At(folder.to_owned()),
        compiler,
        ..EngineOptions::default()
    };
    GuestEngine::new(options).unwrap()
}

fn child() -> Compiler {
    Compiler::Child(CompilerProgram {
        path: binary(),
        arguments: vec!["compile-module".to_owned()],
    })
}

/// The only file of a folder.
fn only_file(folder: &Path) -> (String, Vec<u8>) {
    let mut files = std::fs::read_dir(folder).unwrap();
    let file = files.next().unwrap().unwrap();
    assert!(files.next().is_none());
    (
        file.file_name().into_string().unwrap(),
        std::fs::read(file.path()).unwrap(),
    )
}

/// A component with a function of so many branches, each with all of these locals in reach.
fn branchy(locals: usize, ifs: usize) -> Vec<u8> {
    let locals = "i32 ".repeat(locals);
    let ifs: String = (0..ifs)
        .map(|at| {
            format!(
                "local.get {} if local.get {} local.set {} end ",
                at % 7,
                at % 11,
                at % 13
            )
        })
        .collect();
    let module = format!("(core module (func (param i32) (local {locals}) (loop {ifs} (br_if 0 (local.get 0)))))");
    wat::parse_str(format!(
        "(component {module} (component $c) (instance $i (instantiate $c)) \
         (export \"wasmill:guest/transform@0.1.0\" (instance $i)))"
    ))
    .unwrap()
}

fn refused(bytes: &[u8], limits: Limits) -> String {
    let folder = tempfile::tempdir().unwrap();
    Module::from_bytes(&engine(child(), folder.path()), bytes, limits)
        .unwrap_err()
        .report()
}

#[test]
fn a_process_makes_the_same_code_as_a_thread() {
    let (by_thread, by_child) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = module("commandes");
    let mut files = Vec::new();
    for (compiler, folder) in [(Compiler::Thread, by_thread.path()), (child(), by_child.path())] {
        let loaded = Module::load(&engine(compiler, folder), &file, Limits::default()).unwrap();
        assert_eq!(loaded.name(), "commandes");
        files.push(only_file(folder));
    }
    assert_eq!(files[0].0, files[1].0);
    assert!(files[0].1 == files[1].1, "the code differs");
}

#[test]
fn what_is_in_the_cache_needs_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = module("logs");
    Module::load(&engine(child(), folder.path()), &file, Limits::default()).unwrap();
    let nobody = Compiler::Child(CompilerProgram {
        path: "nowhere".into(),
        arguments: Vec::new(),
    });
    Module::load(&engine(nobody, folder.path()), &file, Limits::default()).unwrap();
}

#[test]
fn one_that_takes_the_compiler_too_long() {
    let limits = Limits {
        compile_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let start = Instant::now();
    insta::assert_snapshot!(refused(&branchy(400, 9_000), limits), @"
    error: compiling the module takes longer than the 0.3 s allowed

    hint: is a function extremely large or deeply nested?
    ");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_takes_the_compiler_too_much_memory() {
    let limits = Limits {
        compile_memory_bytes: 256 << 20,
        // Only so that one is quickly made.
        function_body_bytes: 4 << 20,
        function_blocks: 100_000,
        locals_times_blocks: 100_000_000,
        ..Limits::default()
    };
    insta::assert_snapshot!(refused(&branchy(400, 60_000), limits), @"
    error: compiling the module takes more than the 268435456 bytes of memory allowed

    hint: is a function extremely large or deeply nested?
    ");
}

#[test]
fn one_that_is_not_valid_is_refused_in_the_same_words() {
    let mut bytes = branchy(20, 20);
    // `i32` of a local becomes a type that there is not.
    let at = bytes
        .windows(4)
        .position(|bytes| bytes == [0x03, 0x40, 0x20, 0x00])
        .unwrap();
    bytes[at] = 0xff;
    let folder = tempfile::tempdir().unwrap();
    let by_thread = Module::from_bytes(&engine(Compiler::Thread, folder.path()), &bytes, Limits::default());
    assert_eq!(refused(&bytes, Limits::default()), by_thread.unwrap_err().report());
}
