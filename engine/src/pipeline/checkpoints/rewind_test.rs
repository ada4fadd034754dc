use super::super::bench::{Bench, Says};
use super::*;
use crate::checkpoint::is_damaged;

/// Checkpoints 1 to 4, each with a file; 4 writes one more.
async fn four(bench: &Bench) {
    let mut run = bench.open().await;
    for batch in 1..5 {
        let (file, open) = (format!("{batch}.parquet"), format!("{}.parquet", batch + 1));
        let says = Says {
            files: &[&file],
            open: Some(&open),
        };
        bench.commit(&mut run, batch, says).await;
        // It is complete with the next.
        std::fs::remove_file(bench.path("out").join(format!(".{batch}.parquet.tmp"))).ok();
    }
    run.checkpoints.release(true).await.unwrap();
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test]
async fn the_next_run_goes_on_from_it_and_later_files_are_gone() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 2).unwrap().unwrap();
    assert_eq!(
        (rewind.number, rewind.newest, rewind.next_batch, rewind.records),
        (2, 4, 3, 20)
    );
    let files: Vec<(&str, u64, u64)> = rewind
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.bytes, file.rows))
        .collect();
    assert_eq!(files, [("3.parquet", 4, 2), ("4.parquet", 4, 2)]);
    assert_eq!(keeper.rewind(&survey, &rewind).await.unwrap(), 6);
    assert_eq!(bench.names("out"), names(&["1.parquet", "2.parquet"]));
    assert_eq!(
        bench.names("c"),
        names(&["0.json", "1.json", "2.json", "5.json", "6.json", "owner.json", "state"])
    );

    let next = bench.open().await;
    assert_eq!(next.settled, Some(6));
    let chain: Vec<u64> = next.candidates.iter().map(|manifest| manifest.number).collect();
    assert_eq!(chain, [6, 2, 1]);
    let [six, two, _] = next.candidates.as_slice() else {
        panic!()
    };
    let (new, old) = (six.state.as_ref().unwrap(), two.state.as_ref().unwrap());
    assert_eq!(
        (new.next_batch, &new.sources, new.transactional),
        (3, &old.sources, false)
    );
    // Objects of its own, with what was in the others.
    for (new, old) in six.objects().zip(two.objects()) {
        assert_ne!(new.path, old.path);
        assert_eq!((&new.sha256, new.rows), (&old.sha256, old.rows));
        next.checkpoints.store().read(new).await.unwrap();
    }
    // Rows of the file that was being written are written again, and nothing else is to be done.
    let sink = &new.sinks["s"];
    assert_eq!((sink.files.len(), sink.open.len(), sink.rows.len()), (0, 1, 1));
    assert_eq!(bench.names("c/state").len(), 2 + 2 + 2);
    assert_eq!(bench.heard(), "");
}

#[tokio::test]
async fn who_dies_before_files_are_removed_leaves_it_to_the_next_run() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 1).unwrap().unwrap();
    let mut run = bench.open().await;
    run.checkpoints.go_on_from(Some(1));
    run.checkpoints.commit(rewind.state.clone()).await.unwrap();
    run.checkpoints.release(false).await.unwrap();
    assert!(bench.path("out/4.parquet").exists());

    let text = format!(
        "name = \"p\"\n[source.raw]\nsubscribe = \"t\"\n[sink.s]\nfrom = \"raw\"\nparquet = \"{}\"\n",
        bench.path("out").display()
    );
    let plan = crate::pipeline::testing::plan(&text, crate::pipeline::Mode::Stream)
        .await
        .unwrap();
    let spec = super::super::CheckpointSpec::new(bench.url());
    let (stores, notify) = (keeper.stores.clone(), Arc::clone(&keeper.notify));
    let opening = super::super::open(&spec, &plan, &stores, Arc::clone(&keeper.clock), &notify)
        .await
        .unwrap();
    let (_, resumed) = opening.resume(&plan, None).await.unwrap();
    assert_eq!(resumed.unwrap().saved.next_batch, 2);
    assert_eq!(bench.names("out"), names(&["1.parquet"]));
}

#[tokio::test]
async fn one_can_go_back_again_and_on() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 3).unwrap().unwrap();
    let again = keeper.rewind(&survey, &rewind).await.unwrap();
    // The newest is itself.
    let survey = keeper.survey().await.unwrap();
    assert!(keeper.rewinding(&survey, again).unwrap().is_none());
    let mut run = bench.open().await;
    let says = Says {
        files: &["after.parquet"],
        open: None,
    };
    run.checkpoints.go_on_from(Some(again));
    let last = bench.commit(&mut run, 9, says).await;
    run.checkpoints.release(true).await.unwrap();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 1).unwrap().unwrap();
    assert_eq!(rewind.newest, last);
    let files: Vec<&str> = rewind.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["2.parquet", "3.parquet", "after.parquet"]);
    keeper.rewind(&survey, &rewind).await.unwrap();
    assert_eq!(bench.names("out"), names(&["1.parquet"]));
}

