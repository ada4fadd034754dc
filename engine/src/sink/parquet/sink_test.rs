use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression as Codec, LogicalType, TimeUnit};
use tempfile::TempDir;

use super::super::{Compression, SaveMode};
use super::*;
use crate::clock::ManualClock;
use crate::sink::fixture_test::load;
use crate::storage::{Bench, Stores};

fn context(run: Run) -> (SinkContext, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(1_000_000));
    let context = SinkContext {
        print: crate::sink::standard_output(),
        terminal: false,
        run,
        clock: clock.clone(),
        notify: Arc::new(|_| {}),
        commits: false,
        mark: None,
        stores: Stores::of_variables(Vec::new()),
        kafka: None,
    };
    (context, clock)
}

fn options(folder: &Path) -> ParquetOptions {
    ParquetOptions::new(folder.to_str().unwrap())
}

fn numbers(from: i64, until: i64) -> RecordBatch {
    let letter = |n: i64| ["x", "y", "../../z"][n as usize % 3];
    RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from_iter_values(from..until)) as ArrayRef),
        ("c", Arc::new(StringArray::from_iter_values((from..until).map(letter)))),
    ])
    .unwrap()
}

async fn open(options: &ParquetOptions, rows: &RecordBatch, run: Run) -> ParquetSink {
    ParquetSink::open(options, rows.schema(), &context(run).0)
        .await
        .unwrap()
}

/// Writes `rows` as a batch run does.
async fn write(options: &ParquetOptions, rows: &RecordBatch) -> Finished {
    let mut sink = open(options, rows, Run::Batch).await;
    sink.write(0, rows).await.unwrap();
    sink.end_batch(0).await.unwrap();
    sink.finish().await.unwrap()
}

/// All files below a folder, hidden ones too.
fn files(folder: &Path) -> Vec<String> {
    fn walk(found: &mut Vec<String>, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(found, root, &path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&mut found, folder, folder);
    found.sort();
    found
}

fn is_visible_parquet(path: &str) -> bool {
    path.ends_with(".parquet") && path.split('/').all(|part| !part.starts_with(['.', '_']))
}

/// The values of `n` in all files a reader would find.
fn read(folder: &Path) -> BTreeSet<i64> {
    let mut values = BTreeSet::new();
    for path in files(folder).iter().filter(|path| is_visible_parquet(path)) {
        let file = fs::File::open(folder.join(path)).unwrap();
        for rows in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let rows = rows.unwrap();
            let column = rows.column_by_name("n").unwrap().as_primitive::<Int64Type>();
            assert!(
                column.values().iter().all(|value| values.insert(*value)),
                "a row is there twice"
            );
        }
    }
    values
}

fn reader(folder: &Path) -> ParquetRecordBatchReaderBuilder<fs::File> {
    let path = files(folder).into_iter().find(|path| is_visible_parquet(path)).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(fs::File::open(folder.join(path)).unwrap()).unwrap()
}

#[tokio::test]
async fn every_golden_table_is_read_back_as_it_was_written() {
    for name in [
        "batch/orders-commandes",
        "batch/orders-items",
        "batch/orders-raw",
        "show/types",
        "show/nested",
        "show/nulls",
    ] {
        let dir = TempDir::new().unwrap();
        let rows = load(name);
        let finished = write(&options(dir.path()), &rows).await;
        assert_eq!((finished.rows, finished.files), (rows.num_rows() as u64, 1), "{name}");
        let back = reader(dir.path())
            .build()
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>();
        let expected = conform(&rows, &file_schema(rows.schema_ref())).unwrap();
        let show = |batches: &[RecordBatch]| {
            let all = crate::sink::show::ShowOptions {
                num_rows: 10_000,
                truncate: crate::sink::show::Truncate::Never,
                vertical: true,
            };
            crate::sink::show::show(rows.schema_ref(), batches, &all).unwrap()
        };
        assert_eq!(show(&back), show(&[expected]), "{name}");
        let types = |schema: &Schema| {
            schema
                .fields()
                .iter()
                .map(|field| field.data_type().clone())
                .collect::<Vec<_>>()
        };
        let plain = |types: Vec<DataType>| types.into_iter().filter(|t| !t.is_nested()).collect::<Vec<_>>();
        assert_eq!(
            plain(types(&back[0].schema())),
            plain(types(&file_schema(rows.schema_ref()))),
            "{name}"
        );
    }
}

