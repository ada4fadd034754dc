//! Compiling in a process of its own, as seen from here.
//!
//! The machine code that comes back is loaded and run by this process, so its origin matters. It comes through an anonymous pipe,
//! which no other process has, from a child that this process started itself, of its own program file: as trusted as the
//! compiler in this process would be. The process is a fence around what the compiler *uses* (time, memory, stack, its own
//! life), not against a module that would find a way to make the compiler write other code: nothing here would hold that, nor
//! would it in a thread.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use wasmtime::component::Component;

use super::job::{Job, REFUSED};
use super::{CompilerProgram, DEFECT, LARGE, not_valid, too_slow};
use crate::error::{Fault, Result};
use crate::guest::engine::GuestEngine;
use crate::guest::limits::Limits;
use crate::guest::native;
use crate::text::one_line;

/// What is kept of what the child says on standard error.
const SAID_BYTES: u64 = 8 << 10;

/// More threads make the compiler little faster, and each has its own memory.
const MOST_THREADS: usize = 8;

/// Stack of each of the compiler's threads: deep recursion is stopped by the limits before it, so this is to spare. It counts as memory
/// whether it is used or not.
const THREAD_STACK_BYTES: usize = 8 << 20;

/// What Rust, the compiler's libraries and the system say when there is no memory.
const NO_MEMORY: [&str; 3] = ["memory allocation of ", "out of memory", "Cannot allocate memory"];

/// A compiled module, and the bytes it came in.
pub(super) struct Compiled {
    pub(super) component: Component,
    bytes: Vec<u8>,
}

impl Compiled {
    /// What the cache keeps.
    pub(super) fn payload(&self) -> &[u8] {
        native::payload(&self.bytes).unwrap_or_default()
    }
}

/// Has a child compile the module.
pub(super) fn compile(
    program: &CompilerProgram,
    engine: &GuestEngine,
    bytes: &Arc<[u8]>,
    limits: &Limits,
) -> Result<Compiled> {
    let deadline = Instant::now() + limits.compile_time;
    let mut child = Running::start(program, &job(engine, limits))?;
    child.feed(Arc::clone(bytes))?;
    let output = match child.output(limits.compile_memory_bytes as u64, deadline)? {
        Some(output) => output,
        None => return Err(too_slow(limits)),
    };
    if let Some(component) = native::load(engine.wasmtime(), &output) {
        return Ok(Compiled {
            component,
            bytes: output,
        });
    }
    match output.strip_prefix(REFUSED) {
        Some(reason) => Err(not_valid(&String::from_utf8_lossy(reason), limits)),
        None => Err(child.crash(limits)),
    }
}

fn job(engine: &GuestEngine, limits: &Limits) -> Job {
    let threads = u64::try_from(threads()).unwrap_or(1);
    Job {
        metering: engine.metering(),
        memory_bytes: limits.compile_memory_bytes as u64,
        cpu_seconds: limits.compile_time.as_secs().saturating_add(1).saturating_mul(threads),
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_THREADS))
}

/// A child at work. Dropped, it is killed and reaped.
struct Running {
    child: Child,
    said: Receiver<Vec<u8>>,
    /// Open until the child is done with: see [`Job`].
    fed: Option<std::thread::JoinHandle<Option<std::process::ChildStdin>>>,
}

impl Running {
    fn start(program: &CompilerProgram, job: &Job) -> Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .args(&program.arguments)
            .arg(job.argument())
            .env("RAYON_NUM_THREADS", threads().to_string())
            .env("RUST_MIN_STACK", THREAD_STACK_BYTES.to_string())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for this process, which decides what becomes of its work.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .spawn()
            .map_err(|error| Fault::machine("the process that compiles modules can't be started").because(error))?;
        let said = read(child.stderr.take(), SAID_BYTES);
        let running = |said| Self { child, said, fed: None };
        // The guard stands before anything may fail.
        match said {
            Ok(said) => Ok(running(said)),
            Err(fault) => {
                drop(running(mpsc::channel().1));
                Err(fault)
            }
        }
    }

    /// Writes the module from a thread: the child may end before it has read all.
    fn feed(&mut self, bytes: Arc<[u8]>) -> Result<()> {
        let Some(mut input) = self.child.stdin.take() else {
            return Ok(());
        };
        let feeding = move || {
            let length = (bytes.len() as u64).to_le_bytes();
            let written = input.write_all(&length).and_then(|()| input.write_all(&bytes));
            // One that does not read has ended, and that is told by its output.
            written.and_then(|()| input.flush()).ok().map(|()| input)
        };
        let fed = std::thread::Builder::new()
            .name("guest-compile".to_owned())
            .spawn(feeding);
        self.fed = Some(fed.map_err(no_thread)?);
        Ok(())
    }

    /// All that the child writes; nothing if it is not done in time.
    fn output(&mut self, most: u64, deadline: Instant) -> Result<Option<Vec<u8>>> {
        let output = read(self.child.stdout.take(), most)?;
        match output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(output) => Ok(Some(output)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Ok(Some(Vec::new())),
        }
    }

    /// Why a child ended that said neither one nor the other: told by how it ended, and its last words.
    fn crash(&mut self, limits: &Limits) -> Fault {
        // It has closed its output, so it is about to end, and its words with it.
        let said = self.said.recv_timeout(Duration::from_secs(10)).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let gave_up = Fault::guest("the compiler gave the module up");
        if NO_MEMORY.iter().any(|words| said.contains(words)) {
            return Fault::guest(format!(
                "compiling the module takes more than the {} bytes of memory allowed",
                limits.compile_memory_bytes
            ))
            .hint(LARGE);
        }
        if said.contains("has overflowed its stack") {
            return gave_up.because("its stack overflowed").hint(LARGE);
        }
        let end = match self.end() {
            Some(end) => format!("{end}: {said}"),
            None => said.into_owned(),
        };
        gave_up
            .because(one_line(end.trim_end_matches([':', ' ', '\n']), limits.reason_bytes))
            .hint(DEFECT)
    }

    /// How it ended, if it did.
    fn end(&mut self) -> Option<String> {
        let _ = self.child.kill();
        self.child.wait().ok().map(|status| status.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and been reaped: then both are nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The thread that feeds it ends with the pipe, and closes its end.
        if let Some(fed) = self.fed.take() {
            let _ = fed.join();
        }
    }
}

/// Reads to the end from a thread of its own; what is behind `most` bytes is read and thrown away.
fn read(from: Option<impl Read + Send + 'static>, most: u64) -> Result<Receiver<Vec<u8>>> {
    let (send, receive) = mpsc::sync_channel(1);
    let Some(mut from) = from else {
        return Ok(receive);
    };
    let reading = move || {
        let mut bytes = Vec::new();
        let _ = from.by_ref().take(most).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
        let _ = send.send(bytes);
    };
    std::thread::Builder::new()
        .name("guest-compile".to_owned())
        .spawn(reading)
        .map_err(no_thread)?;
    Ok(receive)
}

fn no_thread(error: std::io::Error) -> Fault {
    Fault::machine("no thread can be started").because(error)
}
