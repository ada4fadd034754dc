//! A batch through a module: in calls of a bounded size, and if a call fails, in halves, until the record that is to
//! blame stands alone and its neighbours are through.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::{concat_batches, take};
use arrow::error::ArrowError;

use super::check::{Checked, RecordError};
use super::dead_letter::{self, ErrorSummary};
use super::input::{Chunk, Weights, with_input};
use super::instance::Failure;
use super::kafka::with_kafka_columns;
use super::log::{HostLog, Lines};
use super::module::TransformInstance;
use super::transform::{OnError, Processed, Transform};
use crate::batch::Records;
use crate::error::{Fault, Result};

/// After so many records in a row that fail alone, with none that came through, be it in this batch or in those before, the module is to
/// blame and not the data.
const HOPELESS: usize = 16;

/// What failing calls of a batch may cost together, as a multiple of what one call over the whole of a chunk may. One record that
/// loops without end costs about two; a dozen or two reach this.
const RETRY_FACTOR: u64 = 16;

/// The same in time, as a multiple of what one call may take: for what fuel does not see.
const RETRY_TIMES: u32 = 6;

/// How many times what one call may return a whole batch may hold, its Kafka columns included.
const HELD_FACTOR: usize = 8;

/// Up to here the parts of a halved call are made one batch again: many small ones cost more than the copy.
const WORTH_JOINING: usize = 64 << 20;

/// Sends a batch through a transform's module.
///
/// # Errors
/// See [`Transform::process`].
pub(super) fn process(transform: &Transform, records: &Records, log: &dyn HostLog) -> Result<Processed> {
    let mut run = Run::new(transform, records);
    let outcome = run.chunks();
    // The lines are told in any case: they may be what explains the fault.
    run.lines.hand_to(log, transform.name());
    transform.keep_idle(run.instance.take());
    run.keep_failed()?;
    outcome?;
    run.finish()
}

/// The work on one batch.
struct Run<'a> {
    transform: &'a Transform,
    records: &'a Records,
    weights: Weights<'a>,
    /// The instance this run works with, until it traps.
    instance: Option<TransformInstance>,
    parts: Vec<RecordBatch>,
    /// Bytes of the parts.
    held: usize,
    failed: Vec<RecordError>,
    lines: Lines,
    /// Records that came through a call, be it as the module's own errors.
    passed: usize,
    fuel: u64,
}

impl<'a> Run<'a> {
    fn new(transform: &'a Transform, records: &'a Records) -> Self {
        Self {
            transform,
            records,
            weights: Weights::new(records),
            instance: None,
            parts: Vec::new(),
            held: 0,
            failed: Vec::new(),
            lines: Lines::default(),
            passed: 0,
            fuel: 0,
        }
    }

    fn chunks(&mut self) -> Result<()> {
        let limits = self.transform.module().limits();
        for chunk in self.weights.chunks(self.records.len(), limits) {
            let first_part = self.parts.len();
            match chunk {
                Chunk::Records(range) => self.halving(range)?,
                Chunk::TooLarge { record, bytes } => {
                    let reason = format!(
                        "the record has {bytes} bytes, more than the {} allowed",
                        limits.record_bytes
                    );
                    self.record_failed(record, reason)?;
                }
            }
            self.join_parts(first_part).map_err(defect)?;
        }
        Ok(())
    }

    /// One call, or as many as it takes to tell the records that fail from those that don't. Left before right, so that rows
    /// keep their order and the first record to fail is the first to be told.
    fn halving(&mut self, whole: Range<usize>) -> Result<()> {
        let budget = self.allowed(&whole).saturating_mul(RETRY_FACTOR);
        let mut wasted = 0u64;
        let patience = self.transform.module().limits().call_time.saturating_mul(RETRY_TIMES);
        let mut waited = Duration::ZERO;
        let mut waiting = vec![whole];
        while let Some(range) = waiting.pop() {
            let start = Instant::now();
            match self.call(&range) {
                Ok(checked) => self.passed(&range, checked)?,
                Err(failure) => {
                    wasted = wasted.saturating_add(failure.fuel);
                    waited = waited.saturating_add(start.elapsed());
                    if range.len() == 1 {
                        self.failed_alone(range.start, failure)?;
                    } else if wasted > budget || waited > patience {
                        return Err(self.too_costly(&failure));
                    } else {
                        let middle = range.start + range.len() / 2;
                        waiting.push(middle..range.end);
                        waiting.push(range.start..middle);
                    }
                }
            }
        }
        Ok(())
    }