#[tokio::test]
async fn files_are_as_spark_and_pyarrow_expect() {
    let dir = TempDir::new().unwrap();
    write(&options(dir.path()), &load("batch/orders-commandes")).await;
    let names = files(dir.path());
    assert_eq!(names[0], "_SUCCESS");
    let name = regex::Regex::new(r"^part-00000-[0-9a-f-]{36}-c000\.snappy\.parquet$").unwrap();
    assert!(name.is_match(&names[1]), "{}", names[1]);

    let reader = reader(dir.path());
    let metadata = reader.metadata();
    assert!(metadata.file_metadata().key_value_metadata().is_none());
    let group = metadata.row_group(0);
    assert!(
        group
            .columns()
            .iter()
            .all(|column| column.compression() == Codec::SNAPPY)
    );
    assert!(group.columns().iter().all(|column| column.statistics().is_some()));
    let time = group
        .columns()
        .iter()
        .find(|column| column.column_path().string() == "kafka_timestamp")
        .unwrap();
    let Some(LogicalType::Timestamp(kind)) = time.column_descr().logical_type_ref() else {
        panic!("{time:?}")
    };
    assert!(kind.is_adjusted_to_u_t_c);
    assert_eq!(kind.unit, TimeUnit::MICROS);
    let paths: Vec<String> = group
        .columns()
        .iter()
        .map(|column| column.column_path().string())
        .collect();
    assert!(paths.contains(&"items.list.element.product_id".to_owned()), "{paths:?}");
}

#[tokio::test]
async fn zstd_and_no_compression() {
    for (compression, suffix, codec) in [
        (Compression::Zstd, ".zstd.parquet", "ZSTD"),
        (Compression::None, "-c000.parquet", "UNCOMPRESSED"),
    ] {
        let dir = TempDir::new().unwrap();
        write(
            &ParquetOptions {
                compression,
                ..options(dir.path())
            },
            &numbers(0, 100),
        )
        .await;
        assert!(files(dir.path())[1].ends_with(suffix));
        let used = format!(
            "{:?}",
            reader(dir.path()).metadata().row_group(0).column(0).compression()
        );
        assert!(used.starts_with(codec), "{used}");
    }
}

#[tokio::test]
async fn a_batch_is_invisible_until_its_end_and_gone_if_it_has_none() {
    let dir = TempDir::new().unwrap();
    let mut small = options(dir.path());
    small.partition_by = vec!["c".into()];
    small.target_file_size = 64 << 10;
    let mut sink = open(&small, &numbers(0, 1), Run::Batch).await;
    for step in 0..20 {
        sink.write(0, &numbers(step * 5_000, (step + 1) * 5_000)).await.unwrap();
    }
    assert!(sink.prepared.len() > 3, "files are rolled by size in a batch too");
    assert!(
        files(dir.path())
            .iter()
            .all(|path| path.rsplit('/').next().unwrap().starts_with('.'))
    );
    assert_eq!(read(dir.path()), BTreeSet::new());
    drop(sink);
    assert_eq!(files(dir.path()), [""; 0]);
}

#[tokio::test]
async fn an_empty_batch_leaves_a_file_with_the_schema() {
    let dir = TempDir::new().unwrap();
    let mut sink = open(&options(dir.path()), &numbers(0, 1), Run::Batch).await;
    assert_eq!(sink.finish().await.unwrap().rows, 0);
    assert_eq!(reader(dir.path()).schema().fields().len(), 2);
    assert_eq!(read(dir.path()), BTreeSet::new());
}

#[tokio::test]
async fn hostile_values_stay_in_the_folder() {
    let dir = TempDir::new().unwrap();
    let inner = dir.path().join("a/b/c");
    let mut options = options(&inner);
    options.partition_by = vec!["c".into()];
    write(&options, &numbers(0, 30)).await;
    let folders: BTreeSet<String> = files(dir.path())
        .iter()
        .filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned()))
        .collect();
    let expected = ["a/b/c", "a/b/c/c=..%2F..%2Fz", "a/b/c/c=x", "a/b/c/c=y"];
    assert_eq!(folders, expected.map(String::from).into());
    assert_eq!(read(&inner), (0..30).collect());
}

#[tokio::test]
async fn a_stream_shows_files_when_they_are_old_or_large() {
    let dir = TempDir::new().unwrap();
    let (context, clock) = context(Run::Stream);
    let mut sink = ParquetSink::open(&options(dir.path()), numbers(0, 1).schema(), &context)
        .await
        .unwrap();
    sink.write(0, &numbers(0, 10)).await.unwrap();
    sink.end_batch(0).await.unwrap();
    clock.advance(59_999);
    sink.tick().await.unwrap();
    assert_eq!(read(dir.path()), BTreeSet::new());
    clock.advance(1);
    sink.tick().await.unwrap();
    assert_eq!(read(dir.path()), (0..10).collect());
    sink.write(1, &numbers(10, 20)).await.unwrap();
    sink.end_batch(1).await.unwrap();
    assert_eq!(read(dir.path()), (0..10).collect());
    let finished = sink.finish().await.unwrap();
    assert_eq!((finished.rows, finished.files), (20, 2));
    assert_eq!(read(dir.path()), (0..20).collect());
    assert!(
        files(dir.path()).iter().all(|path| path != "_SUCCESS"),
        "a stream has no end to mark"
    );

    let mut small = options(dir.path());
    small.target_file_size = 64 << 10;
    let mut sink = ParquetSink::open(&small, numbers(0, 1).schema(), &context)
        .await
        .unwrap();
    for step in 4..24 {
        sink.write(0, &numbers(step * 5_000, (step + 1) * 5_000)).await.unwrap();
    }
    assert!(read(dir.path()).len() > 5_000);
    drop(sink);
    assert!(files(dir.path()).iter().all(|path| is_visible_parquet(path)));
}

