//! A folder in an object store: objects with hidden names, copied to their places at the end.

mod upload;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::Notify;
pub(crate) use upload::StoreUpload;

use super::fault::store_fault;
use super::folder::{Created, Hidden, Prepared, Unseen, hidden_name};
use super::target::Account;
use super::uploads::Uploads;
use crate::error::{Fault, Result};

/// Bytes of a part. Stores take 5 MiB and more, 10,000 parts a file, and some want parts of one size.
const PART_BYTES: usize = 8 << 20;

/// Parts of a file under way at once, so that encoding and sending overlap.
const PARTS_IN_FLIGHT: usize = 2;

/// How long a store that does not answer is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The first pause; each is twice the one before.
    pub(crate) first: Duration,
    /// No pause is longer.
    pub(crate) longest: Duration,
    /// The pauses altogether.
    pub(crate) total: Duration,
}

impl Patience {
    /// While records flow: a store that is restarted should not end the run.
    const RUNNING: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(15),
        total: Duration::from_secs(300),
    };

    /// At the start, where a wrong address is likelier than a store that is away.
    const STARTING: Self = Self {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(1),
        total: Duration::from_secs(2),
    };
}

/// A prefix of a bucket.
#[derive(Clone)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    parts: Arc<dyn MultipartStore>,
    /// Lists uploads, where that can be done.
    uploads: Option<Arc<Uploads>>,
    account: Arc<Account>,
    prefix: Path,
    notify: Notify,
    starting: Patience,
    running: Patience,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.to_string()).finish()
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.account.bucket, self.prefix)
    }
}

impl Store {
    pub(crate) fn s3(store: AmazonS3, account: Account, prefix: Path, notify: Notify) -> Self {
        let store = Arc::new(store);
        Self::new(store.clone(), store, account, prefix, notify)
    }

    /// On any store that has both interfaces; the same one behind both.
    pub(crate) fn new(
        objects: Arc<dyn ObjectStore>,
        parts: Arc<dyn MultipartStore>,
        account: Account,
        prefix: Path,
        notify: Notify,
    ) -> Self {
        Self {
            objects,
            parts,
            uploads: None,
            account: Arc::new(account),
            prefix,
            notify,
            starting: Patience::STARTING,
            running: Patience::RUNNING,
        }
    }

    /// The same with somebody who lists its uploads.
    pub(super) fn with_uploads(self, uploads: Uploads) -> Self {
        Self {
            uploads: Some(Arc::new(uploads)),
            ..self
        }
    }

    /// The same with other patience, at the start and later.
    #[cfg(test)]
    pub(crate) fn with_patience(self, patience: Patience) -> Self {
        Self {
            starting: patience,
            running: patience,
            ..self
        }
    }

    /// Lists, which finds a bucket that is not there, and does once what is done to a file, which finds missing rights: an upload that is given
    /// up, an object, its copy, their removal.
    pub(crate) async fn probe(&self) -> Result<()> {
        let list = || async { self.objects.list(Some(&self.prefix)).next().await.transpose() };
        self.retried(self.starting, &self.to_string(), list).await?;
        let path = format!(".probe-{}", uuid::Uuid::new_v4());
        let (full, place) = (self.full(&path)?, self.to_string());
        let upload_id = self
            .retried(self.starting, &place, || self.parts.create_multipart(&full))
            .await?;
        self.abort(&path, &upload_id).await;
        let copy = self.full(&format!("{path}-copy"))?;
        let put = || self.objects.put(&full, PutPayload::from_static(b"probe"));
        self.retried(self.starting, &place, put).await?;
        self.retried(self.starting, &place, || self.objects.copy(&full, &copy))
            .await?;
        for path in [&full, &copy] {
            let delete = || async {
                match self.objects.delete(path).await {
                    Err(object_store::Error::NotFound { .. }) => Ok(()),
                    deleted => deleted,
                }
            };
            self.retried(self.starting, &place, delete).await?;
        }
        Ok(())
    }

    pub(crate) async fn list(&self) -> Result<Vec<String>> {
        let list = || {
            self.objects
                .list(Some(&self.prefix))
                .map_ok(|object| object.location)
                .try_collect::<Vec<_>>()
        };
        let found = self.retried(self.running, &self.to_string(), list).await?;
        Ok(found.iter().filter_map(|path| self.relative(path)).collect())
    }

    /// From the prefix on.
    fn relative(&self, path: &Path) -> Option<String> {
        let parts = path.prefix_match(&self.prefix)?;
        Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
    }

    /// What [`Store::begin`] named, and nobody completed: objects with hidden names, and uploads to such.
    pub(crate) async fn hidden(&self) -> Result<(Vec<Prepared>, Unseen)> {
        let objects = self.list().await?.into_iter().filter_map(Prepared::of_hidden);
        let mut hidden: Vec<Prepared> = objects.collect();
        let Some(uploads) = &self.uploads else {
            return Ok((hidden, Unseen::Everything));
        };
        let listed = uploads.list(self.prefix.as_ref()).await?;
        let unseen = match listed.since_start_only {
            true => Unseen::BeforeStart,
            false => Unseen::Nothing,
        };
        hidden.extend(listed.uploads.into_iter().filter_map(|(key, upload_id)| {
            let path = self.relative(&Path::parse(&key).ok()?)?;
            Some(Prepared {
                path: path.clone(),
                bytes: 0,
                hidden: Hidden::Upload { path, upload_id },
            })
        }));
        Ok((hidden, unseen))
    }

