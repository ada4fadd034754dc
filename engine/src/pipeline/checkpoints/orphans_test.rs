use super::super::bench::{Bench, Says};
use super::*;

/// What was found, a line each.
fn lines(found: &[Orphan], bench: &Bench, mark: Mark) -> String {
    let mut lines: Vec<String> = found
        .iter()
        .map(|orphan| {
            let path = &orphan.path;
            let whose = if mark.is_in(path) { " of the first" } else { "" };
            let path = path.split_once('-').map_or(path.as_str(), |(name, _)| name);
            bench.said(&format!("{} {}: {path}{whose}", orphan.kind.name(), orphan.folder))
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// A hidden file of whoever has this mark.
fn hidden(bench: &Bench, mark: Mark, number: u32) -> String {
    let name = format!(".part-{number:05}-{}-c000.parquet.tmp", mark.uuid());
    bench.touch(&name);
    name
}

/// A run that died, with leftovers, and a run behind it.
async fn bench() -> (Bench, crate::checkpoint::Opened, Mark) {
    let bench = Bench::new();
    let mut first = bench.open().await;
    let says = Says {
        files: &["a.parquet"],
        open: Some("b.parquet"),
    };
    bench.commit(&mut first, 1, says).await;
    let mark = first.checkpoints.mark();
    hidden(&bench, mark, 0);
    // Nobody of this checkpoint's.
    hidden(&bench, Mark::of("another pipeline's"), 0);
    drop(first);
    let second = bench.open().await;
    hidden(&bench, second.checkpoints.mark(), 0);
    let store = second.checkpoints.store();
    let rows = || {
        arrow::array::RecordBatch::try_from_iter([(
            "n",
            Arc::new(arrow::array::Int64Array::from(vec![1])) as arrow::array::ArrayRef,
        )])
        .unwrap()
    };
    store.write("groups", &[rows()]).await.unwrap();
    std::fs::write(bench.path("c/.9.json.0.tmp"), "{").unwrap();
    let id = mark.uuid().simple().to_string();
    std::fs::write(bench.path(&format!("c/state/groups-{id}.arrow")), "rows").unwrap();
    (bench, second, mark)
}

#[tokio::test]
async fn of_a_run_that_may_go_on_nothing_is_a_leftover() {
    let (bench, second, mark) = bench().await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let orphans = keeper.orphans(&survey).await.unwrap();
    insta::assert_snapshot!(lines(&orphans.found, &bench, mark), @"
    file FOLDER/out: .part of the first
    object FOLDER/c: state/groups of the first
    ");
    assert_eq!(
        orphans.left_out.map(|owner| owner.mark()),
        Some(second.checkpoints.mark())
    );
    assert_eq!(orphans.unseen, [""; 0]);
    let fault = keeper.remove_orphans().await.err().unwrap();
    assert!(fault.to_string().starts_with("pipeline `p` runs already"), "{fault}");
    assert_eq!(keeper.orphans(&survey).await.unwrap().found.len(), 2);
}

#[tokio::test]
async fn leftovers_are_removed_and_nothing_else() {
    let (bench, second, mark) = bench().await;
    second.checkpoints.release(false).await.unwrap();
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let orphans = keeper.orphans(&survey).await.unwrap();
    assert!(orphans.left_out.is_none());
    insta::assert_snapshot!(lines(&orphans.found, &bench, mark), @"
    file FOLDER/out: .part
    file FOLDER/out: .part of the first
    object FOLDER/c: .9.json.0.tmp
    object FOLDER/c: state/groups
    object FOLDER/c: state/groups of the first
    ");
    let (removed, rest) = keeper.remove_orphans().await.unwrap();
    assert_eq!(lines(&removed, &bench, mark), lines(&orphans.found, &bench, mark));
    assert!(rest.found.is_empty());
    let left = bench.names("out");
    assert!(
        left.contains("a.parquet") && left.contains(".b.parquet.tmp"),
        "{left:?}"
    );
    assert_eq!(left.len(), 3, "and another pipeline's: {left:?}");
    // What the checkpoint names is there, and is still to be done.
    let next = bench.open().await;
    assert_eq!(next.settled, None);
    for object in next.candidates[0].objects() {
        next.checkpoints.store().read(object).await.unwrap();
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_looked_at_is_told() {
    let bench = Bench::new();
    let mut run = bench.open().await;
    bench.commit(&mut run, 1, Says::default()).await;
    run.checkpoints.release(true).await.unwrap();
    std::fs::write(bench.path("out"), "a file").unwrap();
    let keeper = bench.keeper();
    let orphans = keeper.orphans(&keeper.survey().await.unwrap()).await.unwrap();
    insta::assert_snapshot!(bench.said(&orphans.unseen.join("\n")), @"folder `FOLDER/out`: can't list the folder: `FOLDER/out`: Not a directory (os error 20)");
}
