//! On a store in memory that fails when it is told to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use object_store::memory::InMemory;
use object_store::multipart::PartId;
use object_store::{MultipartId, PutResult};

use super::*;

/// A store whose uploads answer "busy" a number of times, or whose completions are done but never answered.
#[derive(Debug, Default)]
pub(crate) struct Moody {
    inner: Arc<InMemory>,
    busy: AtomicUsize,
    loses_answers: AtomicBool,
}

fn busy() -> object_store::Error {
    object_store::Error::Generic {
        store: "Moody",
        source: "Server returned non-2xx status code: 503 Service Unavailable: ".into(),
    }
}

impl Moody {
    fn mood(&self) -> object_store::Result<()> {
        let left = self
            .busy
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Err(busy()) } else { Ok(()) }
    }
}

#[async_trait]
impl MultipartStore for Moody {
    async fn create_multipart(&self, path: &Path) -> object_store::Result<MultipartId> {
        self.mood()?;
        self.inner.create_multipart(path).await
    }

    async fn put_part(
        &self,
        path: &Path,
        id: &MultipartId,
        part_idx: usize,
        data: PutPayload,
    ) -> object_store::Result<PartId> {
        self.mood()?;
        self.inner.put_part(path, id, part_idx, data).await
    }

    async fn complete_multipart(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
    ) -> object_store::Result<PutResult> {
        self.mood()?;
        let done = self.inner.complete_multipart(path, id, parts).await?;
        if self.loses_answers.load(Ordering::Relaxed) {
            Err(busy())
        } else {
            Ok(done)
        }
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> object_store::Result<()> {
        self.inner.abort_multipart(path, id).await
    }
}

/// A folder `s3://bronze/items` on a store in memory, and what it says while it works.
pub(crate) struct Bench {
    pub(crate) moody: Arc<Moody>,
    pub(crate) store: Store,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let moody = Arc::new(Moody::default());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let account = Account {
            bucket: "bronze".into(),
            endpoint: Some("http://127.0.0.1:9000".into()),
            has_credentials: true,
        };
        let ear = Arc::clone(&heard);
        let notify: Notify = Arc::new(move |line| ear.lock().unwrap().push(line.to_owned()));
        let patience = Patience {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(2),
            total: Duration::from_millis(10),
        };
        let store = Store::new(moody.inner.clone(), moody.clone(), account, Path::from("items"), notify);
        Self {
            moody,
            store: store.with_patience(patience),
            heard,
        }
    }

    pub(crate) fn fails(&self, times: usize) {
        self.moody.busy.store(times, Ordering::Relaxed);
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }
}

fn megabytes(count: usize) -> Vec<Bytes> {
    (0..count)
        .map(|number| Bytes::from(vec![number as u8; 1 << 20]))
        .collect()
}

async fn complete(bench: &Bench, prepared: &Prepared) {
    let Hidden::File(hidden) = &prepared.hidden else {
        panic!()
    };
    let completed = bench.store.complete(&prepared.path, prepared.bytes, hidden).await;
    completed.unwrap();
}

#[tokio::test]
async fn a_large_file_goes_in_parts_of_one_size_and_comes_out_whole() {
    let bench = Bench::new();
    let mut upload = bench.store.begin("a.parquet".into()).unwrap();
    upload.write(megabytes(3)).await.unwrap();
    upload.write(megabytes(22)).await.unwrap();
    assert!(upload.buffered() <= (PARTS_IN_FLIGHT + 1) * PART_BYTES);
    let prepared = upload.prepare().await.unwrap();
    // Not ending in `.parquet`, and beginning with a dot: readers pass it over.
    assert_eq!(prepared.hidden, Hidden::File(".a.parquet.tmp".to_owned()));
    assert_eq!(bench.store.list().await.unwrap(), [".a.parquet.tmp"]);
    complete(&bench, &prepared).await;
    assert_eq!(bench.store.list().await.unwrap(), ["a.parquet"]);
    let bytes = bench
        .moody
        .inner
        .get(&Path::from("items/a.parquet"))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(bytes, [megabytes(3), megabytes(22)].concat().concat());
}

#[tokio::test]
async fn a_busy_store_is_waited_for_and_the_user_hears_it_once() {
    let bench = Bench::new();
    let mut upload = bench.store.begin("a.parquet".into()).unwrap();
    bench.fails(3);
    upload.write(megabytes(9)).await.unwrap();
    upload.prepare().await.unwrap();
    insta::assert_snapshot!(bench.heard(), @r#"
    the store is busy: `s3://bronze/items/a.parquet`: status 503; trying again for 0 s
    s3://bronze answers again
    "#);
}

#[tokio::test]
async fn patience_ends() {
    let bench = Bench::new();
    let mut upload = bench.store.begin("a.parquet".into()).unwrap();
    bench.fails(usize::MAX);
    let fault = upload.write(megabytes(9)).await.unwrap_err();
    insta::assert_snapshot!(fault.report(), @r#"
    error: the store is busy: `s3://bronze/items/a.parquet`: status 503

    hint: try again later; the store's own log may say why
    "#);
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_is_a_completion() {
    let bench = Bench::new();
    bench.moody.loses_answers.store(true, Ordering::Relaxed);
    let mut upload = bench.store.begin("a.parquet".into()).unwrap();
    upload.write(megabytes(9)).await.unwrap();
    let prepared = upload.prepare().await.unwrap();
    // As often as anybody likes, also when the hidden object is gone.
    for _again in 0..3 {
        complete(&bench, &prepared).await;
    }
    assert_eq!(bench.store.list().await.unwrap(), ["a.parquet"]);
}

#[tokio::test]
async fn a_small_file_is_one_object_and_can_be_taken_back() {
    let bench = Bench::new();
    // No upload is begun for it.
    bench.fails(usize::MAX);
    let mut upload = bench.store.begin("day=1/a.parquet".into()).unwrap();
    upload.write(megabytes(1)).await.unwrap();
    assert!(upload.hidden().is_none());
    let prepared = upload.prepare().await.unwrap();
    assert_eq!(bench.store.list().await.unwrap(), ["day=1/.a.parquet.tmp"]);
    let (found, _) = bench.store.hidden().await.unwrap();
    assert_eq!(found[0].hidden, prepared.hidden);
    assert_eq!(found[0].path, prepared.path);
    let Hidden::File(hidden) = &prepared.hidden else {
        panic!()
    };
    bench.store.discard(hidden).await;
    assert_eq!(bench.store.list().await.unwrap(), [""; 0]);
    // What is neither hidden nor there is lost, and is told.
    let lost = bench.store.complete(&prepared.path, prepared.bytes, hidden).await;
    assert!(lost.is_err());
}

#[tokio::test]
async fn a_probe_leaves_nothing() {
    let bench = Bench::new();
    bench.store.probe().await.unwrap();
    assert_eq!(bench.store.list().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_key_too_long_is_refused_and_escapes_stay_as_they_are() {
    let bench = Bench::new();
    let fault = bench
        .store
        .begin(format!("{}/a.parquet", "x".repeat(1024)))
        .unwrap_err();
    assert!(
        fault.to_string().starts_with("an object's key can't have 1045 bytes"),
        "{fault}"
    );
    bench.store.put("c=..%2F..%2Fx/a.parquet", Bytes::new()).await.unwrap();
    assert_eq!(bench.store.list().await.unwrap(), ["c=..%2F..%2Fx/a.parquet"]);
    bench
        .store
        .remove(vec!["c=..%2F..%2Fx/a.parquet".into(), "gone".into()])
        .await
        .unwrap();
    assert_eq!(bench.store.list().await.unwrap(), [""; 0]);
}
