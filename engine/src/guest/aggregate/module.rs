//! A module with aggregates on its way from a file to functions of SQL.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arrow::datatypes::FieldRef;
use datafusion::logical_expr::AggregateUDF;
use wasmtime::Store;

use super::contract::{self, AggregateGuest, AggregateGuestPre, Description, Function};
use super::failures::Failures;
use super::udaf::Udaf;
use super::used::Used;
use crate::error::{Fault, Result};
use crate::guest::account::{Account, Cost};
use crate::guest::compile::compile;
use crate::guest::digest::Digest;
use crate::guest::engine::GuestEngine;
use crate::guest::inspect::{Interface, inspect};
use crate::guest::instance::{Failure, HostState, Instance};
use crate::guest::limits::Limits;
use crate::guest::module::{at_start, check_name, read};
use crate::guest::schema::schema;
use crate::text::of_library;

/// A module with aggregates that was inspected, compiled and described. Cheap to clone.
#[derive(Clone)]
pub struct AggregateModule(Arc<Loaded>);

struct Loaded {
    engine: GuestEngine,
    compiled: AggregateGuestPre<HostState>,
    limits: Arc<Limits>,
    digest: Digest,
    name: String,
    functions: Vec<Signature>,
    /// Instances that nobody works with now.
    idle: Mutex<Vec<AggregateInstance>>,
    account: Account,
}

/// A module at work.
pub(super) type AggregateInstance = Instance<AggregateGuest>;

/// What an aggregate takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) name: String,
    pub(super) arguments: Vec<FieldRef>,
    pub(super) result: FieldRef,
    /// What the bytes of a state mean.
    pub(super) version: u32,
    /// The most bytes of a state.
    pub(super) state_bytes: usize,
    /// Older versions whose states it reads.
    pub(super) migrates_from: Vec<u32>,
}

impl AggregateModule {
    /// Reads a component's file, inspects and compiles it (or takes it from the cache), starts it once and asks what
    /// aggregates it has.
    ///
    /// # Errors
    /// If there is no such file, or whatever [`AggregateModule::from_bytes`] refuses; the file is named.
    pub fn load(engine: &GuestEngine, path: &Path, limits: Limits) -> Result<Self> {
        let at = |fault: Fault| fault.at(format!("module `{}`", path.display()));
        let bytes = read(path, limits.module_bytes).map_err(at)?;
        Self::from_bytes(engine, &bytes, limits).map_err(at)
    }

    /// As [`AggregateModule::load`], from bytes that were read already.
    ///
    /// # Errors
    /// Of the guest's kind: what is wrong with the module, and what to do.
    pub fn from_bytes(engine: &GuestEngine, bytes: &[u8], limits: Limits) -> Result<Self> {
        inspect(bytes, &limits, Some(Interface::Aggregate))?;
        let bytes: Arc<[u8]> = Arc::from(bytes);
        let digest = Digest::of(&bytes);
        let component = compile(engine, &bytes, &digest, &limits)?;
        let compiled = engine
            .linker()
            .instantiate_pre(&component)
            .and_then(AggregateGuestPre::new);
        let compiled = compiled.map_err(|error| {
            Fault::guest("the module does not fit the contract")
                .because(of_library(error))
                .hint("build it with the `wasmill-sdk` of this version of wasmill")
        })?;
        let limits = Arc::new(limits);
        let instance = Instance::new(engine, &limits, |store| compiled.instantiate(store));
        let mut instance = instance.map_err(|failure| at_start(&failure))?;
        let description = instance.describe(describe).map_err(|failure| at_start(&failure))?;
        check_name(&description.name, &limits)?;
        let functions = description
            .functions
            .iter()
            .map(|function| signature(function, &limits));
        let functions: Vec<Signature> = functions.collect::<Result<_>>()?;
        if functions.is_empty() {
            return Err(Fault::guest("the module has no aggregates"));
        }
        Ok(Self(Arc::new(Loaded {
            engine: engine.clone(),
            compiled,
            limits,
            digest,
            name: description.name,
            functions,
            idle: Mutex::new(vec![instance]),
            account: Account::default(),
        })))
    }

