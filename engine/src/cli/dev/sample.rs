//! Sample records, and what comes of them with each version of a module.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use crate::batch::Records;
use crate::cli::Failure;
use crate::cli::difference::{Difference, Rows};
use crate::error::Fault;
use crate::pipeline::{LoadedModules, Pipeline, Project, Resources, Trial, TrialReport, TrialTable, read_records};

use super::text;

/// Where sample records come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// The last so many of each topic.
    Topics(usize),
    /// These files, and the names of their sources.
    Files(BTreeMap<String, std::path::PathBuf>),
}

/// ``the last 20 records of each topic``, `` `mine/samples.jsonl` ``.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topics(1) => f.write_str("the last record of each topic"),
            Self::Topics(count) => write!(f, "the last {count} records of each topic"),
            Self::Files(files) => {
                let mut files: Vec<String> = files.values().map(|file| format!("`{}`", file.display())).collect();
                files.dedup();
                f.write_str(&files.join(", "))
            }
        }
    }
}

/// Sample records, and what came of them the last time.
pub(super) struct Sample {
    origin: Origin,
    /// None as long as the files were not read.
    records: Option<BTreeMap<String, Vec<Records>>>,
    before: Option<Shown>,
}

/// What came of the records.
pub(super) struct Shown {
    /// The rows of each table, and whether their order counts.
    pub(super) tables: Vec<(String, Rows)>,
    pub(super) report: TrialReport,
}

impl Sample {
    pub(super) fn of(origin: Origin, records: BTreeMap<String, Vec<Records>>) -> Self {
        Self {
            origin,
            records: Some(records),
            before: None,
        }
    }

    /// The samples of a project.
    pub(super) fn of_files(project: &Project, pipeline: &Pipeline) -> Result<Self, Failure> {
        Ok(Self {
            origin: Origin::Files(project.samples(pipeline)?),
            records: None,
            before: None,
        })
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Plans a pipeline with these modules (others are opened, crates built), and sends the records through. Gives what to print:
    /// all of it the first time, then what differs from the time before; and the modules that it was done with.
    pub(super) async fn run(
        &mut self,
        pipeline: &Pipeline,
        modules: &LoadedModules,
        resources: &Resources,
        colour: bool,
    ) -> Result<(String, LoadedModules), Failure> {
        let errors: Vec<String> = pipeline
            .guests_and_errors()
            .into_iter()
            .map(|(_, errors)| errors)
            .collect();
        let mut tables = pipeline.shown();
        tables.extend(
            errors
                .iter()
                .filter(|errors| !pipeline.shown().contains(errors))
                .cloned(),
        );
        let mut trial = Trial::plan(pipeline, &tables, modules, resources).await?;
        let records = match (&self.records, &self.origin) {
            (Some(records), _) => records.clone(),
            (None, Origin::Files(files)) => read_records(files, trial.sources())?,
            (None, Origin::Topics(_)) => BTreeMap::new(),
        };
        let mut report = trial.run(&records).await;
        let mut rows = Vec::with_capacity(report.tables.len());
        for table in &mut report.tables {
            if errors.contains(&table.name) {
                readable(table)?;
            }
            rows.push((table.name.clone(), rows_of(table)?));
        }
        let now = Shown { tables: rows, report };
        let text = match &self.before {
            None => text::first(&now, &errors)?,
            Some(before) => text::again(before, &now, &errors, colour),
        };
        // A batch that failed has no rows: the next version is compared with the last one that had.
        if now.report.failure.is_none() || self.before.is_none() {
            self.before = Some(now);
        }
        Ok((text, trial.modules()))
    }
}

/// The rows of a table, to be compared: in an order of their own if the table's does not count.
fn rows_of(table: &TrialTable) -> Result<Rows, Fault> {
    let rows = Rows::of(&table.schema, &table.rows)?;
    Ok(match table.is_ordered {
        true => rows,
        false => rows.sorted(),
    })
}

/// Dead letters as their author wants to see them: where, why, and the value as a text if it is one. (Not the digest of the module,
/// which is another one in each version.)
fn readable(errors: &mut TrialTable) -> Result<(), Fault> {
    let broken = |error: ArrowError| Fault::internal("the errors can't be shown").because(error);
    let names = ["partition", "offset", "reason", "value"];
    let mut columns = Vec::new();
    for name in names {
        columns.push(errors.schema.index_of(name).map_err(broken)?);
    }
    let mut rows = Vec::with_capacity(errors.rows.len());
    for batch in &errors.rows {
        let shown = columns.iter().map(|at| {
            let column = batch.column(*at);
            match column.data_type() {
                // What is no text is null.
                DataType::Binary => cast(column, &DataType::Utf8),
                _ => Ok(Arc::clone(column)),
            }
        });
        let shown = shown.collect::<Result<Vec<_>, _>>().map_err(broken)?;
        let named = names.into_iter().zip(shown).map(|(name, column)| (name, column, true));
        rows.push(RecordBatch::try_from_iter_with_nullable(named).map_err(broken)?);
    }
    let field = |(name, at): (&str, &usize)| {
        let data_type = match errors.schema.field(*at).data_type() {
            DataType::Binary => DataType::Utf8,
            other => other.clone(),
        };
        Field::new(name, data_type, true)
    };
    errors.schema = Arc::new(Schema::new(
        names.into_iter().zip(&columns).map(field).collect::<Vec<_>>(),
    ));
    errors.rows = rows;
    Ok(())
}

impl Shown {
    /// What became of a table since then, if it was there.
    pub(super) fn difference(&self, name: &str, now: &Rows) -> Option<Difference> {
        let (_, before) = self.tables.iter().find(|(table, _)| table == name)?;
        Some(Difference::of(before, now))
    }
}
