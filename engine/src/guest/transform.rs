//! A module in use: what a pipeline holds, and what it gets for a batch.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde::Deserialize;

use super::account::{Account, Cost};
use super::dead_letter::{self, ErrorSummary};
use super::kafka::with_kafka_fields;
use super::log::NoLog;
use super::module::{Module, TransformInstance};
use super::process::process;
use crate::batch::Records;
use crate::error::Result;

/// What becomes of a record that the module can't turn into rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It is kept aside, with the reason: see [`Transform::dead_letter_schema`].
    #[default]
    DeadLetter,
    /// It is counted and left out.
    Skip,
    /// It becomes a row whose fields are null, with Kafka's columns, as Spark's PERMISSIVE does.
    Null,
    /// It ends the run.
    Fail,
}

/// A batch after its module.
#[derive(Debug)]
pub struct Processed {
    /// The rows, in the order of their records, in the columns of [`Transform::schema`]: a batch for each call, none of them
    /// empty. (They are not made one batch, since that would copy them all.)
    pub rows: Vec<RecordBatch>,
    /// The records kept aside, in the columns of [`Transform::dead_letter_schema`]; empty unless the policy is
    /// [`OnError::DeadLetter`].
    pub dead_letters: RecordBatch,
    /// What failed, whatever became of it.
    pub errors: ErrorSummary,
    /// What the module's calls cost, in fuel. The same for the same batch, as far as the module keeps nothing from one to the
    /// next; what allocators keep makes less than a thousandth.
    pub fuel: u64,
}

/// A module in use under a name. May be shared by threads: each call works with an instance of its own.
pub struct Transform {
    name: String,
    module: Module,
    on_error: OnError,
    include_headers: bool,
    schema: SchemaRef,
    /// Instances that nobody works with now.
    idle: Mutex<Vec<TransformInstance>>,
    /// Records in a row, over all batches, that failed alone with none that came through between them.
    alone: AtomicUsize,
    account: Account,
    /// Records that failed, whatever becomes of them, as dead letters; nothing is kept unless it was asked for.
    failed: Option<Mutex<Vec<RecordBatch>>>,
}

impl Transform {
    /// A module in use. `include_headers` says whether the source's records have headers.
    pub fn new(name: impl Into<String>, module: Module, on_error: OnError, include_headers: bool) -> Self {
        let schema = with_kafka_fields(module.schema(), include_headers);
        Self {
            name: name.into(),
            module,
            on_error,
            include_headers,
            schema,
            idle: Mutex::default(),
            alone: AtomicUsize::new(0),
            account: Account::default(),
            failed: None,
        }
    }

    /// The same place in the pipeline, with another module.
    #[must_use]
    pub fn with_module(&self, module: Module) -> Self {
        Self::new(self.name.clone(), module, self.on_error, self.include_headers)
    }

    /// The same, with each record that fails kept for [`Transform::take_failed`], whatever the policy: for a bounded set of records.
    #[must_use]
    pub fn keeping_failed(self) -> Self {
        Self {
            failed: Some(Mutex::default()),
            ..self
        }
    }

    /// The records that failed since the last call, in the columns of [`Transform::dead_letter_schema`]: those of a batch in their
    /// order, those of batches that were processed side by side in any. Empty if nobody asked to keep them.
    pub fn take_failed(&self) -> Vec<RecordBatch> {
        let failed = self.failed.as_ref();
        failed.map_or_else(Vec::new, |failed| std::mem::take(&mut *lock(failed)))
    }

    /// What its calls have cost so far.
    pub fn cost(&self) -> Cost {
        self.account.cost()
    }

    /// Its name in the pipeline.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The module behind it.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The module's fields, then `kafka_key` (binary), `kafka_topic` (text), `kafka_partition` (int32), `kafka_offset` (int64),
    /// `kafka_timestamp` (microseconds UTC) and, if the source has them, `kafka_headers`.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The columns of dead letters: `topic`, `partition`, `offset`, `timestamp`, `module` (its digest), `reason`, `value`.
    pub fn dead_letter_schema() -> SchemaRef {
        dead_letter::dead_letter_schema()
    }

    /// Sends a batch through the module. This is work for the processor: call it from a thread that may block.
    ///
    /// # Errors
    /// Under [`OnError::Fail`] for the first record that fails; and whatever the policy, if the module fails on everything
    /// it is given, or costs too much by failing again and again.
    pub fn process(&self, records: &Records) -> Result<Processed> {
        process(self, records, &**self.module.engine().log())
    }

    /// The same for a trial: what the module logs is not told.
    ///
    /// # Errors
    /// As [`Transform::process`].
    pub fn try_on(&self, records: &Records) -> Result<Processed> {
        process(self, records, &NoLog)
    }

    /// What becomes of records that fail.
    pub fn on_error(&self) -> OnError {
        self.on_error
    }

    /// Another record made a call fail all alone: how many in a row.
    pub(super) fn failed_alone(&self) -> usize {
        self.alone.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A call came through.
    pub(super) fn has_passed(&self) {
        self.alone.store(0, Ordering::Relaxed);
    }

    /// Lets go of the instances that nobody works with now, and of their memory.
    pub fn drop_idle(&self) {
        self.idle_instances().clear();
    }

    /// An instance that nobody works with now, if there is one.
    pub(super) fn take_idle(&self) -> Option<TransformInstance> {
        self.idle_instances().pop()
    }

    /// Keeps an instance for the next batch.
    pub(super) fn keep_idle(&self, instance: Option<TransformInstance>) {
        self.idle_instances().extend(instance);
    }

    pub(super) fn idle_instances(&self) -> MutexGuard<'_, Vec<TransformInstance>> {
        lock(&self.idle)
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Where records that failed are kept, if they are.
    pub(super) fn failed(&self) -> Option<MutexGuard<'_, Vec<RecordBatch>>> {
        self.failed.as_ref().map(lock)
    }
}

/// The lists are whole at any moment, whoever panicked.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `` `orders` (commandes@3fa9c1)``.
impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.name, self.module)
    }
}
