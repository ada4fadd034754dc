use super::super::testing::{Place, clock, die, numbers, rows, silent, state};
use super::super::{Checkpoints, Opened};
use super::*;

/// A run that has left two checkpoints with an object each.
async fn run(place: &Place) -> Opened {
    let mut run = place.open().await.unwrap();
    for batch in 1..3 {
        let store = run.checkpoints.store();
        let object = store.write("groups", &[rows(&[batch])]).await.unwrap();
        let state = state(batch.unsigned_abs(), vec![object]);
        run.checkpoints.commit(state).await.unwrap();
    }
    run
}

async fn clear_of(place: &Place, pipeline: Option<&str>) -> Result<Cleared> {
    clear(place.store(), pipeline, clock(), &silent()).await
}

#[tokio::test]
async fn the_next_run_begins_anew_and_numbers_go_on() {
    for place in Place::all() {
        let first = run(&place).await;
        let id = first.checkpoints.id().to_owned();
        first.checkpoints.release(true).await.unwrap();
        let cleared = clear_of(&place, Some("p")).await.unwrap();
        assert_eq!(cleared.survey.found.len(), 3);
        assert_eq!(cleared.remove().await.unwrap(), (2, 2));
        assert_eq!(place.paths().await, ["0.json", "3.json"]);
        let mut second = place.open().await.unwrap();
        assert_eq!((numbers(&second.candidates), second.settled), (Vec::new(), None));
        // Kafka's transactions go by it: see above.
        assert_eq!(second.checkpoints.id(), id);
        assert_eq!(second.checkpoints.commit(state(1, Vec::new())).await.unwrap().number, 5);
        second.checkpoints.release(true).await.unwrap();
        assert_eq!(numbers(&place.open().await.unwrap().candidates), [5]);
    }
}

#[tokio::test]
async fn who_slept_meanwhile_is_fenced() {
    for place in Place::all() {
        let mut first = run(&place).await;
        first.checkpoints.go_to_sleep();
        clear_of(&place, None).await.unwrap().remove().await.unwrap();
        let fault = first.checkpoints.commit(state(3, Vec::new())).await.unwrap_err();
        assert!(Checkpoints::is_fenced(&fault), "{fault}");
        let mut second = place.open().await.unwrap();
        for batch in 0..3 {
            second.checkpoints.commit(state(batch, Vec::new())).await.unwrap();
        }
        let fault = first.checkpoints.commit(state(3, Vec::new())).await.unwrap_err();
        assert!(Checkpoints::is_fenced(&fault), "{fault}");
    }
}

#[tokio::test]
async fn a_run_that_lives_is_left_alone() {
    let place = Place::in_memory();
    let first = run(&place).await;
    let there = place.paths().await;
    let fault = clear_of(&place, Some("p")).await.err().unwrap();
    insta::assert_snapshot!(place.said(&fault.to_string()), @"pipeline `p` runs already: PROCESS: checkpoint `PLACE`");
    let fault = clear_of(&place, Some("q")).await.err().unwrap();
    insta::assert_snapshot!(place.said(&fault.to_string()), @"this is the checkpoint of pipeline `p`, and not of `q`: checkpoint `PLACE`");
    assert_eq!(place.paths().await, there);
    die(first);
}

#[tokio::test]
async fn what_a_run_writes_that_begins_meanwhile_stays() {
    let place = Place::in_memory();
    run(&place).await.checkpoints.release(true).await.unwrap();
    let mut cleared = clear_of(&place, None).await.unwrap();
    // It is taken for dead.
    cleared.beating.stop().await;
    let second = run(&place).await;
    let named: Vec<String> = place
        .store()
        .manifest(6)
        .await
        .unwrap()
        .unwrap()
        .objects()
        .map(|object| object.path.clone())
        .collect();
    cleared.remove().await.unwrap();
    let there = place.paths().await;
    assert!(named.iter().all(|path| there.contains(path)), "{there:?}");
    assert_eq!(place.store().numbers().await.unwrap(), [0, 3, 4, 5, 6]);
    die(second);
}

#[tokio::test]
async fn what_cannot_be_read_is_cleared_too() {
    let place = Place::on_disk();
    run(&place).await.checkpoints.release(true).await.unwrap();
    std::fs::write(place.path("2.json"), "{").unwrap();
    assert!(place.open().await.is_err());
    clear_of(&place, Some("p")).await.unwrap().remove().await.unwrap();
    assert_eq!(place.paths().await, ["0.json", "3.json"]);
    // Nor is one of which nothing can be read any more.
    std::fs::write(place.path("0.json"), "{").unwrap();
    std::fs::write(place.path("3.json"), "{").unwrap();
    clear_of(&place, Some("p")).await.unwrap().remove().await.unwrap();
    assert_eq!(place.paths().await, ["4.json"]);
    assert_eq!(numbers(&place.open().await.unwrap().candidates), [0; 0]);
}

#[tokio::test]
async fn a_chain_that_is_broken_is_cleared_too() {
    let place = Place::on_disk();
    let first = run(&place).await;
    first.checkpoints.release(true).await.unwrap();
    place.open().await.unwrap().checkpoints.release(false).await.unwrap();
    std::fs::remove_file(place.path("2.json")).unwrap();
    assert!(place.open().await.is_err());
    clear_of(&place, None).await.unwrap().remove().await.unwrap();
    assert!(place.open().await.unwrap().candidates.is_empty());
}

#[tokio::test]
async fn a_newer_versions_is_left_alone() {
    let place = Place::on_disk();
    run(&place).await.checkpoints.release(true).await.unwrap();
    std::fs::write(place.path("3.json"), "{\"version\": 99}").unwrap();
    let fault = clear_of(&place, None).await.err().unwrap();
    insta::assert_snapshot!(place.said(&fault.to_string()), @"it was written by a newer wasmill: its format is version 99, and this one reads 1: checkpoint `PLACE/3.json`");
    assert!(place.path("1.json").exists());
}