#[tokio::test]
async fn the_newest_can_be_said_to_stand() {
    let bench = Bench::new();
    let mut run = bench.open().await;
    let says = Says {
        files: &["1.parquet"],
        open: Some("2.parquet"),
    };
    bench.commit(&mut run, 1, says).await;
    let mut state = place_of(&bench).await;
    state.transactional = true;
    run.checkpoints.commit(state).await.unwrap();
    run.checkpoints.release(false).await.unwrap();
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 2).unwrap().unwrap();
    assert_eq!(
        (rewind.number, rewind.newest, rewind.files.len(), rewind.records),
        (2, 2, 0, 0)
    );
    assert_eq!(keeper.rewind(&survey, &rewind).await.unwrap(), 4);
    let survey = keeper.survey().await.unwrap();
    assert!(!survey.manifest(4).unwrap().state.as_ref().unwrap().transactional);
    assert_eq!(
        bench.names("out"),
        names(&["1.parquet"]),
        "what was being written is thrown away"
    );
    assert!(keeper.rewinding(&survey, 4).unwrap().is_none());
}

/// The newest state.
async fn place_of(bench: &Bench) -> State {
    let survey = bench.keeper().survey().await.unwrap();
    survey.newest().unwrap().state.clone().unwrap()
}

#[tokio::test]
async fn a_run_that_lives_is_left_alone() {
    let bench = Bench::new();
    four(&bench).await;
    let run = bench.open().await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 2).unwrap().unwrap();
    let there = bench.names("c");
    let fault = keeper.rewind(&survey, &rewind).await.unwrap_err();
    assert!(
        fault.to_string().starts_with("pipeline `p` runs already: process "),
        "{fault}"
    );
    assert_eq!(bench.names("c"), there);
    assert!(bench.path("out/4.parquet").exists());
    drop(run);
}

#[tokio::test]
async fn what_changed_while_somebody_was_asked_is_left_alone() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let rewind = keeper.rewinding(&survey, 2).unwrap().unwrap();
    let mut run = bench.open().await;
    bench.commit(&mut run, 5, Says::default()).await;
    run.checkpoints.release(true).await.unwrap();
    let fault = keeper.rewind(&survey, &rewind).await.unwrap_err();
    insta::assert_snapshot!(bench.said(&fault.report()), @"
    error: the checkpoint has changed meanwhile: nothing was done: checkpoint `FOLDER/c`

    hint: give the command again
    ");
    assert!(bench.path("out/4.parquet").exists());
}

#[tokio::test]
async fn what_cannot_be_gone_back_to() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let said = |number| bench.said(&keeper.rewinding(&survey, number).unwrap_err().report());
    insta::assert_snapshot!(said(9), @"
    error: there is no checkpoint 9: checkpoint `FOLDER/c`

    hint: there are checkpoints 1, 2, 3 and 4
    ");
    insta::assert_snapshot!(said(0), @"
    error: 0 is no checkpoint: a run that began said there that it goes on: checkpoint `FOLDER/c`

    hint: there are checkpoints 1, 2, 3 and 4
    ");
    std::fs::remove_file(bench.path("c/2.json")).unwrap();
    let survey = keeper.survey().await.unwrap();
    let said = |number| bench.said(&keeper.rewinding(&survey, number).unwrap_err().report());
    insta::assert_snapshot!(said(2), @"
    error: checkpoint 2 is not there, and neither is 2, which the next one went on from: checkpoint `FOLDER/c`

    hint: there are checkpoints 3 and 4
    ");
    insta::assert_snapshot!(said(1), @"
    error: checkpoint 1 does not lead to the newest one: what was written behind it is not known: checkpoint `FOLDER/c`

    hint: there are checkpoints 3 and 4
    ");
    let object = survey.manifest(3).unwrap().objects().next().unwrap().path.clone();
    std::fs::remove_file(bench.path("c").join(&object)).unwrap();
    let survey = keeper.survey().await.unwrap();
    let fault = keeper.rewinding(&survey, 3).unwrap_err();
    assert!(is_damaged(&fault));
    insta::assert_snapshot!(bench.said(&fault.report()).replace(&object, "OBJECT"), @"
    error: checkpoint 3 is damaged: an object is gone: `OBJECT`: checkpoint `FOLDER/c`

    hint: there is none to go back to; `wasmill checkpoint clear` begins anew
    ");
}

#[tokio::test]
async fn an_object_that_changed_leaves_all_as_it_was() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let survey = keeper.survey().await.unwrap();
    let object = survey.manifest(2).unwrap().objects().next().unwrap().path.clone();
    std::fs::write(bench.path("c").join(object), "other").unwrap();
    let rewind = keeper.rewinding(&survey, 2).unwrap().unwrap();
    assert!(is_damaged(&keeper.rewind(&survey, &rewind).await.unwrap_err()));
    assert!(bench.path("out/4.parquet").exists());
    let survey = keeper.survey().await.unwrap();
    assert_eq!(survey.chain().unwrap().0[0].number, 4);
}

#[tokio::test]
async fn clearing_leaves_files_and_throws_away_what_was_being_written() {
    let bench = Bench::new();
    four(&bench).await;
    let keeper = bench.keeper();
    let clearing = keeper.clearing(&keeper.survey().await.unwrap());
    assert_eq!((clearing.checkpoints, clearing.rows, clearing.groups), (4, 1, 1));
    assert_eq!(clearing.folders, [bench.path("out").display().to_string()].into());
    // The newest one's file is still hidden.
    std::fs::rename(bench.path("out/4.parquet"), bench.path("out/.4.parquet.tmp")).unwrap();
    let cleared = keeper.clear().await.unwrap();
    assert_eq!((cleared.checkpoints, cleared.objects), (4, 8));
    assert_eq!(
        bench.names("out"),
        names(&["1.parquet", "2.parquet", "3.parquet", "4.parquet"])
    );
    assert!(bench.open().await.candidates.is_empty());
}
