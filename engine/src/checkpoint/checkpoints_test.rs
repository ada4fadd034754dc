use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::super::testing::{Place, die, numbers, rows, state};
use super::super::{is_damaged, manifest::Object};
use super::*;
use crate::storage::Stores;

async fn written(checkpoints: &Checkpoints, value: i64) -> Object {
    checkpoints.store().write("groups", &[rows(&[value])]).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_gone_on_from() {
    for place in Place::all() {
        let mut first = place.open().await.unwrap();
        assert_eq!((first.candidates.len(), first.settled), (0, None));
        assert_eq!(first.checkpoints.next(), 1);
        let object = written(&first.checkpoints, 1).await;
        let committed = first.checkpoints.commit(state(1, vec![object.clone()])).await.unwrap();
        assert_eq!(committed.number, 1);
        assert!(committed.bytes > object.bytes);
        let again = first.checkpoints.commit(state(2, vec![object])).await.unwrap();
        assert!(again.bytes < committed.bytes, "the object is not new");
        let id = first.checkpoints.id().to_owned();
        first.checkpoints.release(true).await.unwrap();

        let second = place.open().await.unwrap();
        assert_eq!(numbers(&second.candidates), [2, 1]);
        assert_eq!(second.settled, Some(2));
        assert_eq!(second.checkpoints.id(), id);
        let kept = second.candidates[0].objects().next().unwrap();
        assert_eq!(second.checkpoints.store().read(kept).await.unwrap(), [rows(&[1])]);
        let who = &second.candidates[0].owner;
        assert!(place.store().manifest(3).await.unwrap().unwrap().owner.epoch > who.epoch);
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_taken_over_from_is_fenced() {
    for place in Place::all() {
        let mut first = place.open().await.unwrap();
        first.checkpoints.commit(state(1, Vec::new())).await.unwrap();
        // It sleeps: nothing is heard of it.
        first.checkpoints.go_to_sleep().await;
        let second = place.open().await.unwrap();
        assert_eq!(numbers(&second.candidates), [1]);
        let fault = first.checkpoints.commit(state(2, Vec::new())).await.unwrap_err();
        assert!(Checkpoints::is_fenced(&fault), "{fault}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(place.said(&fault.report()), @"
            error: another run of this pipeline has taken over: PROCESS: checkpoint `PLACE`

            hint: this run's last checkpoint is 1; nothing that it did since is visible
            ");
        }
        // Nor later.
        assert!(Checkpoints::is_fenced(
            &first.checkpoints.commit(state(2, Vec::new())).await.unwrap_err()
        ));
        die(second);
    }
}

#[tokio::test(start_paused = true)]
async fn who_sleeps_for_long_finds_the_claim_still_there() {
    for place in Place::all() {
        let mut first = place.open().await.unwrap();
        first.checkpoints.commit(state(1, Vec::new())).await.unwrap();
        first.checkpoints.go_to_sleep().await;
        let mut second = place.open_keeping(2).await.unwrap();
        second.checkpoints.go_on_from(Some(1));
        for batch in 2..20 {
            second.checkpoints.commit(state(batch, Vec::new())).await.unwrap();
            second.checkpoints.collect().await.unwrap();
        }
        assert_eq!(place.paths().await, ["0.json", "19.json", "2.json", "20.json"]);
        assert!(Checkpoints::is_fenced(
            &first.checkpoints.commit(state(2, Vec::new())).await.unwrap_err()
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lives_refuses_a_newcomer_and_a_silent_one_does_not() {
    let place = Place::in_memory();
    let mut first = place.open().await.unwrap();
    first.checkpoints.commit(state(1, Vec::new())).await.unwrap();
    let fault = place.open().await.err().unwrap();
    insta::assert_snapshot!(place.said(&fault.report()), @"
    error: pipeline `p` runs already: PROCESS: checkpoint `PLACE`

    hint: stop that run first; a second one beside it needs a `checkpoint` of its own, and sinks of its own
    ");
    assert_eq!(place.paths().await, ["0.json", "1.json"], "nothing was written");
    die(first);
    let began = tokio::time::Instant::now();
    let second = place.open().await.unwrap();
    assert!(began.elapsed() > Duration::from_secs(5), "it listened");
    assert_eq!((numbers(&second.candidates), second.settled), (vec![1], None));
    second.checkpoints.release(false).await.unwrap();
    let began = tokio::time::Instant::now();
    let third = place.open().await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(1_000), "it was told at once");
    assert_eq!(third.settled, None, "the one before did nothing of what is to be done");
}

#[tokio::test(start_paused = true)]
async fn another_pipeline_is_refused_and_so_is_a_check_that_fails() {
    let place = Place::in_memory();
    let mut first = place.open().await.unwrap();
    first.checkpoints.commit(state(1, Vec::new())).await.unwrap();
    first.checkpoints.release(true).await.unwrap();
    let (clock, silent) = (super::super::testing::clock(), super::super::testing::silent());
    let other = Checkpoints::open(place.store(), "q", 10, Arc::clone(&clock), &silent, &|_| Ok(())).await;
    insta::assert_snapshot!(place.said(&other.err().unwrap().to_string()), @"this is the checkpoint of pipeline `p`, and not of `q`: checkpoint `PLACE`");
    let check = |_: &Manifest| Err(Fault::usage("no"));
    let unfit = Checkpoints::open(place.store(), "p", 10, clock, &silent, &check).await;
    assert_eq!(unfit.err().unwrap().to_string(), "no");
    assert_eq!(place.paths().await, ["0.json", "1.json"], "nothing was written");
}

#[tokio::test(start_paused = true)]
async fn what_only_old_ones_refer_to_is_collected() {
    for place in Place::all() {
        let mut run = place.open_keeping(2).await.unwrap();
        let shared = written(&run.checkpoints, 0).await;
        let mut objects = Vec::new();
        for batch in 1..5 {
            let own = written(&run.checkpoints, batch).await;
            objects.push(own.path.clone());
            let state = state(batch.unsigned_abs(), vec![shared.clone(), own]);
            run.checkpoints.commit(state).await.unwrap();
            run.checkpoints.collect().await.unwrap();
            let there = place.paths().await;
            for number in place.store().numbers().await.unwrap() {
                let manifest = place.store().manifest(number).await.unwrap().unwrap();
                assert!(
                    manifest.objects().all(|object| there.contains(&object.path)),
                    "{there:?}"
                );
            }
        }
        let mut left: Vec<String> = ["0.json", "3.json", "4.json"].map(str::to_owned).to_vec();
        left.extend([shared.path.clone(), objects[2].clone(), objects[3].clone()]);
        left.sort();
        // One who lives may be writing that it does.
        let mut paths = place.paths().await;
        paths.retain(|path| !path.ends_with(".tmp"));
        assert_eq!(paths, left);
    }
}

#[tokio::test(start_paused = true)]
async fn checkpoints_that_do_not_stand_are_collected() {
    let place = Place::in_memory();
    let mut first = place.open().await.unwrap();
    for batch in 1..4 {
        let own = written(&first.checkpoints, batch).await;
        first
            .checkpoints
            .commit(state(batch.unsigned_abs(), vec![own]))
            .await
            .unwrap();
    }
    first.checkpoints.release(false).await.unwrap();
    let mut second = place.open().await.unwrap();
    second.checkpoints.go_on_from(Some(2));
    second.checkpoints.commit(state(3, Vec::new())).await.unwrap();
    second.checkpoints.collect().await.unwrap();
    let store = place.store();
    assert_eq!(store.numbers().await.unwrap(), [0, 1, 2, 4, 5]);
    assert_eq!(store.manifest(5).await.unwrap().unwrap().previous, Some(2));
    second.checkpoints.release(true).await.unwrap();
    assert_eq!(numbers(&place.open().await.unwrap().candidates), [5, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn leftovers_of_a_run_that_died_are_collected() {
    let place = Place::in_memory();
    let first = place.open().await.unwrap();
    written(&first.checkpoints, 1).await;
    die(first);
    let mut second = place.open().await.unwrap();
    let own = written(&second.checkpoints, 2).await;
    second.checkpoints.commit(state(1, vec![own.clone()])).await.unwrap();
    second.checkpoints.collect().await.unwrap();
    assert_eq!(
        place.paths().await,
        ["0.json".to_owned(), "1.json".to_owned(), "2.json".to_owned(), own.path]
    );
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_is_gone_ends_the_chain() {
    let place = Place::on_disk();
    let mut first = place.open().await.unwrap();
    for batch in 1..4 {
        first.checkpoints.commit(state(batch, Vec::new())).await.unwrap();
    }
    first.checkpoints.release(true).await.unwrap();
    std::fs::remove_file(place.path("2.json")).unwrap();
    let second = place.open().await.unwrap();
    assert_eq!(numbers(&second.candidates), [3]);
    second.checkpoints.release(true).await.unwrap();
    std::fs::remove_file(place.path("3.json")).unwrap();
    let fault = place.open().await.err().unwrap();
    assert!(is_damaged(&fault));
    insta::assert_snapshot!(place.said(&fault.report()), @"
    error: checkpoint 3 is gone, and there is none before it: checkpoint `PLACE`

    hint: where the sources were read up to is not known any more; `wasmill checkpoint clear` begins anew
    ");
}

#[tokio::test(start_paused = true)]
async fn files_that_a_process_left_half_written_are_in_nobodys_way() {
    let place = Place::on_disk();
    let first = place.open().await.unwrap();
    first.checkpoints.release(true).await.unwrap();
    for name in [".1.json.0.tmp", ".owner.json.0.tmp", "1.json.bak", "x.json"] {
        std::fs::write(place.path(name), "{").unwrap();
    }
    let mut second = place.open().await.unwrap();
    assert_eq!(second.checkpoints.commit(state(1, Vec::new())).await.unwrap().number, 2);
}

/// A store with a fault.
#[derive(Debug, Default)]
struct Odd {
    inner: InMemory,
    /// Creates over what is there.
    overwrites: bool,
    /// The next answer to a create is lost, and the client tries once more.
    loses: AtomicBool,
}

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("odd")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Odd {
    async fn put_opts(
        &self,
        path: &Path,
        payload: PutPayload,
        mut opts: PutOptions,
    ) -> object_store::Result<PutResult> {
        if self.overwrites {
            opts.mode = PutMode::Overwrite;
        }
        let is_lost = opts.mode == PutMode::Create && self.loses.swap(false, Ordering::Relaxed);
        if is_lost {
            self.inner.put_opts(path, payload.clone(), opts.clone()).await?;
        }
        self.inner.put_opts(path, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        opts: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, opts).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[async_trait::async_trait]
impl MultipartStore for Odd {
    async fn create_multipart(&self, path: &Path) -> object_store::Result<MultipartId> {
        self.inner.create_multipart(path).await
    }

    async fn put_part(
        &self,
        path: &Path,
        id: &MultipartId,
        part: usize,
        data: PutPayload,
    ) -> object_store::Result<PartId> {
        self.inner.put_part(path, id, part, data).await
    }

    async fn complete_multipart(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
    ) -> object_store::Result<PutResult> {
        self.inner.complete_multipart(path, id, parts).await
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> object_store::Result<()> {
        self.inner.abort_multipart(path, id).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_creates_over_what_is_there_is_refused() {
    let place = Place::of(Stores::given(Arc::new(Odd {
        overwrites: true,
        ..Odd::default()
    })));
    let fault = place.open().await.err().unwrap();
    insta::assert_snapshot!(place.said(&fault.report()), @r#"
    error: the store can't create an object only if there is none (`If-None-Match: *`), so two runs could not be kept apart: checkpoint `PLACE`

    hint: keep the checkpoint on a disk or in another store: `checkpoint = "file:///..."`; sinks can stay where they are
    "#);
    assert_eq!(place.paths().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_answer_was_lost_is_ours() {
    let odd = Arc::new(Odd::default());
    let place = Place::of(Stores::given(Arc::clone(&odd)));
    let mut run = place.open().await.unwrap();
    odd.loses.store(true, Ordering::Relaxed);
    assert_eq!(run.checkpoints.commit(state(1, Vec::new())).await.unwrap().number, 1);
    assert!(!odd.loses.load(Ordering::Relaxed));
    assert_eq!(run.checkpoints.commit(state(2, Vec::new())).await.unwrap().number, 2);
}
