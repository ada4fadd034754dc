//! Walks a module's binary before the runtime sees it: what can be refused by reading is refused with its reason, and
//! nothing is compiled that would take the compiler minutes. Types and code are validated by wasmtime afterwards.

use std::fmt::Display;

use wasmparser::{
    BinaryReaderError, Encoding, FunctionBody, MemoryType, Operator, Parser, Payload, TableType, TypeRef,
};

use super::contract::{PACKAGE, VERSION};
use super::limits::Limits;
use crate::error::{Fault, Result};
use crate::text::{escaped, of_library};

/// The hint for whatever is not a component of ours.
const BUILD: &str = "`wasmill build CRATE` makes a component of a crate";

/// Bytes shown of a name that is not ours: it may be as long as the module.
const SHOWN_BYTES: usize = 128;

/// What a module is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    /// Records to rows.
    Transform,
    /// Aggregates that SQL calls.
    Aggregate,
}

impl Interface {
    fn name(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::Aggregate => "aggregate",
        }
    }
}

/// Reads the binary through and refuses it where it can't be a module of this contract and within these limits. `needs` is the
/// interface that it must export; any if none is named.
///
/// # Errors
/// [`Fault`] of the guest's kind: what is wrong, and what to do.
pub(super) fn inspect(bytes: &[u8], limits: &Limits, needs: Option<Interface>) -> Result<()> {
    if bytes.is_empty() {
        return Err(Fault::guest("the module is empty").hint(format!("is it still being written? {BUILD}")));
    }
    check_size(bytes.len() as u64, limits.module_bytes)?;
    is_component(bytes)?;

    let mut found = Found::default();
    for payload in Parser::new(0).parse_all(bytes) {
        found.read(payload.map_err(broken)?, limits)?;
    }
    found.exports_the_contract(needs)
}

/// Refuses a module that is too large to be read.
pub(super) fn check_size(bytes: u64, most: usize) -> Result<()> {
    if bytes <= most as u64 {
        return Ok(());
    }
    Err(too_much("bytes", bytes, most))
}

fn is_component(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"\x7fELF") {
        // Machine code made elsewhere would run outside of every check: never deserialised, whatever made it.
        return Err(Fault::guest("this is a precompiled module, which wasmill never loads")
            .hint("give the `.wasm` component it was made of; wasmill compiles and caches it itself"));
    }
    if bytes.trim_ascii_start().starts_with(b"(") {
        return Err(Fault::guest("this is WebAssembly's text form, not a binary").hint(BUILD));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(Fault::guest("this is not a WebAssembly module (it does not begin with `\\0asm`)").hint(BUILD));
    }
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version {
            encoding: Encoding::Component,
            ..
        })) => Ok(()),
        Some(Ok(Payload::Version {
            encoding: Encoding::Module,
            ..
        })) => Err(Fault::guest("this is a core module, not a component").hint(BUILD)),
        Some(Err(error)) => Err(broken(error)),
        _ => Err(Fault::guest("the binary ends in its header").hint(BUILD)),
    }
}

fn broken(error: BinaryReaderError) -> Fault {
    Fault::guest("the module's binary is broken")
        .because(of_library(error))
        .hint(format!("is it cut short? {BUILD}"))
}

fn at_most(what: &str, is: usize, allowed: usize) -> Result<()> {
    if is <= allowed {
        return Ok(());
    }
    Err(too_much(what, is, allowed))
}

fn too_much(what: &str, is: impl Display, allowed: impl Display) -> Fault {
    Fault::guest(format!("the module has {is} {what}, more than the {allowed} allowed"))
}

/// What was counted and seen so far.
#[derive(Default)]
struct Found {
    /// The encodings of the binaries that are open around the current place; the first is the component itself.
    around: Vec<Encoding>,
    functions: usize,
    data_bytes: usize,
    modules: usize,
    instances: usize,
    memories: usize,
    memory_bytes: u64,
    tables: usize,
    table_elements: u64,
    exports: Vec<Interface>,
    other_export: Option<String>,
}

