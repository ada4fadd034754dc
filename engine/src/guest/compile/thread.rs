//! Compiling in this process, beside its work.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};

use wasmtime::component::Component;

use super::{DEFECT, not_valid, said, too_slow};
use crate::error::{Fault, Result};
use crate::guest::engine::GuestEngine;
use crate::guest::limits::Limits;

/// Stack of the thread that compiles: the compiler walks deeply nested code by recursion here and there.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// The compiler can't be interrupted: when its time is over its thread is left to itself, and ends when it is done.
pub(super) fn compile(engine: &GuestEngine, bytes: Arc<[u8]>, limits: &Limits) -> Result<Component> {
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
        Ok(Err(error)) => Err(not_valid(&said(&error), limits)),
        Err(RecvTimeoutError::Timeout) => Err(too_slow(limits)),
        Err(RecvTimeoutError::Disconnected) => Err(Fault::guest("the compiler gave the module up").hint(DEFECT)),
    }
}
