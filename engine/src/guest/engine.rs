//! One wasmtime engine a process: its settings, the thread that moves its epoch, the linker with the one import.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, OptLevel};

use super::cache::{Cache, CacheFolder};
use super::compile::Compiler;
use super::instance::HostState;
use super::log::{self, HostLog, StderrLog};
use crate::error::{Fault, Result};

/// How often the epoch moves on: the exactness of [`Limits::call_time`](super::Limits::call_time).
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Stack for a guest's own calls, as wasmtime's default. The thread that calls must have it to spare: 2 MiB, the default
/// of Rust's and tokio's threads, is enough. (Rust keeps most of its stack in the guest's memory, bounded there.)
const STACK_BYTES: usize = 512 << 10;

/// What [`GuestEngine::new`] can be told.
pub struct EngineOptions {
    /// Where compiled modules are kept.
    pub cache: CacheFolder,
    /// Who gets the modules' log lines.
    pub log: Arc<dyn HostLog>,
    /// What a guest's steps are counted by.
    pub metering: Metering,
    /// Who compiles.
    pub compiler: Compiler,
}

/// What ends a guest that runs away. Only a benchmark has a reason to turn one of them off: to tell what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metering {
    /// Counts instructions: the same input costs the same.
    pub fuel: bool,
    /// Counts time.
    pub epochs: bool,
}

impl Default for Metering {
    fn default() -> Self {
        Self {
            fuel: true,
            epochs: true,
        }
    }
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            cache: CacheFolder::Default,
            log: Arc::new(StderrLog),
            metering: Metering::default(),
            compiler: Compiler::default(),
        }
    }
}

/// The runtime for all modules of a process. Cheap to clone.
#[derive(Clone)]
pub struct GuestEngine(Arc<Inner>);

struct Inner {
    engine: Engine,
    linker: Linker<HostState>,
    cache: Option<Cache>,
    log: Arc<dyn HostLog>,
    metering: Metering,
    compiler: Compiler,
    /// Dropped with the last handle, which ends the thread.
    _ticking: Sender<()>,
}

impl GuestEngine {
    /// Starts the runtime and the thread that moves its epoch.
    ///
    /// # Errors
    /// If the machine can't run it (no thread, a processor that wasmtime does not know).
    pub fn new(options: EngineOptions) -> Result<Self> {
        let unusable =
            |error: wasmtime::Error| Fault::machine("the WebAssembly runtime can't be started").because(error);
        let engine = Engine::new(&config(options.metering)).map_err(unusable)?;
        let mut linker = Linker::new(&engine);
        log::link(&mut linker).map_err(unusable)?;
        let ticking = tick(engine.clone())?;
        let cache = Cache::open(&options.cache, &engine);
        Ok(Self(Arc::new(Inner {
            engine,
            linker,
            cache,
            log: options.log,
            metering: options.metering,
            compiler: options.compiler,
            _ticking: ticking,
        })))
    }

    pub(super) fn wasmtime(&self) -> &Engine {
        &self.0.engine
    }

    pub(super) fn linker(&self) -> &Linker<HostState> {
        &self.0.linker
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.0.cache.as_ref()
    }

    pub(super) fn metering(&self) -> Metering {
        self.0.metering
    }

    pub(super) fn compiler(&self) -> &Compiler {
        &self.0.compiler
    }

    pub(super) fn log(&self) -> &Arc<dyn HostLog> {
        &self.0.log
    }
}

/// All that decides what code is made of a module, but for the module. A process that compiles for another has the same.
pub(super) fn config(metering: Metering) -> Config {
    let mut config = Config::new();
    config
        // Fuel decides (the same input costs the same), the epoch is the net below it.
        .consume_fuel(metering.fuel)
        .epoch_interruption(metering.epochs)
        .max_wasm_stack(STACK_BYTES)
        .cranelift_opt_level(OptLevel::Speed)
        // What a module computes is the same on every machine and at every repetition of a batch. NaN's bits are the one
        // thing the processor may choose otherwise.
        .cranelift_nan_canonicalization(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .concurrency_support(false)
        // A trap's reason is told by its kind and the guest's own panic message; addresses help nobody.
        .wasm_backtrace_max_frames(None);
    config
}

/// Moves the epoch on for as long as the returned sender lives.
fn tick(engine: Engine) -> Result<Sender<()>> {
    let (alive, ended) = mpsc::channel::<()>();
    std::thread::Builder::new()
        .name("guest-epoch".to_owned())
        .spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
                engine.increment_epoch();
            }
        })
        .map_err(|error| Fault::machine("no thread can be started").because(error))?;
    Ok(alive)
}
