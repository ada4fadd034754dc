//! Files of a run that commits: hidden until the checkpoint that names them is there.

use super::*;

fn committing() -> (SinkContext, Arc<ManualClock>) {
    let (context, clock) = context(Run::Stream);
    let commits = true;
    (SinkContext { commits, ..context }, clock)
}

async fn opened(folder: &Path, context: &SinkContext) -> ParquetSink {
    let rows = numbers(0, 1);
    ParquetSink::open(&options(folder), rows.schema(), context)
        .await
        .unwrap()
}

#[tokio::test]
async fn files_are_seen_once_they_are_committed() {
    let folder = TempDir::new().unwrap();
    let (context, clock) = committing();
    let mut sink = opened(folder.path(), &context).await;
    sink.write(0, &numbers(0, 3)).await.unwrap();
    sink.end_batch(0).await.unwrap();
    assert!(!sink.waits());
    // Old, and nobody closes it but a checkpoint.
    clock.advance(61_000);
    sink.tick().await.unwrap();
    assert!(sink.waits());
    let kept = sink.prepare(false).await.unwrap();
    assert_eq!((kept.files.len(), kept.open.len()), (1, 0));
    assert_eq!(kept.files[0].1, 3, "rows");
    assert!(read(folder.path()).is_empty());
    sink.commit().await.unwrap();
    assert_eq!(read(folder.path()).len(), 3);
    assert!(!sink.waits());
    // What is committed is not named again.
    assert!(sink.prepare(false).await.unwrap().files.is_empty());
    assert_eq!(sink.finish().await.unwrap().files, 1);
}

#[tokio::test]
async fn rows_of_a_file_that_stays_open_are_handed_over_once_and_can_be_taken_again() {
    let folder = TempDir::new().unwrap();
    let (context, clock) = committing();
    let mut sink = opened(folder.path(), &context).await;
    sink.write(0, &numbers(0, 3)).await.unwrap();
    sink.write(0, &numbers(3, 5)).await.unwrap();
    assert!(sink.kept_bytes() > 0);
    let kept = sink.prepare(false).await.unwrap();
    assert_eq!(sink.kept_bytes(), 0);
    let open = &kept.open[0];
    assert_eq!(open.rows.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [3, 2]);
    let hidden = open.hidden.clone();
    assert!(hidden.is_some(), "a file on a disk is there from its beginning");
    clock.advance(1_000);
    sink.write(1, &numbers(5, 6)).await.unwrap();
    let again = sink.prepare(false).await.unwrap();
    assert_eq!(again.open[0].rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    assert_eq!(again.open[0].path, open.path);

    // The process dies; another one takes what was handed over.
    std::mem::forget(sink);
    clock.advance(30_000);
    let mut next = opened(folder.path(), &context).await;
    for rows in kept.open[0].rows.iter().chain(&again.open[0].rows) {
        next.take_again(String::new(), open.opened_ms, rows.clone())
            .await
            .unwrap();
    }
    // As old as the one before: nobody has to wait longer for its rows since somebody died.
    clock.advance(30_000);
    assert!(next.waits());
    let kept = next.prepare(false).await.unwrap();
    next.commit().await.unwrap();
    assert_eq!(kept.files.len(), 1);
    assert_eq!(read(folder.path()), (0..6).collect());
}

#[tokio::test]
async fn files_are_closed_before_they_would_be_too_old_at_the_next_checkpoint() {
    let folder = TempDir::new().unwrap();
    let (context, clock) = committing();
    let mut sink = opened(folder.path(), &context).await;
    sink.prepare(false).await.unwrap();
    sink.write(0, &numbers(0, 3)).await.unwrap();
    for (ms, closed) in [(20_000, 0), (19_000, 0), (19_000, 1)] {
        clock.advance(ms);
        assert_eq!(sink.prepare(false).await.unwrap().files.len(), closed);
    }
}

#[tokio::test]
async fn at_the_end_every_file_is_closed() {
    let folder = TempDir::new().unwrap();
    let (context, _) = committing();
    let mut sink = opened(folder.path(), &context).await;
    sink.write(0, &numbers(0, 3)).await.unwrap();
    let kept = sink.prepare(true).await.unwrap();
    assert_eq!((kept.files.len(), kept.open.len()), (1, 0));
    sink.commit().await.unwrap();
    sink.finish().await.unwrap();
    assert_eq!(read(folder.path()).len(), 3);
}

#[tokio::test]
async fn a_run_that_gives_up_leaves_what_a_checkpoint_may_name() {
    let folder = TempDir::new().unwrap();
    let (context, _) = committing();
    let mut sink = opened(folder.path(), &context).await;
    sink.write(0, &numbers(0, 3)).await.unwrap();
    let kept = sink.prepare(true).await.unwrap();
    // Of this one no checkpoint knows.
    sink.write(1, &numbers(3, 5)).await.unwrap();
    sink.abort().await;
    drop(sink);
    assert_eq!(files(folder.path()).len(), 1, "{:?}", files(folder.path()));
    let folder_of = context
        .stores
        .folder(
            &Target::parse(folder.path().to_str().unwrap()).unwrap(),
            &context.notify,
        )
        .unwrap();
    // Whoever has nothing but the checkpoint completes it, as often as it likes.
    for _ in 0..2 {
        folder_of.complete(&kept.files[0].0).await.unwrap();
    }
    assert_eq!(read(folder.path()), (0..3).collect());
}

#[tokio::test]
async fn rows_of_other_columns_are_not_taken_again() {
    let folder = TempDir::new().unwrap();
    let (context, _) = committing();
    let mut sink = opened(folder.path(), &context).await;
    let rows = numbers(0, 3).project(&[0]).unwrap();
    let fault = sink.take_again(String::new(), 0, rows).await.unwrap_err();
    assert!(fault.to_string().contains("have other columns"), "{fault}");
}
