//! The loop around a student's function: records in, columns out.

use crate::Error;
use crate::cell::Cell;
use crate::column::{Column, Data, Field, Values};
use crate::record::{Batch, Record};
use crate::rows::IntoRows;

/// A function that `#[transform]` can make a module of: `fn(&Record) -> Result<impl IntoRows, Error>`.
#[diagnostic::on_unimplemented(
    message = "this function is no transform",
    note = "a transform is `fn parse(record: &Record) -> Result<impl IntoRows, Error>`"
)]
pub trait Transform<'a> {
    /// What it returns for a record that lives for `'a`.
    type Rows: IntoRows;

    /// Calls it.
    fn call(&self, record: &'a Record<'a>) -> Result<Self::Rows, Error>;
}

impl<'a, F, R> Transform<'a> for F
where
    F: Fn(&'a Record<'a>) -> Result<R, Error>,
    R: IntoRows,
{
    type Rows = R;

    #[inline]
    fn call(&self, record: &'a Record<'a>) -> Result<R, Error> {
        self(record)
    }
}

/// The rows of a batch, as `rows` in `wit/guest.wit` has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// For each row the record it came from.
    pub origins: Vec<u32>,
    /// The columns, flattened in pre-order.
    pub columns: Vec<Data>,
    /// Records that failed, and why.
    pub errors: Vec<(u32, String)>,
}

/// The fields of the rows that a transform returns, flattened in pre-order.
pub fn schema<F: for<'a> Transform<'a>>(_: &F) -> Vec<Field> {
    let mut fields = Vec::new();
    Columns::<<F as Transform<'static>>::Rows>::describe("", &mut fields);
    // The row itself is no column.
    fields.remove(0);
    fields
}

/// The columns of what a transform returns.
type Columns<R> = <<R as IntoRows>::Row as Cell>::Column;

/// Calls a transform on each record of a batch.
///
/// # Errors
/// If the rows are too many or too large for the boundary's 31-bit offsets.
pub fn process<F: for<'a> Transform<'a>>(transform: &F, batch: &Batch) -> Result<Output, Error> {
    let records = batch.records();
    run(transform, &records)
}

/// The rows may borrow from the records, so the records must outlive the columns' type: hence one lifetime for them all.
fn run<'a, F: Transform<'a>>(transform: &F, records: &'a [Record<'a>]) -> Result<Output, Error> {
    let mut columns = Columns::<F::Rows>::default();
    let mut origins = Vec::with_capacity(records.len());
    let mut errors = Vec::new();
    for (index, record) in (0..).zip(records) {
        let before = columns.len();
        match transform.call(record).and_then(|rows| rows.append_to(&mut columns)) {
            Ok(()) => origins.resize(columns.len(), index),
            Err(error) => {
                columns.truncate(before);
                errors.push((index, error.into_reason()));
            }
        }
    }
    let mut finished = Vec::new();
    columns.finish(&mut finished);
    finished.remove(0);
    check(&finished, origins.len())?;
    Ok(Output {
        origins,
        columns: finished,
        errors,
    })
}

fn check(columns: &[Data], rows: usize) -> Result<(), Error> {
    const MOST: usize = i32::MAX as usize;
    let fits =
        |column: &Data| column.length <= MOST && !matches!(&column.values, Values::Utf8(text) if text.len() > MOST);
    if rows <= MOST && columns.iter().all(fits) {
        return Ok(());
    }
    Err(Error::new(
        "the batch's rows are larger than 2 GiB in one column: return less for each record",
    ))
}

/// Refuses, at compile time, what is no transform.
#[doc(hidden)]
pub const fn assert_transform<F: for<'a> Transform<'a>>(_: &F) {}
