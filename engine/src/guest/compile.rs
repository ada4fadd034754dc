//! From inspected bytes to machine code, from the cache if it is there.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};

use wasmtime::component::Component;

use super::digest::Digest;
use super::engine::GuestEngine;
use super::limits::Limits;
use super::text::of_library;
use crate::error::{Fault, Result};

/// Stack of the thread that compiles: the compiler walks deeply nested code by recursion here and there.
const STACK_BYTES: usize = 64 << 20;

/// Compiles an inspected module, or takes it from the cache.
///
/// # Errors
/// If it is not valid WebAssembly, or takes longer than [`Limits::compile_time`].
pub(super) fn compile(engine: &GuestEngine, bytes: &Arc<[u8]>, digest: &Digest, limits: &Limits) -> Result<Component> {
    if let Some(component) = engine.cache().and_then(|cache| cache.get(digest, engine.wasmtime())) {
        return Ok(component);
    }
    let component = compile_within(engine, Arc::clone(bytes), limits)?;
    if let Some(cache) = engine.cache() {
        cache.put(digest, &component);
    }
    Ok(component)
}

/// The compiler can't be interrupted: when its time is over its thread is left to itself, and ends when it is done.
fn compile_within(engine: &GuestEngine, bytes: Arc<[u8]>, limits: &Limits) -> Result<Component> {
    let (send, receive) = mpsc::sync_channel(1);
    let wasmtime = engine.wasmtime().clone();
    std::thread::Builder::new()
        .name("guest-compile".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let compiled = Component::from_binary(&wasmtime, &bytes);
            // Nobody listens any more when the time was over.
            let _ = send.send(compiled);
        })
        .map_err(|error| Fault::machine("no thread can be started").because(error))?;
    match receive.recv_timeout(limits.compile_time) {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(Fault::guest("the module is not valid").because(of_library(error))),
        Err(RecvTimeoutError::Timeout) => Err(Fault::guest(format!(
            "compiling the module takes longer than the {} s allowed",
            limits.compile_time.as_secs()
        ))
        .hint("is a function extremely large or deeply nested?")),
        Err(RecvTimeoutError::Disconnected) => Err(Fault::guest("the compiler gave the module up")
            .hint("this is a defect of the compiler: please report it, with the module")),
    }
}