    pub(crate) async fn has_folder(&self, name: &str) -> Result<bool> {
        let folder = self.full(name)?;
        let first = || async { self.objects.list(Some(&folder)).next().await.transpose() };
        Ok(self.retried(self.starting, &self.place(name), first).await?.is_some())
    }

    pub(crate) fn begin(&self, path: String) -> Result<StoreUpload> {
        let hidden = hidden_name(&path);
        // The longer of the two names has to be a key.
        let full = self.full(&hidden)?;
        Ok(StoreUpload::new(self.clone(), path, hidden, full))
    }

    /// Copies the hidden object to its place, and removes it. That is done again as often as anybody likes: what was copied is told by its
    /// size. An upload would not do instead: MinIO loses its parts if whoever completes it dies meanwhile.
    pub(crate) async fn complete(&self, path: &str, bytes: u64, hidden: &str) -> Result<()> {
        let (from, to) = (self.full(hidden)?, self.full(path)?);
        // What the store says of the copy is not enough: S3 may answer with success and an error inside, and a copy that took longer than
        // a client waits may well be there. Only what is there counts, before the one that is left is removed.
        let copy = || async {
            let copied = self.objects.copy(&from, &to).await;
            match self.is_there(&to, bytes).await? {
                true => Ok(()),
                false => Err(copied.err().unwrap_or_else(not_copied)),
            }
        };
        self.retried(self.running, &self.place(path), copy).await?;
        self.discard(hidden).await;
        Ok(())
    }

    /// Whether an object of this size is there; an error if that is not known.
    async fn is_there(&self, full: &Path, bytes: u64) -> object_store::Result<bool> {
        match self.objects.head(full).await {
            Ok(object) => Ok(object.size == bytes),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(unanswered) => Err(unanswered),
        }
    }

    /// A hidden object that can't be removed costs storage until somebody looks for leftovers; nothing else hangs on it.
    pub(crate) async fn discard(&self, hidden: &str) {
        if let Ok(full) = self.full(hidden) {
            let _nothing_left_to_do = self.objects.delete(&full).await;
        }
    }

    /// An upload that can't be given up costs storage until the bucket's lifecycle rule removes it; nothing else hangs on it.
    pub(crate) async fn abort(&self, path: &str, upload_id: &str) {
        if let Ok(full) = self.full(path) {
            let _nothing_left_to_do = self.parts.abort_multipart(&full, &upload_id.to_owned()).await;
        }
    }

    pub(crate) async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let full = self.full(path)?;
        let put = || self.objects.put(&full, PutPayload::from_bytes(bytes.clone()));
        self.retried(self.running, &self.place(path), put).await.map(drop)
    }

    /// A store that can't do this says so by another answer than that there is one already.
    pub(crate) async fn create(&self, path: &str, bytes: Bytes) -> Result<Created> {
        let full = self.full(path)?;
        let create = || async {
            let payload = PutPayload::from_bytes(bytes.clone());
            match self.objects.put_opts(&full, payload, PutMode::Create.into()).await {
                Ok(_) => Ok(Created::New),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                    Ok(Created::AlreadyThere)
                }
                Err(error) => Err(error),
            }
        };
        self.retried(self.running, &self.place(path), create).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let full = self.full(path)?;
        let get = || async {
            match self.objects.get(&full).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.retried(self.running, &self.place(path), get).await
    }

    pub(crate) async fn remove(&self, paths: Vec<String>) -> Result<()> {
        let paths = paths.iter().map(|path| self.full(path)).collect::<Result<Vec<_>>>()?;
        let remove = || async {
            let locations = stream::iter(paths.clone()).map(Ok).boxed();
            let mut removed = self.objects.delete_stream(locations);
            while let Some(result) = removed.next().await {
                match result {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        self.retried(self.running, &self.to_string(), remove).await
    }

    /// Longest key of S3, in bytes.
    const LONGEST_KEY: usize = 1024;

    fn full(&self, path: &str) -> Result<Path> {
        let text = if self.prefix.is_root() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        };
        if text.len() > Self::LONGEST_KEY {
            return Err(Fault::data(format!("an object's key can't have {} bytes", text.len()))
                .at(format!("`{}`", self.place(path)))
                .hint("S3 takes 1024: shorten the values of the partition columns, or the prefix"));
        }
        // `parse`, not `from`: the values of partitions are escaped already.
        Path::parse(&text).map_err(|error| {
            Fault::internal("a path can't be a key")
                .at(format!("`{text}`"))
                .because(error)
        })
    }

    fn place(&self, path: &str) -> String {
        format!("{self}/{path}")
    }

    /// Tries until the store answers or the patience is at its end. The user hears once that it does not, and that it does
    /// again.
    async fn retried<T, F, R>(&self, patience: Patience, place: &str, mut call: F) -> Result<T>
    where
        F: FnMut() -> R,
        R: Future<Output = object_store::Result<T>>,
    {
        let (mut pause, mut waited) = (patience.first, Duration::ZERO);
        loop {
            let fault = match call().await {
                Ok(answer) => {
                    if !waited.is_zero() {
                        (self.notify)(&format!("s3://{} answers again", self.account.bucket));
                    }
                    return Ok(answer);
                }
                Err(error) => store_fault(&self.account, place, error),
            };
            if !fault.may_retry() || waited >= patience.total {
                return Err(fault);
            }
            if waited.is_zero() {
                (self.notify)(&format!("{fault}; trying again for {} s", patience.total.as_secs()));
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(patience.longest);
        }
    }
}

/// A copy that was answered with success and is not there: worth another try.
fn not_copied() -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: "status code: 503 : the store said that it had copied the object, and it is not there".into(),
    }
}

#[cfg(test)]
#[path = "store_test.rs"]
pub(crate) mod tests;
