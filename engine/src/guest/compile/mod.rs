//! From inspected bytes to machine code, from the cache if it is there: by a process of its own, or by a thread of this one.

mod child;
mod inside;
mod job;
mod thread;

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::Component;

use super::digest::Digest;
use super::engine::GuestEngine;
use super::limits::Limits;
use crate::error::{Fault, Result};
use crate::text::one_line;

pub use inside::compile_for_parent;

/// Who compiles modules.
#[derive(Debug, Clone, Default)]
pub enum Compiler {
    /// A thread of this process. It can't be stopped: a module that takes the compiler too long is refused in time, but the
    /// thread works on; and one that crashes the compiler, or makes it take all memory, takes this process with it.
    #[default]
    Thread,
    /// A process for each module, which is killed when its time is over and may take only so much memory. What befalls it is an error
    /// of the module.
    Child(CompilerProgram),
}

/// A program that calls [`compile_for_parent`] with its last argument, if it is called with these and one more.
#[derive(Debug, Clone)]
pub struct CompilerProgram {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called with.
    pub arguments: Vec<String>,
}

impl CompilerProgram {
    /// The program of this process, called with these arguments. Where the system has it (Linux), that is the very file that runs,
    /// also if another one was put in its place.
    ///
    /// # Errors
    /// If the system does not know where it is.
    pub fn this(arguments: impl IntoIterator<Item = &'static str>) -> Result<Self> {
        let unknown = |error| Fault::machine("the system does not tell where this program is").because(error);
        Ok(Self {
            path: match cfg!(target_os = "linux") {
                true => PathBuf::from("/proc/self/exe"),
                false => std::env::current_exe().map_err(unknown)?,
            },
            arguments: arguments.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// Compiles an inspected module, or takes it from the cache.
///
/// # Errors
/// If it is not valid WebAssembly, or takes longer than [`Limits::compile_time`], or more than [`Limits::compile_memory_bytes`].
pub(super) fn compile(engine: &GuestEngine, bytes: &Arc<[u8]>, digest: &Digest, limits: &Limits) -> Result<Component> {
    if let Some(component) = engine.cache().and_then(|cache| cache.get(digest, engine.wasmtime())) {
        return Ok(component);
    }
    match engine.compiler() {
        Compiler::Thread => {
            let component = thread::compile(engine, Arc::clone(bytes), limits)?;
            if let Some(cache) = engine.cache()
                && let Ok(payload) = component.serialize()
            {
                cache.put(digest, &payload);
            }
            Ok(component)
        }
        Compiler::Child(program) => {
            let compiled = child::compile(program, engine, bytes, limits)?;
            if let Some(cache) = engine.cache() {
                cache.put(digest, compiled.payload());
            }
            Ok(compiled.component)
        }
    }
}

/// Words of the compiler, which quotes names that stand in the module.
fn not_valid(reason: &str, limits: &Limits) -> Fault {
    Fault::guest("the module is not valid").because(one_line(reason, limits.reason_bytes))
}

fn too_slow(limits: &Limits) -> Fault {
    Fault::guest(format!(
        "compiling the module takes longer than the {} s allowed",
        limits.compile_time.as_secs_f64()
    ))
    .hint(LARGE)
}

const LARGE: &str = "is a function extremely large or deeply nested?";
const DEFECT: &str = "this is a defect of the compiler: please report it, with the module";

/// An error of wasmtime with all that led to it, each said once.
fn said(error: &wasmtime::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !said.contains(&text) {
            said.push_str(if said.is_empty() { "" } else { ": " });
            said.push_str(&text);
        }
    }
    said
}

#[cfg(test)]
#[path = "compile_test.rs"]
mod tests;