#[tokio::test]
async fn many_partitions_are_open_only_so_many_at_a_time() {
    let dir = TempDir::new().unwrap();
    let mut options = options(dir.path());
    options.partition_by = vec!["c".into()];
    let keys = StringArray::from_iter_values((0..200).map(|n| format!("k{n}")));
    let rows = RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from_iter_values(0..200)) as ArrayRef),
        ("c", Arc::new(keys)),
    ])
    .unwrap();
    let mut sink = open(&options, &rows, Run::Batch).await;
    sink.write(0, &rows).await.unwrap();
    assert_eq!(sink.open.len(), LIMITS.open_files);
    assert_eq!(sink.finish().await.unwrap().files, 200);
    assert_eq!(read(dir.path()), (0..200).collect());
}

#[tokio::test]
async fn row_groups_end_when_memory_runs_out() {
    let dir = TempDir::new().unwrap();
    let rows = numbers(0, 20_000);
    let mut sink = open(&options(dir.path()), &rows, Run::Batch).await;
    sink.limits.rows_bytes = 100_000;
    for step in 0..5 {
        sink.write(0, &numbers(step * 20_000, (step + 1) * 20_000))
            .await
            .unwrap();
        assert!(sink.open.values().all(|file| file.writer.rows_memory() <= 100_000));
    }
    assert_eq!(sink.finish().await.unwrap().files, 1);
    assert_eq!(reader(dir.path()).metadata().num_row_groups(), 5);
    assert_eq!(read(dir.path()), (0..100_000).collect());
}

#[tokio::test]
async fn files_end_when_parts_that_wait_fill_the_memory() {
    let bench = Bench::new();
    let mut options = ParquetOptions::new("s3://bronze/items");
    options.partition_by = vec!["c".into()];
    let rows = numbers(0, 60_000);
    let folder = Folder::Store(bench.store.clone());
    let mut sink = ParquetSink::open_in(folder, &options, rows.schema(), &context(Run::Batch).0)
        .await
        .unwrap();
    sink.limits.rows_bytes = 50_000;
    sink.limits.all_bytes = 200_000;
    for _ in 0..3 {
        sink.write(0, &rows).await.unwrap();
        assert!(sink.open.values().map(|file| file.writer.memory()).sum::<usize>() <= 200_000);
    }
    let finished = sink.finish().await.unwrap();
    assert_eq!(finished.rows, 180_000);
    assert!(finished.files > 3);
}

#[tokio::test]
async fn the_same_on_an_object_store() {
    let bench = Bench::new();
    let rows = numbers(0, 1_000);
    let mut options = ParquetOptions::new("s3://bronze/items");
    options.partition_by = vec!["c".into()];
    for mode in [SaveMode::Append, SaveMode::Overwrite] {
        options.mode = mode;
        let folder = Folder::Store(bench.store.clone());
        let mut sink = ParquetSink::open_in(folder, &options, rows.schema(), &context(Run::Batch).0)
            .await
            .unwrap();
        sink.write(0, &rows).await.unwrap();
        let before = bench.store.list().await.unwrap();
        let finished = sink.finish().await.unwrap();
        assert_eq!((finished.rows, finished.files), (1_000, 3));
        let after = bench.store.list().await.unwrap();
        assert_eq!(after.len(), 4, "{after:?}");
        assert!(before.iter().all(|path| path == "_SUCCESS" || !after.contains(path)));
    }
}

#[tokio::test]
async fn a_store_that_fails_ends_the_sink_and_shows_nothing() {
    let bench = Bench::new();
    // More than goes in one request.
    let rows = numbers(0, 3_000_000);
    let options = ParquetOptions::new("s3://bronze/items");
    let folder = Folder::Store(bench.store.clone());
    let mut sink = ParquetSink::open_in(folder, &options, rows.schema(), &context(Run::Batch).0)
        .await
        .unwrap();
    sink.write(0, &rows).await.unwrap();
    bench.fails(usize::MAX);
    assert!(sink.finish().await.unwrap_err().may_retry());
    bench.fails(0);
    insta::assert_snapshot!(sink.write(1, &rows).await.unwrap_err().report(), @"error: a sink was used after it failed: folder `s3://bronze/items`");
    sink.abort().await;
    assert_eq!(bench.store.list().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_folder_that_can_t_be_is_found_before_any_record() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let fault = ParquetSink::open(
        &options(&file.join("x")),
        numbers(0, 1).schema(),
        &context(Run::Batch).0,
    )
    .await
    .err()
    .unwrap();
    let report = fault.report().replace(dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(report, @r#"
    error: can't create the folder: `DIR/file/x`: Not a directory (os error 20)

    hint: a file stands where a folder is needed
    "#);
}

#[path = "sink_commit_test.rs"]
mod commit;
#[path = "sink_mode_test.rs"]
mod modes;
