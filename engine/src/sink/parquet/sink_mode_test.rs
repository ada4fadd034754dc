//! What becomes of files that are there already.

use super::*;

#[tokio::test]
async fn append_adds_and_ignore_and_error_keep_off() {
    let dir = TempDir::new().unwrap();
    write(&options(dir.path()), &numbers(0, 10)).await;
    write(&options(dir.path()), &numbers(10, 20)).await;
    assert_eq!(read(dir.path()), (0..20).collect());
    let ignored = write(
        &ParquetOptions {
            mode: SaveMode::Ignore,
            ..options(dir.path())
        },
        &numbers(20, 30),
    )
    .await;
    assert_eq!(ignored, Finished::default());
    assert_eq!(read(dir.path()), (0..20).collect());
    let careful = ParquetOptions {
        mode: SaveMode::ErrorIfExists,
        ..options(dir.path())
    };
    let refused = ParquetSink::open(&careful, numbers(0, 1).schema(), &context(Run::Batch).0)
        .await
        .err()
        .unwrap();
    let report = refused.report().replace(dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(report, @r#"
    error: there are 2 files already: folder `DIR`

    hint: `mode = "append"` adds to them, `mode = "overwrite"` replaces them
    "#);
    let fresh = dir.path().join("fresh");
    write(
        &ParquetOptions {
            mode: SaveMode::ErrorIfExists,
            ..options(&fresh)
        },
        &numbers(0, 10),
    )
    .await;
    assert_eq!(read(&fresh), (0..10).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overwrite_is_never_an_empty_moment() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    write(&options(dir.path()), &numbers(0, 10)).await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (watched, stopped) = (dir.path().to_owned(), stop.clone());
    let watcher = tokio::task::spawn_blocking(move || {
        let mut least = usize::MAX;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            let names = fs::read_dir(&watched)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap());
            least = least.min(names.filter(|name| is_visible_parquet(name)).count());
        }
        least
    });
    for round in 1..=20 {
        let overwrite = ParquetOptions {
            mode: SaveMode::Overwrite,
            ..options(dir.path())
        };
        write(&overwrite, &numbers(round * 10, round * 10 + 10)).await;
        assert_eq!(read(dir.path()), (round * 10..round * 10 + 10).collect());
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(watcher.await.unwrap() >= 1);
    assert!(dir.path().join("notes.txt").exists());
    assert_eq!(files(dir.path()).len(), 3);
}

#[tokio::test]
async fn overwrite_removes_the_partitions_that_are_left_empty() {
    let dir = TempDir::new().unwrap();
    let mut overwrite = ParquetOptions {
        mode: SaveMode::Overwrite,
        ..options(dir.path())
    };
    overwrite.partition_by = vec!["c".into()];
    write(&overwrite, &numbers(0, 30)).await;
    write(&overwrite, &numbers(0, 1)).await;
    assert_eq!(read(dir.path()), BTreeSet::from([0]));
    assert!(!dir.path().join("c=y").exists());
}

#[tokio::test]
async fn a_folder_with_a_list_of_its_own_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("_spark_metadata")).unwrap();
    let opened = ParquetSink::open(&options(dir.path()), numbers(0, 1).schema(), &context(Run::Batch).0).await;
    let report = opened
        .err()
        .unwrap()
        .report()
        .replace(dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(report, @r#"
    error: a Spark stream keeps a list of its files there (`_spark_metadata`), and its readers see no others: folder `DIR`

    hint: write to another folder, or remove `_spark_metadata`
    "#);

    let bench = Bench::new();
    bench.store.put("_delta_log/0.json", Bytes::new()).await.unwrap();
    let opened = ParquetSink::open_in(
        Folder::Store(bench.store),
        &ParquetOptions::new("s3://bronze/items"),
        numbers(0, 1).schema(),
        &context(Run::Batch).0,
    )
    .await;
    insta::assert_snapshot!(opened.err().unwrap().report(), @r#"
    error: Delta Lake keeps a list of its files there (`_delta_log`), and its readers see no others: folder `s3://bronze/items`

    hint: write to another folder, or remove `_delta_log`
    "#);
}