    /// The names of its aggregates.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.0.functions.iter().map(|function| function.name.as_str())
    }

    /// The aggregate of this name, or the only one, to be called by `called` in SQL.
    ///
    /// # Errors
    /// If there is no such aggregate, or several and none is named.
    pub fn aggregate(&self, called: &str, function: Option<&str>) -> Result<GuestAggregate> {
        let named = |name: &str| self.functions().position(|function| function == name);
        let found = match function {
            Some(name) => named(name),
            None => named(called).or((self.0.functions.len() == 1).then_some(0)),
        };
        let Some(function) = found else {
            let there: Vec<String> = self.functions().map(|name| format!("`{name}`")).collect();
            let wanted = function.unwrap_or(called);
            return Err(Fault::guest(format!("the module has no aggregate `{wanted}`"))
                .hint(format!("it has {}: name one with `function`", there.join(", "))));
        };
        Ok(GuestAggregate(Arc::new(Bound {
            called: called.to_owned(),
            failures: Failures::default(),
            used: RwLock::new(Arc::new(Used::new(self.clone(), function, called))),
        })))
    }

    /// The digest of its binary.
    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// The name that the module gives itself, for messages.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What calls of all its aggregates have cost since the last [`AggregateModule::renew`].
    pub fn cost(&self) -> Cost {
        self.0.account.cost()
    }

    /// Counts from nothing again, and goes on with new instances: then the same calls cost the same.
    pub fn renew(&self) {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.account.reset();
    }

    pub(super) fn account(&self) -> &Account {
        &self.0.account
    }

    pub(super) fn signature(&self, function: usize) -> &Signature {
        &self.0.functions[function]
    }

    pub(super) fn engine(&self) -> &GuestEngine {
        &self.0.engine
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Lets go of the instances that nobody works with now, and of their memory.
    pub fn drop_idle(&self) {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// An instance that nobody works with, or a new one.
    pub(super) fn instance(&self) -> Result<AggregateInstance, Failure> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(instance) => Ok(instance),
            None => Instance::new(&self.0.engine, &self.0.limits, |store| {
                self.0.compiled.instantiate(store)
            }),
        }
    }

    /// Keeps an instance for the next call.
    pub(super) fn keep(&self, instance: AggregateInstance) {
        if !instance.is_bloated() {
            self.0
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(instance);
        }
    }
}

/// `p95@3fa9c1`, as messages name a module.
impl fmt::Display for AggregateModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.0.name, self.0.digest.short())
    }
}

/// An aggregate of a module, under the name that SQL calls it by. Cheap to clone; may be shared by threads.
#[derive(Clone)]
pub struct GuestAggregate(pub(super) Arc<Bound>);

pub(super) struct Bound {
    pub(super) called: String,
    pub(super) failures: Failures,
    /// Another version of the module may take its place between two batches.
    used: RwLock<Arc<Used>>,
}

impl GuestAggregate {
    /// The name that SQL calls it by.
    pub fn name(&self) -> &str {
        &self.0.called
    }

    /// What its states' bytes mean: states of another version are another module's.
    pub fn state_version(&self) -> u32 {
        self.0.used().signature().version
    }

    /// The module that stands behind it now.
    pub fn module(&self) -> AggregateModule {
        self.0.used().module.clone()
    }

