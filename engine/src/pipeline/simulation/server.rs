//! The store itself: objects in memory, uploads in parts, answers like S3's. It does not fail; what is between it and a client does.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutOptions, PutPayload,
    PutResult, Result,
};

/// Objects, and uploads that are not complete.
#[derive(Debug, Default)]
pub(super) struct Server {
    objects: InMemory,
    uploads: Mutex<Uploads>,
}

#[derive(Debug, Default)]
struct Uploads {
    begun: usize,
    open: BTreeMap<String, Upload>,
}

#[derive(Debug)]
struct Upload {
    path: Path,
    /// Tag and bytes of each part, by its number.
    parts: BTreeMap<usize, (String, Bytes)>,
    /// How many parts were put, those that were put again included.
    put: usize,
}

/// What memory answers is there at once.
fn now<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("memory does not wait")
}

fn no_such_upload(path: &Path) -> object_store::Error {
    object_store::Error::NotFound {
        path: path.to_string(),
        source: "Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchUpload</Code>\
                 <Message>The specified multipart upload does not exist.</Message></Error>"
            .into(),
    }
}

fn invalid_part() -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: "Server returned non-2xx status code: 400 Bad Request: <Error><Code>InvalidPart</Code>\
                 <Message>One or more of the specified parts could not be found.</Message></Error>"
            .into(),
    }
}

impl Server {
    pub(super) fn put(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        now(self.objects.put_opts(path, payload, options))
    }

    pub(super) fn get(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        now(self.objects.get_opts(path, options))
    }

    pub(super) fn delete(&self, path: &Path) -> Result<Path> {
        let paths = futures::stream::iter([Ok(path.clone())]).boxed();
        let deleted: Vec<Path> = now(self.objects.delete_stream(paths).try_collect())?;
        Ok(deleted.into_iter().next().unwrap_or_else(|| path.clone()))
    }

    pub(super) fn list(&self, prefix: Option<&Path>) -> Vec<Result<ObjectMeta>> {
        now(self.objects.list(prefix).collect())
    }

    pub(super) fn list_level(&self, prefix: Option<&Path>) -> Result<ListResult> {
        now(self.objects.list_with_delimiter(prefix))
    }

    pub(super) fn copy(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        now(self.objects.copy_opts(from, to, options))
    }

    pub(super) fn begin(&self, path: &Path) -> String {
        let mut uploads = self.uploads.lock().unwrap();
        uploads.begun += 1;
        let id = format!("upload-{}", uploads.begun);
        let upload = Upload {
            path: path.clone(),
            parts: BTreeMap::new(),
            put: 0,
        };
        uploads.open.insert(id.clone(), upload);
        id
    }

    pub(super) fn put_part(&self, path: &Path, id: &str, number: usize, payload: PutPayload) -> Result<PartId> {
        let mut uploads = self.uploads.lock().unwrap();
        let upload = uploads.open.get_mut(id).filter(|upload| upload.path == *path);
        let upload = upload.ok_or_else(|| no_such_upload(path))?;
        upload.put += 1;
        let tag = format!("{id}-{}", upload.put);
        upload.parts.insert(number, (tag.clone(), payload.into()));
        Ok(PartId { content_id: tag })
    }

    /// As MinIO: once complete, the upload is unknown.
    pub(super) fn complete(&self, path: &Path, id: &str, parts: &[PartId]) -> Result<PutResult> {
        let mut uploads = self.uploads.lock().unwrap();
        let upload = uploads.open.get(id).filter(|upload| upload.path == *path);
        let upload = upload.ok_or_else(|| no_such_upload(path))?;
        let mut whole = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            match upload.parts.get(&number) {
                Some((tag, bytes)) if *tag == part.content_id => whole.extend_from_slice(bytes),
                _ => return Err(invalid_part()),
            }
        }
        uploads.open.remove(id);
        now(self.objects.put(path, PutPayload::from(whole)))
    }

    pub(super) fn abort(&self, path: &Path, id: &str) -> Result<()> {
        let aborted = self.uploads.lock().unwrap().open.remove(id);
        aborted.map(drop).ok_or_else(|| no_such_upload(path))
    }

    /// Paths of uploads that nobody completed or gave up.
    pub(super) fn uploads(&self) -> Vec<Path> {
        let uploads = self.uploads.lock().unwrap();
        uploads.open.values().map(|upload| upload.path.clone()).collect()
    }

    /// The bytes of an object.
    pub(super) fn bytes(&self, path: &Path) -> Option<Bytes> {
        let got = self.get(path, GetOptions::default()).ok()?;
        now(got.bytes()).ok()
    }

    /// Paths of all objects under this one.
    pub(super) fn paths(&self, prefix: &Path) -> Vec<ObjectMeta> {
        self.list(Some(prefix)).into_iter().flatten().collect()
    }
}
