//! A module on its way from a file to something that can be used: inspected, compiled, asked what it is.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::compile::compile;
use super::contract::{Description, TransformGuest, TransformGuestPre};
use super::digest::Digest;
use super::engine::GuestEngine;
use super::inspect::{Interface, check_size, inspect};
use super::instance::{Failure, HostState, Instance};
use super::limits::Limits;
use super::schema::schema;
use crate::error::{Fault, Result};
use crate::text::{of_library, one_line};
use wasmtime::Store;

/// A module that was inspected, compiled and described. Cheap to clone.
#[derive(Clone)]
pub struct Module(Arc<Loaded>);

/// A transform at work.
pub(super) type TransformInstance = Instance<TransformGuest>;

struct Loaded {
    engine: GuestEngine,
    compiled: TransformGuestPre<HostState>,
    limits: Arc<Limits>,
    digest: Digest,
    description: Description,
    schema: SchemaRef,
}

impl Module {
    /// Reads a component's file, inspects and compiles it (or takes it from the cache), starts it once and asks what its
    /// rows look like.
    ///
    /// # Errors
    /// If there is no such file, or whatever [`Module::from_bytes`] refuses; the file is named.
    pub fn load(engine: &GuestEngine, path: &Path, limits: Limits) -> Result<Self> {
        let at = |fault: Fault| fault.at(format!("module `{}`", path.display()));
        let bytes = read(path, limits.module_bytes).map_err(at)?;
        Self::from_bytes(engine, &bytes, limits).map_err(at)
    }

    /// As [`Module::load`], from bytes that were read already.
    ///
    /// # Errors
    /// Of the guest's kind: what is wrong with the module, and what to do.
    pub fn from_bytes(engine: &GuestEngine, bytes: &[u8], limits: Limits) -> Result<Self> {
        inspect(bytes, &limits, Some(Interface::Transform))?;
        let bytes: Arc<[u8]> = Arc::from(bytes);
        let digest = Digest::of(&bytes);
        let component = compile(engine, &bytes, &digest, &limits)?;
        let compiled = engine
            .linker()
            .instantiate_pre(&component)
            .and_then(TransformGuestPre::new);
        let compiled = compiled.map_err(|error| {
            Fault::guest("the module does not fit the contract")
                .because(of_library(error))
                .hint("build it with the `wasmill-sdk` of this version of wasmill")
        })?;

        let limits = Arc::new(limits);
        let instance = Instance::new(engine, &limits, |store| compiled.instantiate(store));
        let description = instance
            .and_then(|mut instance| instance.describe(describe))
            .map_err(|failure| at_start(&failure))?;
        check_name(&description.name, &limits)?;
        let schema = schema(&description.schema, &limits)
            .map_err(|reason| Fault::guest("the schema that the module describes can't be used").because(reason))?;
        Ok(Self(Arc::new(Loaded {
            engine: engine.clone(),
            compiled,
            limits,
            digest,
            description,
            schema,
        })))
    }

    /// The name that the module gives itself, for messages.
    pub fn name(&self) -> &str {
        &self.0.description.name
    }

    /// The digest of its binary.
    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// The module's own fields, without Kafka's; all may be null.
    pub fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(super) fn engine(&self) -> &GuestEngine {
        &self.0.engine
    }

    /// A new instance, which still describes itself as at the load.
    pub(super) fn instantiate(&self) -> Result<TransformInstance, Failure> {
        let Loaded {
            engine,
            compiled,
            limits,
            description,
            ..
        } = &*self.0;
        let mut instance = Instance::new(engine, limits, |store| compiled.instantiate(store))?;
        let again = instance.describe(describe)?;
        if !same(&again, description) {
            return Err(Failure::new("described itself otherwise than when it was loaded"));
        }
        Ok(instance)
    }
}

/// `commandes@3fa9c1`, as messages name a module.
impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name(), self.0.digest.short())
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({self})")
    }
}

fn describe(guest: &TransformGuest, store: &mut Store<HostState>) -> wasmtime::Result<Description> {
    guest.wasmill_guest_transform().call_describe(store)
}

/// The bytes of a module's file, and at most one more than may be.
///
/// # Errors
/// `Usage`: there is no such file, or it can't be read.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Fault::usage("there is no such file")
            .hint("`wasmill build CRATE` makes a module of a crate, and prints where it lies"),
        _ => Fault::usage("the file can't be read").because(error),
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(
            Fault::usage("this is a folder, not a module").hint("`wasmill build` makes a module of a crate's folder")
        );
    }
    check_size(metadata.len(), most)?;
    let mut bytes = Vec::new();
    // One byte more than may be, so that the inspection sees that it is too large, whatever grows meanwhile.
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

pub(super) fn at_start(failure: &Failure) -> Fault {
    Fault::guest("the module fails when it is started").because(failure.reason.clone())
}

pub(super) fn check_name(name: &str, limits: &Limits) -> Result<()> {
    let reason = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > limits.name_bytes {
        format!("it is longer than {} bytes", limits.name_bytes)
    } else if one_line(name, limits.name_bytes) != name || name.contains('`') {
        "it has characters that can't be shown".to_owned()
    } else {
        return Ok(());
    };
    Err(Fault::guest("the name that the module describes can't be used").because(reason))
}

fn same(one: &Description, other: &Description) -> bool {
    one.name == other.name
        && one.schema.len() == other.schema.len()
        && one.schema.iter().zip(&other.schema).all(|(one, other)| {
            one.name == other.name && one.data_type == other.data_type && one.children == other.children
        })
}

#[cfg(test)]
#[path = "module_test.rs"]
mod tests;