    /// The same, standing by itself: what is put in the place of the one is not put in that of the other.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self(Arc::new(Bound {
            called: self.0.called.clone(),
            failures: Failures::default(),
            used: RwLock::new(self.0.used()),
        }))
    }

    /// Whether another one can take its place without a query being planned again, or a state read otherwise: what they take, what they
    /// give and what their states' bytes mean is the same.
    pub fn is_like(&self, other: &Self) -> bool {
        let (own, other) = (self.0.used(), other.0.used());
        let (own, other) = (own.signature(), other.signature());
        let same = |one: &FieldRef, other: &FieldRef| one.data_type().equals_datatype(other.data_type());
        own.version == other.version
            && own.arguments.len() == other.arguments.len()
            && own
                .arguments
                .iter()
                .zip(&other.arguments)
                .all(|(one, other)| same(one, other))
            && same(&own.result, &other.result)
    }

    /// Puts another one behind this one's name, in every query that calls it. To be done between two batches, and only if
    /// [`GuestAggregate::is_like`] it.
    pub fn swap(&self, other: &Self) {
        self.0.swap(other.0.used());
    }

    /// What its module may use.
    pub fn limits(&self) -> Limits {
        self.0.used().module.limits().clone()
    }

    /// As DataFusion knows it.
    pub fn function(&self) -> AggregateUDF {
        AggregateUDF::from(Udaf::new(Arc::clone(&self.0)))
    }

    /// What to say of the rows, since the last call, that the aggregate stopped at and that were left out.
    pub fn take_failures(&self) -> Option<String> {
        let (count, first) = self.0.failures.take()?;
        let rows = if count == 1 {
            "1 row was"
        } else {
            &format!("{count} rows were")
        };
        Some(format!(
            "aggregate {}: {rows} left out; the first: {first}",
            self.0.used()
        ))
    }
}

impl fmt::Debug for GuestAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuestAggregate({})", self.0.used())
    }
}

impl Bound {
    /// What stands behind the function now. Whoever makes several calls that belong together keeps it.
    pub(super) fn used(&self) -> Arc<Used> {
        // A pointer is whole at any moment, whoever panicked.
        Arc::clone(&self.used.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn swap(&self, used: Arc<Used>) {
        *self.used.write().unwrap_or_else(PoisonError::into_inner) = used;
    }
}

fn describe(guest: &AggregateGuest, store: &mut Store<HostState>) -> wasmtime::Result<Description> {
    guest.wasmill_guest_aggregate().call_describe(store)
}

/// Arguments of one function: SQL's own have a handful.
const MOST_ARGUMENTS: usize = 16;

fn signature(function: &Function, limits: &Limits) -> Result<Signature> {
    check_name(&function.name, limits)?;
    let unusable = |what: &str, reason: String| {
        Fault::guest(format!("the {what} that the module describes can't be used"))
            .at(format!("aggregate `{}`", function.name))
            .because(reason)
    };
    let typed = |what: &str, fields: &[contract::Field]| {
        let fields: Vec<_> = fields.iter().map(contract::field).collect();
        schema(&fields, limits).map_err(|reason| unusable(what, reason))
    };
    let arguments = typed("arguments", &function.arguments)?;
    if arguments.fields().len() > MOST_ARGUMENTS {
        let count = arguments.fields().len();
        let reason = format!("there are {count}, more than the {MOST_ARGUMENTS} allowed");
        return Err(unusable("arguments", reason));
    }
    if let Some(nested) = arguments.fields().iter().find(|field| field.data_type().is_nested()) {
        let reason = format!("`{}` is a struct or a list", nested.name());
        return Err(unusable("arguments", reason));
    }
    let result = typed("result", &function.result)?;
    let [result] = result.fields().iter().as_slice() else {
        let reason = format!("there are {}, and an aggregate gives one", result.fields().len());
        return Err(unusable("result", reason));
    };
    let state_bytes = function.state_bytes as usize;
    if state_bytes > limits.state_bytes {
        let reason = format!(
            "one takes up to {state_bytes} bytes, more than the {} allowed",
            limits.state_bytes
        );
        return Err(unusable("states", reason));
    }
    Ok(Signature {
        name: function.name.clone(),
        arguments: arguments.fields().iter().cloned().collect(),
        result: Arc::clone(result),
        version: function.state_version,
        state_bytes,
        migrates_from: function.migrates_from.clone(),
    })
}