impl Found {
    fn read(&mut self, payload: Payload<'_>, limits: &Limits) -> Result<()> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.around.push(encoding);
                if self.around.len() > 1 {
                    self.modules += 1;
                    at_most("modules inside", self.modules, limits.modules)?;
                }
                let nested = self
                    .around
                    .iter()
                    .filter(|around| **around == Encoding::Component)
                    .count();
                at_most("levels of components", nested.saturating_sub(1), limits.nesting)
            }
            Payload::End(_) => {
                self.around.pop();
                Ok(())
            }
            Payload::ComponentImportSection(section) if self.around.len() == 1 => section
                .into_iter()
                .try_for_each(|import| import_is_ours(import.map_err(broken)?.name.name)),
            Payload::ComponentExportSection(section) if self.around.len() == 1 => {
                section.into_iter().try_for_each(|export| {
                    self.export(export.map_err(broken)?.name.name);
                    Ok(())
                })
            }
            Payload::InstanceSection(section) => self.instances(section.count(), limits),
            Payload::ComponentInstanceSection(section) => self.instances(section.count(), limits),
            Payload::ImportSection(section) => {
                section
                    .into_imports()
                    .try_for_each(|import| match import.map_err(broken)?.ty {
                        TypeRef::Memory(memory) => features(&memory),
                        TypeRef::Table(table) => table_features(&table),
                        _ => Ok(()),
                    })
            }
            Payload::FunctionSection(section) => {
                self.functions += section.count() as usize;
                at_most("functions", self.functions, limits.functions)
            }
            Payload::MemorySection(section) => section
                .into_iter()
                .try_for_each(|memory| self.memory(&memory.map_err(broken)?, limits)),
            Payload::TableSection(section) => section
                .into_iter()
                .try_for_each(|table| self.table(&table.map_err(broken)?.ty, limits)),
            Payload::DataSection(section) => section.into_iter().try_for_each(|data| {
                self.data_bytes += data.map_err(broken)?.data.len();
                at_most("bytes of data", self.data_bytes, limits.data_bytes)
            }),
            Payload::CodeSectionEntry(body) => function(&body, limits),
            _ => Ok(()),
        }
    }

    fn instances(&mut self, more: u32, limits: &Limits) -> Result<()> {
        self.instances += more as usize;
        at_most("instances", self.instances, limits.instances)
    }

    fn memory(&mut self, memory: &MemoryType, limits: &Limits) -> Result<()> {
        features(memory)?;
        self.memories += 1;
        at_most("memories", self.memories, limits.memories)?;
        let page = 1u64 << memory.page_size_log2.unwrap_or(16).min(16);
        self.memory_bytes = self.memory_bytes.saturating_add(memory.initial.saturating_mul(page));
        if self.memory_bytes > limits.memory_bytes as u64 {
            return Err(too_much(
                "bytes of memory from the start",
                self.memory_bytes,
                limits.memory_bytes,
            ));
        }
        Ok(())
    }

    fn table(&mut self, table: &TableType, limits: &Limits) -> Result<()> {
        table_features(table)?;
        self.tables += 1;
        at_most("tables", self.tables, limits.memories)?;
        self.table_elements = self.table_elements.saturating_add(table.initial);
        if self.table_elements > limits.table_elements as u64 {
            return Err(too_much(
                "table entries from the start",
                self.table_elements,
                limits.table_elements,
            ));
        }
        Ok(())
    }

    fn export(&mut self, name: &str) {
        let interfaces = [Interface::Transform, Interface::Aggregate];
        let is_it = |interface: &Interface| name == format!("{PACKAGE}/{}@{VERSION}", interface.name());
        if let Some(interface) = interfaces.into_iter().find(is_it) {
            self.exports.push(interface);
        } else if name.strip_prefix(PACKAGE).is_some_and(|rest| rest.starts_with('/')) {
            self.other_export = Some(name.to_owned());
        }
    }

    fn exports_the_contract(self, needs: Option<Interface>) -> Result<()> {
        let is_there = needs.map_or(!self.exports.is_empty(), |needs| self.exports.contains(&needs));
        if is_there {
            return Ok(());
        }
        let needs = needs.unwrap_or(Interface::Transform);
        match self.other_export {
            Some(name) if !name.ends_with(&format!("@{VERSION}")) => Err(other_version(&name)),
            _ => {
                let fault = Fault::guest(format!(
                    "the module does not export `{PACKAGE}/{}@{VERSION}`",
                    needs.name()
                ));
                Err(fault.hint(match (needs, self.exports.first()) {
                    (Interface::Transform, Some(Interface::Aggregate)) => {
                        "it has aggregates only: name it in `[aggregate.NAME]`, or mark one function with \
                         `#[wasmill_sdk::transform]`"
                    }
                    (Interface::Transform, _) => {
                        "mark one function with `#[wasmill_sdk::transform]`, in a crate of type `cdylib`"
                    }
                    (Interface::Aggregate, Some(Interface::Transform)) => {
                        "it has a transform only: name it in `[guest.NAME]`, or mark an `impl` with \
                         `#[wasmill_sdk::aggregate]` and name its type in `wasmill_sdk::aggregates!`"
                    }
                    (Interface::Aggregate, _) => {
                        "mark an `impl` with `#[wasmill_sdk::aggregate]` and name its type in `wasmill_sdk::aggregates!`, in a \
                         crate of type `cdylib`"
                    }
                }))
            }
        }
    }
}

