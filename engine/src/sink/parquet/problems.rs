//! What is wrong with a Parquet sink's options, found before anything runs.

use std::collections::HashMap;
use std::time::Duration;

use arrow::datatypes::{DataType, Field, Schema};

use super::{ParquetOptions, SaveMode};
use crate::sink::show::type_name;
use crate::sink::{Problem, Run};
use crate::storage::Target;

/// A file of fewer bytes is all footer.
const SMALLEST_FILE: u64 = 64 << 10;

/// Stores copy an object of up to 5 GiB at once, which is how a file becomes visible there.
const LARGEST_FILE: u64 = 4 << 30;

fn problem(option: &'static str, message: String, hint: &str) -> Problem {
    Problem {
        option: Some(option),
        message,
        hint: Some(hint.to_owned()),
    }
}

impl ParquetOptions {
    /// All that is wrong with these options for rows of this schema; empty if nothing is.
    pub fn problems(&self, schema: &Schema, run: Run) -> Vec<Problem> {
        let mut found = Vec::new();
        if let Err(fault) = Target::parse(&self.url) {
            found.push(Problem {
                option: Some("parquet"),
                message: fault.to_string(),
                hint: fault.advice().map(str::to_owned),
            });
        }
        if run == Run::Stream && self.mode != SaveMode::Append {
            let hint = "use `mode = \"append\"`, or run it as a batch (`--once`)";
            found.push(problem("mode", "a stream can only append".to_owned(), hint));
        }
        if !(SMALLEST_FILE..=LARGEST_FILE).contains(&self.target_file_size) {
            let message = format!("a file of {} bytes is out of range", self.target_file_size);
            found.push(problem(
                "target_file_size",
                message,
                "choose between 64 KiB and 4 GiB; usual is 128 MiB",
            ));
        }
        if self.roll_interval < Duration::from_secs(1) {
            let message = format!("files of {} ms would be too many", self.roll_interval.as_millis());
            found.push(problem(
                "roll_interval",
                message,
                "choose a second or more; usual is a minute",
            ));
        }
        self.partition_problems(&mut found, schema);
        column_problems(&mut found, schema);
        found
    }

    fn partition_problems(&self, found: &mut Vec<Problem>, schema: &Schema) {
        const OPTION: &str = "partition_by";
        for (index, name) in self.partition_by.iter().enumerate() {
            if self.partition_by[..index].contains(name) {
                found.push(problem(
                    OPTION,
                    format!("column `{name}` is there twice"),
                    "name each column once",
                ));
                continue;
            }
            match schema.field_with_name(name) {
                Err(_) => {
                    let columns = schema.fields().iter().map(|field| format!("`{}`", field.name()));
                    let hint = match nearest(name, schema) {
                        Some(near) => format!("is it `{near}`?"),
                        None => format!("there are {}", columns.collect::<Vec<_>>().join(", ")),
                    };
                    found.push(problem(OPTION, format!("there is no column `{name}`"), &hint));
                }
                Ok(field) if !can_name_folders(field.data_type()) => {
                    let message = format!(
                        "column `{name}` is of type {}, which can't name folders",
                        type_name(field.data_type())
                    );
                    found.push(problem(
                        OPTION,
                        message,
                        "partition by a text, a number, a boolean, a date or a timestamp",
                    ));
                }
                Ok(_) => {}
            }
        }
        let stays = |field: &&std::sync::Arc<Field>| !self.partition_by.contains(field.name());
        if !schema.fields().is_empty() && !schema.fields().iter().any(|field| stays(&field)) {
            let message = "no column would be left in the files".to_owned();
            found.push(problem(OPTION, message, "leave out one of the columns"));
        }
    }
}

fn column_problems(found: &mut Vec<Problem>, schema: &Schema) {
    let of_table = |message: String, hint: &str| Problem {
        option: None,
        message,
        hint: Some(hint.to_owned()),
    };
    if schema.fields().is_empty() {
        found.push(of_table("the table has no columns".to_owned(), "select at least one"));
    }
    let mut names: HashMap<String, &str> = HashMap::new();
    for field in schema.fields() {
        let name = field.name().as_str();
        if let Some(before) = names.insert(name.to_lowercase(), name) {
            let message = if before == name {
                format!("there are two columns `{name}`")
            } else {
                format!("columns `{before}` and `{name}` differ in case only, which Spark and DuckDB don't see")
            };
            found.push(of_table(message, "rename one in the SQL: `... AS other_name`"));
        }
        if let Some((place, data_type)) = first_unwritable(name, field.data_type()) {
            let message = format!(
                "column `{place}` is of type {}, which Parquet's readers don't share",
                type_name(data_type)
            );
            found.push(of_table(message, "convert it in the SQL: `CAST(... AS STRING)`"));
        }
    }
}

/// The first column, or field inside it, that a file can't hold or Spark can't read.
fn first_unwritable<'a>(place: &str, data_type: &'a DataType) -> Option<(String, &'a DataType)> {
    match data_type {
        DataType::Null
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Interval(_)
        | DataType::Union(..)
        | DataType::RunEndEncoded(..) => Some((place.to_owned(), data_type)),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            let fits = *precision <= 38 && *scale >= 0 && u8::try_from(*scale).is_ok_and(|scale| scale <= *precision);
            (!fits).then(|| (place.to_owned(), data_type))
        }
        DataType::Struct(fields) if fields.is_empty() => Some((place.to_owned(), data_type)),
        DataType::Struct(fields) => fields
            .iter()
            .find_map(|field| first_unwritable(&format!("{place}.{}", field.name()), field.data_type())),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => first_unwritable(place, element.data_type()),
        DataType::Map(entries, _) => first_unwritable(place, entries.data_type()),
        DataType::Dictionary(_, values) => first_unwritable(place, values),
        _ => None,
    }
}

fn can_name_folders(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => can_name_folders(values),
        DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => true,
        other => other.is_primitive() && other.is_numeric(),
    }
}

/// The column a misspelt name most likely meant.
fn nearest<'a>(name: &str, schema: &'a Schema) -> Option<&'a str> {
    let distance = |field: &str| strsim::osa_distance(&field.to_lowercase(), &name.to_lowercase());
    let names = schema.fields().iter().map(|field| field.name().as_str());
    names
        .min_by_key(|field| distance(field))
        .filter(|field| distance(field) <= name.len().div_ceil(3))
}

#[cfg(test)]
#[path = "problems_test.rs"]
mod tests;