    fn allowed(&self, range: &Range<usize>) -> u64 {
        self.transform
            .module()
            .limits()
            .fuel(range.len(), self.weights.of(range))
    }

    fn call(&mut self, range: &Range<usize>) -> Result<Checked, Failure> {
        let module = self.transform.module();
        let mut instance = match self.instance.take().or_else(|| self.transform.take_idle()) {
            Some(instance) => instance,
            None => module.instantiate()?,
        };
        let bytes = self.weights.of(range);
        let outcome = with_input(self.records, range, |input| instance.process(input, bytes));
        let fuel = outcome
            .as_ref()
            .map_or_else(|failure| failure.fuel, |returned| returned.fuel);
        self.transform.account().call(fuel, instance.memory_bytes());
        let is_whole = outcome
            .as_ref()
            .map_or_else(|failure| failure.instance_is_whole, |_| true);
        if is_whole && !instance.is_bloated() {
            self.instance = Some(instance);
        }
        let returned = outcome.inspect_err(|failure| self.fuel = self.fuel.saturating_add(failure.fuel))?;
        self.fuel = self.fuel.saturating_add(returned.fuel);
        match returned.value.check(module.schema(), module.limits()) {
            Ok(checked) => match self.repeated_too_much(range, checked.origins()) {
                Some(reason) => Err(Failure {
                    reason,
                    fuel: returned.fuel,
                    lines: returned.lines,
                    instance_is_whole: true,
                }),
                None => {
                    self.lines.append(returned.lines, module.limits().log_lines);
                    Ok(checked)
                }
            },
            Err(reason) => {
                // Who returns nonsense may be in any state.
                self.instance = None;
                Err(Failure {
                    reason,
                    fuel: returned.fuel,
                    lines: returned.lines,
                    instance_is_whole: false,
                })
            }
        }
    }

    /// Each row of a record repeats its key and headers: a large key on a record of many rows is more than anyone asked for.
    fn repeated_too_much(&self, range: &Range<usize>, origins: &[u32]) -> Option<String> {
        if origins.len() <= range.len() {
            return None;
        }
        let values = self.records.values();
        let beside_value = |record: usize| {
            let value = usize::try_from(values.value_length(record)).unwrap_or(0);
            self.weights.of(&(record..record + 1)).saturating_sub(value)
        };
        let bytes = origins
            .iter()
            .map(|origin| beside_value(range.start + *origin as usize));
        let bytes = bytes.fold(0, usize::saturating_add);
        let most = self.transform.module().limits().output_bytes;
        (bytes > most)
            .then(|| format!("its rows repeat {bytes} bytes of keys and headers, more than the {most} allowed"))
    }

    fn passed(&mut self, range: &Range<usize>, mut checked: Checked) -> Result<()> {
        self.passed += range.len();
        self.transform.has_passed();
        let first_failed = self.failed.len();
        for error in checked.take_errors() {
            self.record_failed_quietly(range.start + error.record, error.reason)?;
        }
        let errors = &self.failed[first_failed..];
        let part = if self.transform.on_error() == OnError::Null && !errors.is_empty() {
            self.rows_and_nulls(range, &checked, errors)
        } else {
            with_kafka_columns(
                self.transform.schema(),
                checked.columns(),
                checked.origins(),
                self.records,
                range,
            )
        };
        let part = part.map_err(defect)?;
        self.held = self.held.saturating_add(part.get_array_memory_size());
        let most = self
            .transform
            .module()
            .limits()
            .output_bytes
            .saturating_mul(HELD_FACTOR);
        if self.held > most {
            return Err(Fault::guest(format!("a batch's rows take more than {most} bytes"))
                .at(place(self.transform))
                .hint("nothing was skipped: let the module return less for each record, and start again"));
        }
        self.parts.push(part);
        Ok(())
    }

    /// Puts a row of nulls in the place of each record that failed.
    fn rows_and_nulls(
        &self,
        range: &Range<usize>,
        checked: &Checked,
        errors: &[RecordError],
    ) -> Result<RecordBatch, ArrowError> {
        let rows = checked.origins().len() + errors.len();
        let mut origins = Vec::with_capacity(rows);
        let mut taken: Vec<Option<u32>> = Vec::with_capacity(rows);
        let mut failed = errors
            .iter()
            .map(|error| (error.record - range.start) as u32)
            .peekable();
        for (row, &origin) in (0u32..).zip(checked.origins()) {
            while let Some(before) = failed.next_if(|record| *record < origin) {
                origins.push(before);
                taken.push(None);
            }
            origins.push(origin);
            taken.push(Some(row));
        }
        for behind in failed {
            origins.push(behind);
            taken.push(None);
        }
        let taken = UInt32Array::from(taken);
        let own: Result<Vec<ArrayRef>, ArrowError> = checked
            .columns()
            .iter()
            .map(|column| take(column, &taken, None))
            .collect();
        with_kafka_columns(self.transform.schema(), &own?, &origins, self.records, range)
    }

