use super::super::testing::{Place, rows, state};
use super::*;

/// Two runs: checkpoints 1 and 2 of the first, 4 of the second, which goes on from 1.
async fn survey_of(place: &Place) -> Survey {
    let mut first = place.open().await.unwrap();
    for batch in 1..3 {
        let store = first.checkpoints.store();
        let object = store.write("groups", &[rows(&[batch])]).await.unwrap();
        let state = state(batch.unsigned_abs(), vec![object]);
        first.checkpoints.commit(state).await.unwrap();
    }
    first.checkpoints.release(false).await.unwrap();
    let mut second = place.open().await.unwrap();
    second.checkpoints.go_on_from(Some(1));
    second.checkpoints.commit(state(2, Vec::new())).await.unwrap();
    second.checkpoints.release(true).await.unwrap();
    place.store().survey().await.unwrap()
}

fn numbers_of(chain: &[&Manifest]) -> Vec<u64> {
    chain.iter().map(|manifest| manifest.number).collect()
}

#[tokio::test]
async fn the_chain_leads_from_the_newest_back() {
    for place in Place::all() {
        let survey = survey_of(&place).await;
        let all: Vec<u64> = survey.found.iter().map(|found| found.number).collect();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        let (chain, gone) = survey.chain().unwrap();
        assert_eq!((numbers_of(&chain), gone), (vec![4, 1], None));
        assert_eq!(survey.owners().len(), 2);
        assert_eq!(survey.unnamed(), [""; 0]);
        let owner = &survey.newest().unwrap().owner;
        let life = place.store().life(owner, Duration::ZERO).await.unwrap();
        assert_eq!(life, Life::Ended);
        // Of the one before nothing is said any more; it is this process.
        let before = &survey.manifest(1).unwrap().owner;
        let life = place.store().life(before, Duration::ZERO).await.unwrap();
        assert_eq!(
            life,
            if cfg!(target_os = "linux") {
                Life::Runs
            } else {
                Life::Silent
            }
        );
        let elsewhere = Owner {
            space: None,
            process_start: None,
            ..before.clone()
        };
        let life = place.store().life(&elsewhere, Duration::ZERO).await.unwrap();
        assert_eq!(life, Life::Silent);
        survey.check_pipeline("p").unwrap();
        survey.check_pipeline("q").unwrap_err();
    }
}

#[tokio::test]
async fn what_is_gone_or_left_over_is_told() {
    let place = Place::on_disk();
    let survey = survey_of(&place).await;
    let object = survey.manifest(1).unwrap().objects().next().unwrap().path.clone();
    std::fs::remove_file(place.path(&object)).unwrap();
    for name in [
        "state/groups-0.arrow",
        "state/.groups-1.arrow.0.tmp",
        ".9.json.0.tmp",
        ".probe-1",
        "README",
    ] {
        std::fs::write(place.path(name), "x").unwrap();
    }
    std::fs::write(place.path("3.json"), "{").unwrap();
    let survey = place.store().survey().await.unwrap();
    let missing = survey.missing(survey.manifest(1).unwrap());
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].path, object);
    assert_eq!(
        survey.unnamed(),
        [
            ".9.json.0.tmp",
            ".probe-1",
            "state/.groups-1.arrow.0.tmp",
            "state/groups-0.arrow"
        ]
    );
    assert!(survey.manifest(3).is_none());
    // The claim is not needed.
    assert_eq!(numbers_of(&survey.chain().unwrap().0), [4, 1]);
    std::fs::remove_file(place.path("1.json")).unwrap();
    let survey = place.store().survey().await.unwrap();
    let (chain, gone) = survey.chain().unwrap();
    assert_eq!((numbers_of(&chain), gone), (vec![4], Some(1)));
    std::fs::write(place.path("4.json"), "{").unwrap();
    let survey = place.store().survey().await.unwrap();
    insta::assert_snapshot!(place.said(&survey.chain().unwrap_err().report()), @"
    error: manifest 4 can't be read: checkpoint `PLACE`

    hint: was it changed by hand? `wasmill checkpoint clear` begins anew
    ");
    assert_eq!(survey.newest().unwrap().number, 2);
}

#[tokio::test]
async fn there_is_none() {
    let place = Place::in_memory();
    insta::assert_snapshot!(place.said(&place.store().survey().await.unwrap_err().report()), @"
    error: there is no checkpoint: checkpoint `PLACE`

    hint: a stream makes one as soon as it runs: `wasmill run PIPELINE.toml`
    ");
}

#[tokio::test]
async fn a_copy_is_not_touched_by_who_removes_what_was_copied() {
    for place in Place::all() {
        let store = place.store();
        let object = store.write("changes", &[rows(&[1, 2])]).await.unwrap();
        let copy = store.copy(&object).await.unwrap();
        assert!(copy.path.starts_with("state/changes-"), "{}", copy.path);
        assert_ne!(copy.path, object.path);
        store.remove_files(vec![object.path.clone()]).await.unwrap();
        assert_eq!(store.read(&copy).await.unwrap(), [rows(&[1, 2])]);
        assert!(super::super::is_damaged(&store.copy(&object).await.unwrap_err()));
        let changed = Object {
            sha256: "0".repeat(64),
            ..copy
        };
        assert!(super::super::is_damaged(&store.copy(&changed).await.unwrap_err()));
    }
}
