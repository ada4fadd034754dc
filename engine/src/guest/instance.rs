//! A module at work: its store, what it may use, and one call into it.

use std::sync::Arc;

use wasmtime::{ResourceLimiter, Store, Trap};

use super::check::Unchecked;
use super::contract::{Records, TransformGuest};
use super::engine::{GuestEngine, Metering, TICK};
use super::limits::Limits;
use super::log::Lines;
use crate::text::one_line;

/// What the host keeps beside a guest's memory.
pub(super) struct HostState {
    pub(super) limits: Arc<Limits>,
    metering: Metering,
    /// The lines of the current call.
    pub(super) lines: Lines,
    /// The last line of level error in the current call: a panic says there what and where.
    pub(super) last_error: Option<String>,
    memory_bytes: usize,
    table_elements: usize,
    /// Bytes of memory that were asked for and not given, in the current call.
    refused_memory: Option<usize>,
    /// Entries of tables that were asked for and not given, in the current call.
    refused_table: Option<usize>,
    /// How often the current call asked for memory or table entries that it did not get.
    refusals: usize,
}

/// How often a call may ask in vain. Being refused costs the host a thousand times the fuel that asking costs the guest, and who
/// was refused once does something else.
const REFUSALS: usize = 1_000;

impl HostState {
    /// Counts a refusal; one too many ends the call.
    fn refused(&mut self) -> wasmtime::Result<()> {
        self.refusals += 1;
        if self.refusals > REFUSALS {
            return Err(wasmtime::Error::msg("refused too often"));
        }
        Ok(())
    }
}

impl ResourceLimiter for HostState {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let together = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let fits = together <= self.limits.memory_bytes;
        if fits {
            self.memory_bytes = together;
        } else {
            self.refused_memory = Some(together);
            self.refused()?;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let together = self.table_elements.saturating_add(desired.saturating_sub(current));
        let fits = together <= self.limits.table_elements;
        if fits {
            self.table_elements = together;
        } else {
            self.refused_table = Some(together);
            self.refused()?;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.memories
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// For a person: the guest's own words where it has some.
    pub(super) reason: String,
    /// Fuel that the call used up.
    pub(super) fuel: u64,
    /// What it logged.
    pub(super) lines: Lines,
    /// Whether the instance may be called again.
    pub(super) instance_is_whole: bool,
}

impl Failure {
    /// A failure that the host found, with nothing to tell about the call.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            fuel: 0,
            lines: Lines::default(),
            instance_is_whole: false,
        }
    }
}

/// An instantiated module. After a trap it is dropped, store and all: what the trap left half done goes with it.
pub(super) struct Instance<G> {
    store: Store<HostState>,
    guest: G,
}

/// What a call returned, not checked yet, and what it logged and cost.
pub(super) struct Returned<T> {
    pub(super) value: T,
    pub(super) lines: Lines,
    pub(super) fuel: u64,
}

impl<G> Instance<G> {
    /// Instantiates the module, which runs its start functions if it has any.
    pub(super) fn new(
        engine: &GuestEngine,
        limits: &Arc<Limits>,
        instantiate: impl FnOnce(&mut Store<HostState>) -> wasmtime::Result<G>,
    ) -> Result<Self, Failure> {
        let state = HostState {
            limits: Arc::clone(limits),
            metering: engine.metering(),
            lines: Lines::default(),
            last_error: None,
            memory_bytes: 0,
            table_elements: 0,
            refused_memory: None,
            refused_table: None,
            refusals: 0,
        };
        let mut store = Store::new(engine.wasmtime(), state);
        store.limiter(|state| state);
        store.set_hostcall_fuel(limits.output_bytes);
        // The contract has no resources; a module that makes its own is up to something else.
        store.set_max_component_handles(MAX_HANDLES);
        let fuel = limits.fuel(0, 0);
        let guest = begin(&mut store, fuel).and_then(|()| instantiate(&mut store));
        match guest {
            Ok(guest) => Ok(Self { store, guest }),
            Err(error) => Err(trapped(&mut store, &error, fuel)),
        }
    }

    /// Whether its memory has grown so large that a new instance is better: memory never shrinks, and some guests never free.
    pub(super) fn is_bloated(&self) -> bool {
        let state = self.store.data();
        state.memory_bytes > state.limits.kept_memory_bytes
    }