fn import_is_ours(name: &str) -> Result<()> {
    // `types` has no functions: whoever uses the contract's types names it.
    let ours = ["log", "types"]
        .iter()
        .any(|interface| name == format!("{PACKAGE}/{interface}@{VERSION}"));
    if ours {
        return Ok(());
    }
    if name
        .strip_prefix(PACKAGE)
        .is_some_and(|rest| rest.starts_with("/log@") || rest.starts_with("/types@"))
    {
        return Err(other_version(name));
    }
    let fault = Fault::guest(format!(
        "the module imports `{}`, but a module may import only `{PACKAGE}/log@{VERSION}`",
        escaped(name, SHOWN_BYTES)
    ));
    Err(if name.starts_with("wasi:") {
        fault.hint("build it for `wasm32-unknown-unknown`, which has no files, sockets or clock; `wasmill build` does")
    } else {
        fault.hint("a module has no way out but its log: what it needs must be in the record")
    })
}

fn other_version(name: &str) -> Fault {
    let version = name.split_once('@').map_or("no version", |(_, version)| version);
    Fault::guest(format!(
        "the module speaks `{PACKAGE}@{}`, this wasmill speaks `{PACKAGE}@{VERSION}`",
        escaped(version, SHOWN_BYTES)
    ))
    .hint("build it with the `wasmill-sdk` of this version of wasmill")
}

fn features(memory: &MemoryType) -> Result<()> {
    if memory.memory64 {
        return Err(Fault::guest("the module has a 64-bit memory, which is not allowed")
            .hint("build it for `wasm32-unknown-unknown`"));
    }
    if memory.shared {
        return Err(Fault::guest(
            "the module has a shared memory, but a module has no threads",
        ));
    }
    Ok(())
}

fn table_features(table: &TableType) -> Result<()> {
    if table.table64 {
        return Err(Fault::guest("the module has a 64-bit table, which is not allowed")
            .hint("build it for `wasm32-unknown-unknown`"));
    }
    Ok(())
}

/// Refuses what the compiler would need minutes for.
fn function(body: &FunctionBody<'_>, limits: &Limits) -> Result<()> {
    let bytes = body.range().len();
    if bytes > limits.function_body_bytes {
        return Err(too_much("bytes in one function", bytes, limits.function_body_bytes)
            .hint("break the function up, or build with less inlining"));
    }
    let mut locals = 0usize;
    for local in body.get_locals_reader().map_err(broken)? {
        locals = locals.saturating_add(local.map_err(broken)?.0 as usize);
    }
    let fits =
        |blocks: usize| blocks <= limits.function_blocks && locals.saturating_mul(blocks) <= limits.locals_times_blocks;
    // A branch takes two bytes at least, so most functions need no second reading.
    if fits(bytes / 2) {
        return Ok(());
    }
    let mut blocks = 0usize;
    for operator in body.get_operators_reader().map_err(broken)? {
        if matches!(
            operator.map_err(broken)?,
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::BrIf { .. }
        ) {
            blocks += 1;
        }
    }
    at_most("branches and blocks in one function", blocks, limits.function_blocks)?;
    at_most(
        "locals times blocks in one function",
        locals.saturating_mul(blocks),
        limits.locals_times_blocks,
    )
}

#[cfg(test)]
#[path = "inspect_test.rs"]
mod tests;
