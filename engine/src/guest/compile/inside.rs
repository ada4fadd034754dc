//! The inside of the process that compiles a module for another.

use std::io::{Read, Write};
use std::process::ExitCode;

use wasmtime::Engine;

use super::job::{Job, REFUSED};
use super::said;
use super::thread::STACK_BYTES;
use crate::error::{Fault, Result};
use crate::guest::engine::config;
use crate::guest::native;

/// Does what the parent asks for by this argument: reads a module on standard input, writes machine code to standard
/// output. See [`CompilerProgram`](super::CompilerProgram).
///
/// The process gives up rights before it reads anything of the module: it may take only so much memory (on Linux, where all
/// that is writable counts; on other Unix systems as far as they hold `RLIMIT_AS`; not on Windows), only so much processor time,
/// and leaves no core file.
///
/// # Errors
/// If it was not started by wasmill, or its output can't be written. That a module is not valid is no error here: the parent is
/// told.
pub fn compile_for_parent(argument: &str) -> Result<ExitCode> {
    let job = Job::parse(argument).ok_or_else(|| {
        Fault::usage("this command is for wasmill itself, which compiles modules in a process of their own")
            .hint("`wasmill build CRATE` makes a module, `wasmill run` compiles it")
    })?;
    limit(&job);
    let bytes = module().map_err(|error| Fault::machine("the module can't be read").because(error))?;
    end_with_the_parent();
    let compiling = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let engine = Engine::new(&config(job.metering))?;
            engine.precompile_component(&bytes)
        })
        .map_err(|error| Fault::machine("no thread can be started").because(error))?;
    // A panic has been told on standard error, where the parent reads it.
    let Ok(compiled) = compiling.join() else {
        return Ok(ExitCode::FAILURE);
    };
    let mut out = std::io::stdout().lock();
    let written = match compiled {
        Ok(payload) => native::write(&mut out, &payload),
        Err(error) => out
            .write_all(REFUSED)
            .and_then(|()| out.write_all(said(&error).as_bytes())),
    };
    written
        .and_then(|()| out.flush())
        .map_err(|error| Fault::machine("the machine code can't be handed over").because(error))?;
    Ok(ExitCode::SUCCESS)
}

fn module() -> std::io::Result<Vec<u8>> {
    let mut input = std::io::stdin().lock();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The parent keeps the other end open for as long as it lives: nobody waits for a child whose input ends.
fn end_with_the_parent() {
    // Without the thread the limit of processor time ends an orphan.
    let _ = std::thread::Builder::new().spawn(|| {
        let _ = std::io::stdin().lock().read(&mut [0]);
        std::process::exit(1);
    });
}

#[cfg(unix)]
fn limit(job: &Job) {
    // On Linux all that is private and writable counts as data. The address space does not tell: allocators reserve far more of
    // it, for each thread, than they use.
    let memory = match cfg!(target_os = "linux") {
        true => libc::RLIMIT_DATA,
        false => libc::RLIMIT_AS,
    };
    for (resource, most) in [
        (memory, job.memory_bytes),
        (libc::RLIMIT_CPU, job.cpu_seconds),
        (libc::RLIMIT_CORE, 0),
    ] {
        let most = libc::rlim_t::try_from(most).unwrap_or(libc::rlim_t::MAX);
        let limit = libc::rlimit {
            rlim_cur: most,
            rlim_max: most,
        };
        // SAFETY: the structure is whole, and only read. A system that refuses leaves the limit it had.
        #[expect(
            unsafe_code,
            reason = "a call of the system that only reads the structure it is given"
        )]
        let _refused = unsafe { libc::setrlimit(resource, &raw const limit) };
    }
}

#[cfg(not(unix))]
fn limit(_: &Job) {}
