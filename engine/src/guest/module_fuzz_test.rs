//! Modules of any bytes: refused with a reason, or compiled, started and called, within their limits and the same each time.

use std::sync::Arc;
use std::time::Duration;

use arbitrary::Unstructured;
use arrow::array::{Array, RecordBatch};
use wasm_smith::{Config, Module as Smith};
use wasmill_fuzz::{Target, peak_of, shape};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::inspect::inspect;
use super::testing::{Lines, MENAGERIE, aggregates, component, contract, engine, tight, words};
use super::{AggregateModule, GuestEngine, Limits, Module, OnError, Transform};
use crate::error::{Fault, Kind};

/// The aggregate whose behaviour is in the numbers.
const ZOO: &str = include_str!("aggregate/menagerie.wat");

/// A module that may be made by anybody: it is to end soon.
fn limits() -> Limits {
    Limits {
        memory_bytes: 4 << 20,
        table_elements: 10_000,
        fuel_per_call: 20_000,
        fuel_per_record: 2_000,
        output_bytes: 1 << 20,
        compile_time: Duration::from_secs(60),
        ..tight()
    }
}

/// What it is about; and that it is the guest's fault.
fn refused(fault: &Fault) -> String {
    assert_eq!(fault.kind(), Kind::Guest, "{}", fault.report());
    let text = fault.to_string();
    assert!(text.len() < 4 << 10 && !text.contains(char::is_control), "{text}");
    // A name that the module has chosen is none of the outcome, however it is written.
    if let Some(start) = ["the module imports", "the module speaks"]
        .iter()
        .find(|start| text.starts_with(**start))
    {
        return (*start).to_owned();
    }
    shape(text.split(" (at offset").next().unwrap_or(&text))
}

/// A call of a new instance on a few records.
fn call(module: &Module) -> Result<(Vec<RecordBatch>, u64, usize), Fault> {
    let transform = Transform::new("fuzz", module.clone(), OnError::DeadLetter, false);
    let processed = transform.process(&words("one E S two three"))?;
    Ok((processed.rows, processed.fuel, processed.dead_letters.num_rows()))
}

/// Inspects, loads and calls it, as far as it goes.
fn tried(engine: &GuestEngine, log: &Lines, bytes: &[u8]) -> String {
    let limits = limits();
    let (inspected, peak) = peak_of(|| inspect(bytes, &limits, None));
    assert!(
        peak < (64 << 10) + 16 * bytes.len(),
        "{peak} bytes to look at {}",
        bytes.len()
    );
    if let Err(fault) = inspected {
        return refused(&fault);
    }
    let aggregate = match AggregateModule::from_bytes(engine, bytes, limits.clone()) {
        Ok(module) => format!("{} aggregates", module.functions().count()),
        Err(fault) => refused(&fault),
    };
    let module = match Module::from_bytes(engine, bytes, limits) {
        Ok(module) => module,
        Err(fault) => return format!("{aggregate}; {}", refused(&fault)),
    };
    let first = call(&module);
    log.take();
    match (first, call(&module)) {
        (Ok(first), Ok(second)) => {
            assert!(first == second, "another time it did something else");
            for column in first.0.iter().flat_map(RecordBatch::columns) {
                column.to_data().validate_full().unwrap();
            }
            format!(
                "{aggregate}; {} batches of rows, {} dead letters",
                first.0.len(),
                first.2
            )
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.report(), second.report());
            format!("{aggregate}; {}", refused(&first))
        }
        (first, second) => panic!("once it came through: {:?} {:?}", first.err(), second.err()),
    }
}

const WORDS: [&str; 12] = [
    "\0asm\x0d\0\x01\0",
    "\0asm\x01\0\0\0",
    "wasmill:guest/transform@0.1.0",
    "wasmill:guest/aggregate@0.1.0",
    "wasmill:guest/log@0.1.0",
    "wasmill:guest/transform@0.1.0#process",
    "cabi_realloc",
    "memory",
    "\x03\x40\x0c\0\x0b",
    "\x02\x40\x0b",
    "\x40\0",
    "\x3f\0",
];

#[test]
fn modules_of_any_bytes() {
    let (engine, log) = engine();
    let nested = "(component (core module $m (memory 1) (func (export \"f\")) (data \"x\")) (core instance (instantiate $m)) \
                  (component (component (core module (table 3 funcref) (func (local i32 i64) (loop (br 0)))))))";
    let parts = wat::parse_str(nested).unwrap();
    Target::new("module-bytes")
        .seeds([component(MENAGERIE), aggregates(ZOO), parts])
        .words(WORDS)
        .head(8)
        .patience(Duration::from_secs(120))
        .run(|bytes| tried(&engine, &log, bytes));
}

/// Bytes changed in place leave the lengths of sections and bodies right, so that most of it is still read.
fn patched(bytes: &[u8], modules: &[Vec<u8>]) -> arbitrary::Result<Vec<u8>> {
    let mut u = Unstructured::new(bytes);
    let mut module = u.choose(modules)?.clone();
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.choose_index(module.len())?;
        let byte = match u.int_in_range(0..=3)? {
            0 => module[at].wrapping_add(1),
            1 => module[at].wrapping_sub(1),
            2 => module[u.choose_index(module.len())?],
            _ => u.arbitrary()?,
        };
        module[at] = byte;
    }
    Ok(module)
}

#[test]
fn modules_with_bytes_changed() {
    let (engine, log) = engine();
    let modules = [component(MENAGERIE), aggregates(ZOO)];
    Target::new("module-patched")
        .longest(64)
        .patience(Duration::from_secs(120))
        .run(|bytes| match patched(bytes, &modules) {
            Ok(module) => tried(&engine, &log, &module),
            Err(_) => "too short".to_owned(),
        });
}

/// What a transform's core module has to look like from outside.
const OUTSIDE: &str = r#"(module
    (memory (export "memory") 1 16)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "wasmill:guest/transform@0.1.0#describe") (result i32) unreachable)
    (func (export "wasmill:guest/transform@0.1.0#process") (param i32) (result i32) unreachable))"#;

const IMPORTS: &str = r#"(module (import "wasmill:guest/log@0.1.0" "log" (func (param i32 i32 i32))))"#;

/// A valid module of the right shape with any code in it; nothing if the bytes make none.
fn smithed(bytes: &[u8], resolve: &Resolve) -> Option<Vec<u8>> {
    let config = Config {
        exports: Some(wat::parse_str(OUTSIDE).unwrap()),
        available_imports: Some(wat::parse_str(IMPORTS).unwrap()),
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        // Tables of references and typed functions count as garbage collected, which wasmill's runtime has left out.
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        max_memories: 1,
        max_memory32_bytes: 16 << 16,
        ..Config::default()
    };
    let mut module = Smith::new(config, &mut Unstructured::new(bytes)).ok()?.to_bytes();
    let world = resolve
        .worlds
        .iter()
        .find(|(_, world)| world.name == "transform-guest")?
        .0;
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).ok()?;
    ComponentEncoder::default().module(&module).ok()?.encode().ok()
}

#[test]
fn modules_of_any_code() {
    let (engine, log): (GuestEngine, Arc<Lines>) = engine();
    let mut resolve = Resolve::default();
    resolve.push_str("guest.wit", &contract()).unwrap();
    Target::new("module-code")
        .longest(8192)
        .patience(Duration::from_secs(120))
        .run(|bytes| match smithed(bytes, &resolve) {
            Some(module) => tried(&engine, &log, &module),
            None => "no module".to_owned(),
        });
}
