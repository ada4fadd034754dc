use std::fmt::Write;
use std::sync::Arc;

use arrow::datatypes::{Fields, IntervalUnit, TimeUnit};

use super::*;

fn schema(columns: &[(&str, DataType)]) -> Schema {
    Schema::new(
        columns
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
            .collect::<Fields>(),
    )
}

fn orders() -> Schema {
    let items = DataType::List(Arc::new(Field::new("element", DataType::Int32, true)));
    schema(&[
        ("customer_id", DataType::Utf8),
        ("total", DataType::Float64),
        ("items", items),
    ])
}

fn found(options: &ParquetOptions, schema: &Schema, run: Run) -> String {
    options
        .problems(schema, run)
        .iter()
        .fold(String::new(), |mut text, problem| {
            let option = problem.option.unwrap_or("table");
            writeln!(
                text,
                "{option}: {} ({})",
                problem.message,
                problem.hint.as_deref().unwrap_or("")
            )
            .unwrap();
            text
        })
}

#[test]
fn good_options_have_none() {
    let mut options = ParquetOptions::new("s3://bronze/items");
    options.partition_by = vec!["customer_id".into()];
    assert_eq!(found(&options, &orders(), Run::Stream), "");
}

#[test]
fn every_mistake_is_found_at_once() {
    let options = ParquetOptions {
        url: "ftp://somewhere".into(),
        mode: SaveMode::Overwrite,
        partition_by: ["custommer_id", "items", "total", "total", "colour"]
            .map(String::from)
            .to_vec(),
        target_file_size: 10,
        roll_interval: Duration::ZERO,
        ..ParquetOptions::new("")
    };
    insta::assert_snapshot!(found(&options, &orders(), Run::Stream), @r#"
    parquet: can't write to `ftp://`: `ftp://somewhere` (write `s3://bucket/prefix`, `file:///path` or a path)
    mode: a stream can only append (use `mode = "append"`, or run it as a batch (`--once`))
    target_file_size: a file of 10 bytes is out of range (choose between 64 KiB and 4 GiB; usual is 128 MiB)
    roll_interval: files of 0 ms would be too many (choose a second or more; usual is a minute)
    partition_by: there is no column `custommer_id` (is it `customer_id`?)
    partition_by: column `items` is of type array, which can't name folders (partition by a text, a number, a boolean, a date or a timestamp)
    partition_by: column `total` is there twice (name each column once)
    partition_by: there is no column `colour` (there are `customer_id`, `total`, `items`)
    "#);
}

#[test]
fn a_file_needs_a_column() {
    let mut options = ParquetOptions::new("out");
    options.partition_by = vec!["a".into()];
    insta::assert_snapshot!(found(&options, &schema(&[("a", DataType::Utf8)]), Run::Batch), @"partition_by: no column would be left in the files (leave out one of the columns)");
    insta::assert_snapshot!(found(&ParquetOptions::new("out"), &schema(&[]), Run::Batch), @"table: the table has no columns (select at least one)");
}

#[test]
fn columns_that_readers_don_t_share() {
    let inner = DataType::Struct(Fields::from(vec![Field::new("x", DataType::Null, true)]));
    let table = schema(&[
        ("a", DataType::Null),
        ("A", DataType::Int32),
        ("a", DataType::Int32),
        ("gap", DataType::Interval(IntervalUnit::MonthDayNano)),
        ("s", inner),
        ("big", DataType::Decimal256(50, 2)),
        ("at", DataType::Time64(TimeUnit::Microsecond)),
        ("ok", DataType::Decimal128(38, 10)),
    ]);
    insta::assert_snapshot!(found(&ParquetOptions::new("out"), &table, Run::Batch), @r#"
    table: column `a` is of type void, which Parquet's readers don't share (convert it in the SQL: `CAST(... AS STRING)`)
    table: columns `a` and `A` differ in case only, which Spark and DuckDB don't see (rename one in the SQL: `... AS other_name`)
    table: columns `A` and `a` differ in case only, which Spark and DuckDB don't see (rename one in the SQL: `... AS other_name`)
    table: column `gap` is of type interval(monthdaynano), which Parquet's readers don't share (convert it in the SQL: `CAST(... AS STRING)`)
    table: column `s.x` is of type void, which Parquet's readers don't share (convert it in the SQL: `CAST(... AS STRING)`)
    table: column `big` is of type decimal(50,2), which Parquet's readers don't share (convert it in the SQL: `CAST(... AS STRING)`)
    table: column `at` is of type time(6), which Parquet's readers don't share (convert it in the SQL: `CAST(... AS STRING)`)
    "#);
}
