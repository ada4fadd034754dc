//! Modules written by hand, and records for them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::{CacheFolder, EngineOptions, GuestEngine, HostLog, Limits, LogLine, Module, OnError, Transform};
use crate::batch::{RecordRef, Records, RecordsBuilder};

/// The module of `menagerie.wat`, whose behaviour is in the records.
pub(crate) const MENAGERIE: &str = include_str!("menagerie.wat");

/// The menagerie's file in this folder, for pipelines.
pub(crate) fn menagerie_file(folder: &Path) -> PathBuf {
    let file = folder.join("menagerie.wasm");
    std::fs::write(&file, component(MENAGERIE)).unwrap();
    file
}

/// Makes a component of a core module's text.
pub(crate) fn component(core: &str) -> Vec<u8> {
    component_of(core, &contract())
}

/// As [`component`], with another text of the contract.
pub(crate) fn component_of(core: &str, wit: &str) -> Vec<u8> {
    encoded(&core_of(core, wit, "transform-guest"))
}

/// A component with aggregates, of a core module's text.
pub(crate) fn aggregates(core: &str) -> Vec<u8> {
    encoded(&core_of(core, &contract(), "aggregate-guest"))
}

fn encoded(module: &[u8]) -> Vec<u8> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .unwrap()
        .encode()
        .unwrap()
}

/// A core module as cargo makes it: with the contract in a section of its own.
pub(crate) fn core(text: &str) -> Vec<u8> {
    core_of(text, &contract(), "transform-guest")
}

fn core_of(text: &str, wit: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("guest.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

/// The text of the contract.
pub(crate) fn contract() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk/wit/guest.wit");
    std::fs::read_to_string(path).unwrap()
}

/// Keeps the lines for a test to look at.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl HostLog for Lines {
    fn line(&self, line: &LogLine<'_>) {
        self.0.lock().unwrap().push(line.to_string());
    }
}

/// A runtime without a cache.
pub(crate) fn engine() -> (GuestEngine, Arc<Lines>) {
    let log = Arc::new(Lines::default());
    let options = EngineOptions {
        cache: CacheFolder::Off,
        log: Arc::clone(&log) as Arc<dyn HostLog>,
        ..EngineOptions::default()
    };
    (GuestEngine::new(options).unwrap(), log)
}

/// Limits that end a runaway in milliseconds, unoptimised too.
pub(crate) fn tight() -> Limits {
    Limits {
        fuel_per_call: 200_000,
        fuel_per_record: 10_000,
        fuel_per_byte: 10,
        ..Limits::rust()
    }
}

/// The menagerie under the name `zoo`.
pub(crate) fn zoo(on_error: OnError) -> (Transform, Arc<Lines>) {
    zoo_within(on_error, tight())
}

/// The menagerie within limits of the test's own.
pub(crate) fn zoo_within(on_error: OnError, limits: Limits) -> (Transform, Arc<Lines>) {
    let (engine, log) = engine();
    let module = Module::from_bytes(&engine, &component(MENAGERIE), limits).unwrap();
    (Transform::new("zoo", module, on_error, false), log)
}

/// Records of one partition of topic `t`, from offset 100 on; a value of `None` is a tombstone.
pub(crate) fn records<'a>(values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Records {
    let mut builder = RecordsBuilder::new(false);
    for (offset, value) in (100..).zip(values) {
        let record = RecordRef {
            key: Some(b"k"),
            value,
            topic: "t",
            partition: 0,
            offset,
            timestamp_ms: Some(1_000 + offset),
            timestamp_type: 0,
        };
        builder.push(record, None::<std::iter::Empty<_>>);
    }
    builder.finish().unwrap()
}

/// As [`records`], from words set apart by blanks.
pub(crate) fn words(text: &str) -> Records {
    records(text.split(' ').map(|word| Some(word.as_bytes())))
}
