//! Each batch as Spark's console sink prints it: a heading, a table, an empty line.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::BoxFuture;

use super::output::output_fault;
use super::show::{ShowOptions, show, show_on_terminal};
use super::{Finished, Sink};
use crate::error::{Fault, Result};

const RULE: &str = "-------------------------------------------";

/// Options of a console sink.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsoleOptions {
    /// How the table looks.
    pub show: ShowOptions,
}

/// Prints the first rows of each batch. Rows that won't be shown are not kept.
pub struct Console<W> {
    out: W,
    schema: SchemaRef,
    options: ConsoleOptions,
    heading: bool,
    terminal: bool,
    kept: Vec<RecordBatch>,
    kept_rows: usize,
    rows: u64,
}

impl<W: Write + Send> Console<W> {
    /// A console sink that prints to `out`.
    pub fn new(out: W, schema: SchemaRef, options: ConsoleOptions) -> Self {
        Self {
            out,
            schema,
            options,
            heading: true,
            terminal: false,
            kept: Vec::new(),
            kept_rows: 0,
            rows: 0,
        }
    }

    /// The same without the heading: a batch run has one batch, and prints what `show` prints.
    #[must_use]
    pub fn without_heading(mut self) -> Self {
        self.heading = false;
        self
    }

    /// The same for a terminal, which no cell may steer. Elsewhere the bytes are Spark's.
    #[must_use]
    pub fn on_terminal(mut self, terminal: bool) -> Self {
        self.terminal = terminal;
        self
    }

    fn keep(&mut self, rows: &RecordBatch) {
        // One row more than is shown tells that there were more.
        let wanted = self.options.show.num_rows.saturating_add(1) - self.kept_rows;
        let taken = wanted.min(rows.num_rows());
        if taken > 0 {
            self.kept.push(rows.slice(0, taken));
            self.kept_rows += taken;
        }
        self.rows += rows.num_rows() as u64;
    }

    fn print(&mut self, batch_id: u64) -> Result<()> {
        let show = if self.terminal { show_on_terminal } else { show };
        let table = show(&self.schema, &self.kept, &self.options.show)
            .map_err(|error| Fault::internal("can't show the rows as a table").because(error))?;
        self.kept.clear();
        self.kept_rows = 0;
        // One write a batch, so that several sinks on one terminal don't mix.
        let heading = if self.heading {
            format!("{RULE}\nBatch: {batch_id}\n{RULE}\n")
        } else {
            String::new()
        };
        let text = format!("{heading}{table}\n");
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(output_fault)
    }
}

impl<W: Write + Send> Sink for Console<W> {
    fn write<'a>(&'a mut self, _batch_id: u64, rows: &'a RecordBatch) -> BoxFuture<'a, Result<()>> {
        self.keep(rows);
        Box::pin(async { Ok(()) })
    }

    fn end_batch(&mut self, batch_id: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.print(batch_id) })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Finished>> {
        let finished = Finished {
            rows: self.rows,
            ..Finished::default()
        };
        Box::pin(async move { Ok(finished) })
    }
}

#[cfg(test)]
#[path = "console_test.rs"]
mod tests;