    fn failed_alone(&mut self, record: usize, failure: Failure) -> Result<()> {
        let alone = self.transform.failed_alone();
        self.lines
            .append(failure.lines, self.transform.module().limits().log_lines);
        if self.passed == 0 && alone >= HOPELESS && self.transform.on_error() != OnError::Fail {
            // Nothing of the batch was taken: the next try begins anew.
            self.transform.has_passed();
            return Err(
                Fault::guest(format!("the module fails on every record ({HOPELESS} in a row)"))
                    .because(failure.reason)
                    .at(self.records.place(record))
                    .at(place(self.transform))
                    .hint("nothing was skipped: mend the module, or go back to the one before, and start again"),
            );
        }
        self.record_failed(record, failure.reason)
    }

    /// Notes a record that has no part of its own yet.
    fn record_failed(&mut self, record: usize, reason: String) -> Result<()> {
        self.record_failed_quietly(record, reason)?;
        if self.transform.on_error() == OnError::Null {
            let own: Vec<ArrayRef> = self
                .transform
                .module()
                .schema()
                .fields()
                .iter()
                .map(|field| new_null_array(field.data_type(), 1))
                .collect();
            let range = record..record + 1;
            let row = with_kafka_columns(self.transform.schema(), &own, &[0], self.records, &range);
            self.parts.push(row.map_err(defect)?);
        }
        Ok(())
    }

    fn record_failed_quietly(&mut self, record: usize, reason: String) -> Result<()> {
        let fails = self.transform.on_error() == OnError::Fail;
        let fault = fails.then(|| {
            Fault::data("a record failed")
                .because(reason.clone())
                .at(self.records.place(record))
                .at(place(self.transform))
                .hint("`on_error = \"dead-letter\"` keeps such records aside and goes on")
        });
        self.failed.push(RecordError { record, reason });
        fault.map_or(Ok(()), Err)
    }

    /// Keeps what failed for whoever asked for it, also if the run ends here.
    fn keep_failed(&self) -> Result<()> {
        if let Some(mut kept) = self.transform.failed()
            && !self.failed.is_empty()
        {
            let digest = self.transform.module().digest();
            kept.push(dead_letter::dead_letters(self.records, &self.failed, digest).map_err(defect)?);
        }
        Ok(())
    }

    fn too_costly(&self, failure: &Failure) -> Fault {
        Fault::guest("the module fails on so many records of a batch that finding them costs too much")
            .because(failure.reason.clone())
            .at(place(self.transform))
            .hint("nothing was skipped: mend the module, or go back to the one before, and start again")
    }

    /// Makes one batch of what a chunk came to, which it is already unless it was halved.
    fn join_parts(&mut self, first: usize) -> Result<(), ArrowError> {
        let schema: &Arc<_> = self.transform.schema();
        let mut parts = self.parts.split_off(first);
        parts.retain(|part| part.num_rows() > 0);
        let bytes: usize = parts.iter().map(RecordBatch::get_array_memory_size).sum();
        if parts.len() > 1 && bytes <= WORTH_JOINING {
            parts = vec![concat_batches(schema, &parts)?];
        }
        self.parts.append(&mut parts);
        Ok(())
    }

    fn finish(self) -> Result<Processed> {
        let rows = self.parts.iter().map(RecordBatch::num_rows).sum();
        self.transform.account().through(self.records.len(), rows);
        let kept: &[RecordError] = if self.transform.on_error() == OnError::DeadLetter {
            &self.failed
        } else {
            &[]
        };
        let dead_letters =
            dead_letter::dead_letters(self.records, kept, self.transform.module().digest()).map_err(defect)?;
        Ok(Processed {
            rows: self.parts,
            dead_letters,
            errors: ErrorSummary::new(
                self.transform.to_string(),
                self.transform.on_error(),
                self.records,
                &self.failed,
            ),
            fuel: self.fuel,
        })
    }
}

/// ``transform `orders` (commandes@3fa9c1)``.
fn place(transform: &Transform) -> String {
    format!("transform {transform}")
}

/// Arrow refused what was made of checked parts.
fn defect(error: ArrowError) -> Fault {
    Fault::internal("rows can't be put together").because(error)
}

#[cfg(test)]
#[path = "process_test.rs"]
mod tests;
