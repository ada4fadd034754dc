use object_store::ObjectStoreExt;

use super::super::process::{Blow, Strike};
use super::super::seed::Dice;
use super::super::weather::{Climate, Tear};
use super::*;

/// A world of this climate, and a process in it that is struck like this.
fn world(climate: Climate, strike: Option<Strike>) -> (Arc<World>, SimStore, Arc<Process>) {
    let world = World::new(climate, Dice::new(1, 1), Box::new(|_, _| Ok(())));
    let process = Arc::new(Process::new(0, strike));
    let store = SimStore::new(&world, &process);
    (world, store, process)
}

fn rough(climate: Climate) -> Climate {
    Climate {
        calm_after_ms: u64::MAX,
        ..climate
    }
}

fn at(text: &str) -> Path {
    Path::from(text)
}

fn create() -> PutOptions {
    PutOptions {
        mode: PutMode::Create,
        ..PutOptions::default()
    }
}

async fn names(store: &SimStore) -> Vec<String> {
    let found: Vec<ObjectMeta> = store.list(None).try_collect().await.unwrap();
    found.iter().map(|object| object.location.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_a_store() {
    let (_, store, _) = world(Climate::calm(), None);
    store.put(&at("a/one"), "1".into()).await.unwrap();
    store.put_opts(&at("a/two"), "2".into(), create()).await.unwrap();
    let again = store.put_opts(&at("a/two"), "3".into(), create()).await;
    assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
    assert_eq!(store.get(&at("a/two")).await.unwrap().bytes().await.unwrap(), "2");
    assert_eq!(store.head(&at("a/one")).await.unwrap().size, 1);
    assert_eq!(names(&store).await, ["a/one", "a/two"]);
    assert_eq!(
        store.list_with_delimiter(None).await.unwrap().common_prefixes,
        [at("a")]
    );
    let gone: Vec<Path> = store
        .delete_stream(futures::stream::iter([Ok(at("a/one")), Ok(at("never"))]).boxed())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(gone.len(), 2);
    assert_eq!(names(&store).await, ["a/two"]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_hidden_until_it_is_complete_and_unknown_from_then_on() {
    let (world, store, _) = world(Climate::calm(), None);
    let path = at("a");
    let id = store.create_multipart(&path).await.unwrap();
    let second = store.put_part(&path, &id, 1, "two".into()).await.unwrap();
    let stale = store.put_part(&path, &id, 0, "old".into()).await.unwrap();
    let first = store.put_part(&path, &id, 0, "one".into()).await.unwrap();
    assert_eq!(names(&store).await, [""; 0]);
    assert_eq!(world.server().uploads(), [at("a")]);
    let wrong = store.complete_multipart(&path, &id, vec![stale, second.clone()]).await;
    assert!(wrong.unwrap_err().to_string().contains("InvalidPart"));
    store.complete_multipart(&path, &id, vec![first, second]).await.unwrap();
    assert_eq!(world.server().bytes(&path).unwrap(), "onetwo");
    for again in [
        store.complete_multipart(&path, &id, Vec::new()).await.map(drop),
        store.put_part(&path, &id, 0, "x".into()).await.map(drop),
        store.abort_multipart(&path, &id).await,
    ] {
        assert!(again.unwrap_err().to_string().contains("NoSuchUpload"));
    }
    assert_eq!(world.server().uploads(), [at(""); 0]);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_refused_or_done_without_an_answer() {
    let all = 1000;
    let (world, store, _) = self::world(
        rough(Climate {
            refused: all,
            ..Climate::calm()
        }),
        None,
    );
    assert!(store.put(&at("a"), "1".into()).await.is_err());
    assert_eq!(world.server().bytes(&at("a")), None);
    let (world, store, _) = self::world(
        rough(Climate {
            lost: all,
            ..Climate::calm()
        }),
        None,
    );
    assert!(store.put(&at("a"), "1".into()).await.is_err());
    assert_eq!(world.server().bytes(&at("a")).unwrap(), "1");
    // Its own object is in the way of who tries again.
    assert!(store.put_opts(&at("b"), "1".into(), create()).await.is_err());
    let again = store.put_opts(&at("b"), "1".into(), create()).await;
    assert!(matches!(again, Err(Error::Generic { .. })), "{again:?}");
    assert_eq!(world.server().bytes(&at("b")).unwrap(), "1");
    let (world, store, _) = self::world(
        rough(Climate {
            outages: vec![(0, 500)],
            ..Climate::calm()
        }),
        None,
    );
    assert!(store.put(&at("a"), "1".into()).await.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    store.put(&at("a"), "1".into()).await.unwrap();
    assert_eq!(world.trace().len(), 2, "{:?}", world.trace());
}

#[tokio::test(start_paused = true)]
async fn a_request_may_arrive_again_but_nothing_is_created_twice() {
    let (world, store, _) = world(
        rough(Climate {
            again: 1000,
            ..Climate::calm()
        }),
        None,
    );
    store.put(&at("a"), "old".into()).await.unwrap();
    world
        .server()
        .put(&at("a"), "new".into(), PutOptions::default())
        .unwrap();
    store.put_opts(&at("b"), "first".into(), create()).await.unwrap();
    world
        .server()
        .put(&at("b"), "later".into(), PutOptions::default())
        .unwrap();
    tokio::time::sleep(Duration::from_secs(13)).await;
    assert_eq!(world.server().bytes(&at("a")).unwrap(), "old");
    assert_eq!(world.server().bytes(&at("b")).unwrap(), "later");
}

#[tokio::test(start_paused = true)]
async fn requests_side_by_side_land_in_any_order() {
    let (world, store, _) = world(
        rough(Climate {
            usual_ms: 30,
            ..Climate::calm()
        }),
        None,
    );
    let paths: Vec<Path> = (0..20).map(|number| at(&format!("{number:02}"))).collect();
    let puts = paths.iter().map(|path| store.put(path, "x".into()));
    futures::future::try_join_all(puts).await.unwrap();
    let landed: Vec<String> = world.trace();
    let paths_of = |line: &String| line.split("put ").nth(1).map(str::to_owned);
    let landed: Vec<String> = landed.iter().filter_map(paths_of).collect();
    let mut sorted = landed.clone();
    sorted.sort();
    assert_eq!(landed.len(), 20);
    assert_ne!(landed, sorted);
}

#[tokio::test(start_paused = true)]
async fn only_objects_with_a_checksum_are_damaged() {
    let (world, store, _) = world(
        rough(Climate {
            torn: 1000,
            ..Climate::calm()
        }),
        None,
    );
    store.put(&at("c/1.json"), "manifest".into()).await.unwrap();
    store.put(&at("c/state/x"), "state".into()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(world.server().bytes(&at("c/1.json")).unwrap(), "manifest");
    assert_ne!(world.server().bytes(&at("c/state/x")).unwrap(), "state");
    assert_eq!(world.torn(), ["c/state/x"]);
}

#[tokio::test(start_paused = true)]
async fn a_process_dies_before_or_after_its_request_is_done() {
    for (moment, is_done) in [(Moment::Before, false), (Moment::After, true)] {
        let strike = Strike {
            at: 1,
            moment,
            blow: Blow::Kill,
        };
        let (world, store, process) = world(Climate::calm(), Some(strike));
        let tidied = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let run = async {
            store.put(&at("a"), "1".into()).await.unwrap();
            let put = store.put(&at("b"), "1".into()).await;
            tidied.store(true, std::sync::atomic::Ordering::Relaxed);
            put
        };
        assert!(process.run(run).await.is_none());
        assert!(!tidied.load(std::sync::atomic::Ordering::Relaxed));
        assert_eq!(world.server().bytes(&at("b")).is_some(), is_done);
        // What else it began hears nothing any more.
        let late = tokio::time::timeout(Duration::from_secs(99), store.put(&at("c"), "1".into())).await;
        assert!(late.is_err());
        assert_eq!(world.server().bytes(&at("c")), None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_when_the_process_dies_arrives_or_not() {
    let mut arrived = 0;
    for seed in 0..40 {
        let climate = rough(Climate {
            slow: 1000,
            ..Climate::calm()
        });
        let world = World::new(climate, Dice::new(seed, 1), Box::new(|_, _| Ok(())));
        let process = Arc::new(Process::new(0, None));
        let store = SimStore::new(&world, &process);
        let killer = Arc::clone(&process);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(500)).await;
            killer.kill();
        });
        let path = at("a");
        assert!(process.run(store.put(&path, "1".into())).await.is_none());
        assert_eq!(world.server().bytes(&path), None);
        tokio::time::sleep(Duration::from_secs(10)).await;
        arrived += usize::from(world.server().bytes(&path).is_some());
    }
    assert!((5..35).contains(&arrived), "{arrived}");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_stopped_moves_on_when_it_is_let() {
    for (moment, is_done) in [(Moment::Before, false), (Moment::After, true)] {
        let strike = Strike {
            at: 0,
            moment,
            blow: Blow::Stop,
        };
        let (world, store, process) = world(Climate::calm(), Some(strike));
        let inside = Arc::clone(&process);
        let ran = tokio::spawn(async move { inside.run(store.put(&at("a"), "1".into())).await });
        process.stopped().await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(process.is_stopped() && !ran.is_finished());
        assert_eq!(world.server().bytes(&at("a")).is_some(), is_done);
        process.go_on();
        assert!(ran.await.unwrap().unwrap().is_ok());
        assert!(world.server().bytes(&at("a")).is_some());
        assert_eq!(world.now_ms(), 60_000);
    }
}

#[test]
fn damage_is_a_cut_or_a_bit() {
    assert_ne!(Tear::Cut(3), Tear::Flip(3));
    let mut dice = Dice::new(7, 7);
    let climate = rough(Climate {
        torn: 1000,
        ..Climate::calm()
    });
    let tears: Vec<_> = (0..20).filter_map(|_| climate.fate(&mut dice, 0).torn).collect();
    assert!(tears.iter().any(|(_, tear)| matches!(tear, Tear::Cut(_))));
    assert!(tears.iter().any(|(_, tear)| matches!(tear, Tear::Flip(_))));
}
