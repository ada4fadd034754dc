//! What a module may use. One struct, so that nothing is limited in passing somewhere else.

use std::time::Duration;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Limits under a name.
pub type Profile = (&'static str, fn() -> Limits);

/// What a module may use. [`Limits::default`] is [`Limits::rust`].
///
/// The first group is checked on the binary before anything is compiled, or while it is; the second while it runs, the third on
/// what it returns. A module is refused by the first, a record by the other two. They hold for transforms and aggregates alike; what a
/// pipeline file may set them to is in [`Limits::FIELDS`].
///
/// Three things are not for a pipeline to choose. The stack of a guest is 512 KiB, because the threads of this process that call
/// it must have that to spare. A start function is a call like any other: [`Limits::fuel_per_call`], [`Limits::call_time`] and
/// [`Limits::memory_bytes`] hold it. And a module may import the contract's `log` and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the component. Everything below grows with it, and it is read into memory as a whole.
    pub module_bytes: usize,
    /// Functions defined in all core modules together: each costs the compiler a fixed sum besides its body.
    pub functions: usize,
    /// Bytes of one function's body: the compiler's time grows faster than a body does.
    pub function_body_bytes: usize,
    /// Blocks, loops, ifs and conditional branches of one function: the compiler's time grows with their square (40,000 ifs, one
    /// in the other, take it 25 s). A large parser has some thousands.
    pub function_blocks: usize,
    /// Locals of one function (parameters not counted) times its branches and blocks: register allocation looks at each local in
    /// each block. 1,000 locals by 3,900 ifs in a loop take it 2 s.
    pub locals_times_blocks: usize,
    /// Bytes of data segments: they are copied at each instantiation.
    pub data_bytes: usize,
    /// Core modules, and components inside the component. An interpreter is linked of some twenty.
    pub modules: usize,
    /// How deep components stand in components. Tools wrap at most once.
    pub nesting: usize,
    /// Instances (of modules and of components) that instantiation makes.
    pub instances: usize,
    /// Memories and tables, each.
    pub memories: usize,
    /// How long the compiler may take, in wall-clock time. What the counts above let through and is still slow ends here.
    pub compile_time: Duration,
    /// Bytes of memory that the compiler may take, where it is a process of its own ([`Compiler::Child`](super::Compiler::Child)) and
    /// the system can hold it to that (see [`compile_for_parent`](super::compile_for_parent)).
    pub compile_memory_bytes: usize,

    /// Bytes of all linear memories of an instance together. An instance is kept a worker, so a pipeline's resident memory
    /// is this times workers at worst.
    pub memory_bytes: usize,
    /// Bytes of memory beyond which an instance is not used for another call but replaced, so that one large batch does not
    /// fill the machine for good, and a module that never frees goes on working.
    pub kept_memory_bytes: usize,
    /// Entries of all tables of an instance together; a table costs the host 8 bytes an entry.
    pub table_elements: usize,
    /// Fuel of any call, however small: the start, `describe`, and what a batch costs before its first record. A unit is about
    /// one instruction, a nanosecond or less.
    pub fuel_per_call: u64,
    /// Fuel for each record of a batch, on top. Fuel and not time is the limit that decides, since the same input costs the
    /// same on every machine and at every repetition.
    pub fuel_per_record: u64,
    /// Fuel for each byte of a batch's keys, values and headers, on top.
    pub fuel_per_byte: u64,
    /// Wall-clock time of one call, for what fuel does not see (page faults, host calls, a machine that swaps).
    pub call_time: Duration,
    /// Log lines kept of one batch; more are counted.
    pub log_lines: usize,
    /// Bytes of one log line; what is behind is cut.
    pub log_line_bytes: usize,

    /// Records handed over in one call. From 256 up the cost a record is flat; small calls keep a batch in the cache, make
    /// a trap cheap to pin and bound what is in flight.
    pub call_records: usize,
    /// Bytes of values handed over in one call, unless a single record is larger.
    pub call_bytes: usize,
    /// Bytes of one record (key, value and headers), or of the texts of one row that an aggregate gets. A larger one fails without the
    /// module having seen it.
    pub record_bytes: usize,
    /// Bytes that one call may return or log, everything counted: they are copied out of the guest's memory.
    pub output_bytes: usize,
    /// Rows that one call may return. (Of an aggregate's call come as many results as went states in, and nothing else.)
    pub output_rows: usize,
    /// Bytes that the state of one group of an aggregate may take: there may be a million groups.
    pub state_bytes: usize,
    /// Bytes kept of the reason why a record failed; what is behind is cut.
    pub reason_bytes: usize,
    /// Fields of the schema, nested ones included.
    pub fields: usize,
    /// How deep the schema may nest.
    pub depth: usize,
    /// Bytes of the name of a field or of the module.
    pub name_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::rust()
    }
}

impl Limits {
    /// The profiles, by name.
    pub const PROFILES: [Profile; 2] = [("rust", Self::rust), ("script", Self::script)];

    /// For a module compiled from Rust (or C, Zig and the like): small, quick, no interpreter inside.
    pub fn rust() -> Self {
        Self {
            module_bytes: 16 * MIB,
            functions: 20_000,
            function_body_bytes: 256 * KIB,
            function_blocks: 10_000,
            locals_times_blocks: 4_000_000,
            data_bytes: 8 * MIB,
            modules: 16,
            nesting: 2,
            instances: 32,
            memories: 4,
            compile_time: Duration::from_secs(60),
            compile_memory_bytes: 2048 * MIB,

            memory_bytes: 256 * MIB,
            kept_memory_bytes: 64 * MIB,
            table_elements: 100_000,
            // The lab's orders cost some 10,000 units each and may cost 180,000; a whole call of 8,192 of them 1.5 billion, which
            // is a second or less.
            fuel_per_call: 50_000_000,
            fuel_per_record: 100_000,
            fuel_per_byte: 200,
            call_time: Duration::from_secs(10),
            log_lines: 20,
            log_line_bytes: KIB,

            call_records: 8_192,
            call_bytes: 4 * MIB,
            record_bytes: 32 * MIB,
            output_bytes: 128 * MIB,
            output_rows: 1_000_000,
            state_bytes: 256 * KIB,
            reason_bytes: KIB,
            fields: 1_000,
            depth: 16,
            name_bytes: 128,
        }
    }

    /// For a module with an interpreter inside (Python, JavaScript): some 18 MB of code, and 50 times the instructions.
    pub fn script() -> Self {
        Self {
            module_bytes: 64 * MIB,
            functions: 100_000,
            function_body_bytes: 1024 * KIB,
            function_blocks: 40_000,
            locals_times_blocks: 32_000_000,
            data_bytes: 64 * MIB,
            modules: 64,
            nesting: 3,
            instances: 128,
            memories: 8,
            compile_time: Duration::from_secs(180),
            compile_memory_bytes: 4096 * MIB,
            memory_bytes: 512 * MIB,
            kept_memory_bytes: 256 * MIB,
            fuel_per_call: 5_000_000_000,
            fuel_per_record: 5_000_000,
            fuel_per_byte: 10_000,
            call_time: Duration::from_secs(30),
            call_records: 2_048,
            call_bytes: MIB,
            ..Self::rust()
        }
    }

    /// The fuel of a call over this many records and bytes.
    pub(super) fn fuel(&self, records: usize, bytes: usize) -> u64 {
        self.fuel_per_call
            .saturating_add(self.fuel_per_record.saturating_mul(records as u64))
            .saturating_add(self.fuel_per_byte.saturating_mul(bytes as u64))
    }
}

#[cfg(test)]
#[path = "limits_test.rs"]
mod tests;