    /// How much linear memory it has now, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes
    }

    /// Asks the module what it is.
    pub(super) fn describe<T>(
        &mut self,
        call: impl FnOnce(&G, &mut Store<HostState>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let fuel = self.store.data().limits.fuel(0, 0);
        let description = begin(&mut self.store, fuel).and_then(|()| call(&self.guest, &mut self.store));
        description.map_err(|error| trapped(&mut self.store, &error, fuel))
    }

    /// Hands so many rows or records over, of so many bytes, which count for the fuel.
    pub(super) fn call<T>(
        &mut self,
        rows: usize,
        bytes: usize,
        call: impl FnOnce(&G, &mut Store<HostState>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<Returned<T>, Failure> {
        let fuel = self.store.data().limits.fuel(rows, bytes);
        let returned = begin(&mut self.store, fuel).and_then(|()| call(&self.guest, &mut self.store));
        match returned {
            Ok(Ok(value)) => Ok(Returned {
                value,
                lines: std::mem::take(&mut self.store.data_mut().lines),
                fuel: spent(&self.store, fuel),
            }),
            Ok(Err(reason)) => Err(Failure {
                reason: one_line(&reason, self.store.data().limits.reason_bytes),
                fuel: spent(&self.store, fuel),
                lines: std::mem::take(&mut self.store.data_mut().lines),
                instance_is_whole: true,
            }),
            Err(error) => Err(trapped(&mut self.store, &error, fuel)),
        }
    }
}

impl Instance<TransformGuest> {
    /// Hands a batch over. `bytes` is what it weighs, for the fuel.
    pub(super) fn process(&mut self, records: Records<'_>, bytes: usize) -> Result<Returned<Unchecked>, Failure> {
        let count = records.offsets.len();
        self.call(count, bytes, |guest, store| {
            let rows = guest.wasmill_guest_transform().call_process(store, records)?;
            Ok(rows.map(|rows| Unchecked::new(rows, count)))
        })
    }
}

const MAX_HANDLES: usize = 16;

/// Fills up what a call may use.
fn begin(store: &mut Store<HostState>, fuel: u64) -> wasmtime::Result<()> {
    let state = store.data_mut();
    state.lines = Lines::default();
    state.last_error = None;
    state.refused_memory = None;
    state.refused_table = None;
    state.refusals = 0;
    let metering = state.metering;
    let ticks = state.limits.call_time.as_millis() / TICK.as_millis();
    // One more, since the first tick may come at once.
    store.set_epoch_deadline(u64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) + 1);
    if metering.fuel {
        store.set_fuel(fuel)?;
    }
    Ok(())
}

fn spent(store: &Store<HostState>, fuel: u64) -> u64 {
    fuel.saturating_sub(store.get_fuel().unwrap_or(0))
}

fn trapped(store: &mut Store<HostState>, error: &wasmtime::Error, fuel: u64) -> Failure {
    let spent = spent(store, fuel);
    let state = store.data_mut();
    Failure {
        reason: reason(state, error, fuel),
        fuel: spent,
        lines: std::mem::take(&mut state.lines),
        instance_is_whole: false,
    }
}

/// Says why a guest stopped, in words its author can act on.
fn reason(state: &HostState, error: &wasmtime::Error, fuel: u64) -> String {
    let limits = &state.limits;
    let mut reason = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => format!("used up its {fuel} units of fuel (does it loop without end?)"),
        Some(Trap::Interrupt) => format!("took longer than {:?}", limits.call_time),
        Some(Trap::StackOverflow) => "stack overflow (does it call itself without end?)".to_owned(),
        Some(Trap::UnreachableCodeReached) => match &state.last_error {
            Some(panic) => panic.clone(),
            None => "stopped itself (`unreachable`)".to_owned(),
        },
        Some(trap) => {
            let text = trap.to_string();
            text.strip_prefix("wasm trap: ").unwrap_or(&text).to_owned()
        }
        None if state.refusals > REFUSALS => {
            format!("asked to grow {REFUSALS} times after it was refused (does it loop without end?)")
        }
        None => {
            let cause = error.root_cause().to_string();
            if cause.starts_with("too much data is being copied") {
                format!("returned or logged more than the {} bytes allowed", limits.output_bytes)
            } else {
                format!("broke the contract: {}", one_line(&cause, limits.reason_bytes))
            }
        }
    };
    if let Some(wanted) = state.refused_memory {
        reason.push_str(&format!(
            " (it asked for {wanted} bytes of memory, {} are allowed)",
            limits.memory_bytes
        ));
    }
    if let Some(wanted) = state.refused_table {
        reason.push_str(&format!(
            " (it asked for {wanted} table entries, {} are allowed)",
            limits.table_elements
        ));
    }
    reason
}
