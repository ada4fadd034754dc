//! A folder as any reader sees it: what is listed, and what is in a file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::Runtime;

use super::servers::Servers;

/// A folder on the disk or in the store.
#[derive(Debug)]
pub(super) enum Place {
    Disk(PathBuf),
    Bucket {
        url: String,
        store: AmazonS3,
        prefix: Path,
        runtime: Runtime,
    },
}

/// What tells a file from another one of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    tag: Option<String>,
}

/// Why there is nothing to be seen.
#[derive(Debug)]
pub(super) enum Unseen {
    /// The file is not there.
    Gone,
    /// Nobody answers, at the moment.
    Unavailable,
}

impl Place {
    /// The folder of this URL: `s3://bucket/path`, or a path on the disk.
    pub(super) fn open(url: &str, servers: &Servers) -> Self {
        let Some((bucket, path)) = url.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else {
            return Self::Disk(url.into());
        };
        let options = ClientOptions::new()
            .with_allow_http(true)
            .with_connect_timeout(Duration::from_secs(2))
            .with_timeout(Duration::from_secs(5));
        // Whoever looks comes again soon.
        let retry = RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        };
        let store = AmazonS3Builder::new()
            .with_endpoint(servers.variable("AWS_ENDPOINT_URL"))
            .with_access_key_id(servers.variable("AWS_ACCESS_KEY_ID"))
            .with_secret_access_key(servers.variable("AWS_SECRET_ACCESS_KEY"))
            .with_region(servers.variable("AWS_REGION"))
            .with_bucket_name(bucket)
            .with_client_options(options)
            .with_retry(retry)
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self::Bucket {
            url: url.to_owned(),
            store: store.unwrap_or_else(|error| panic!("{url}: {error}")),
            prefix: Path::from(path),
            runtime: runtime.unwrap_or_else(|error| panic!("no runtime: {error}")),
        }
    }

    /// Its URL, for others.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Disk(folder) => folder.display().to_string(),
            Self::Bucket { url, .. } => url.clone(),
        }
    }

    /// The names of all files in it and below, with their stamps.
    pub(super) fn list(&self) -> Result<BTreeMap<String, Stamp>, Unseen> {
        match self {
            Self::Disk(folder) => Ok(list_disk(folder)),
            Self::Bucket {
                store, prefix, runtime, ..
            } => {
                let listing = store.list(Some(prefix)).try_collect::<Vec<_>>();
                let found = runtime.block_on(listing).map_err(|_| Unseen::Unavailable)?;
                let name = |path: &Path| {
                    let parts = path.prefix_match(prefix).into_iter().flatten();
                    parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/")
                };
                let stamped = found.into_iter().map(|file| {
                    let stamp = Stamp {
                        size: file.size,
                        tag: file.e_tag,
                    };
                    (name(&file.location), stamp)
                });
                Ok(stamped.collect())
            }
        }
    }

    /// What is in a file.
    pub(super) fn get(&self, name: &str) -> Result<Bytes, Unseen> {
        match self {
            Self::Disk(folder) => match std::fs::read(folder.join(name)) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Unseen::Gone),
                Err(error) => panic!("{name} can't be read: {error}"),
            },
            Self::Bucket {
                store, prefix, runtime, ..
            } => {
                let path = Path::from(format!("{prefix}/{name}"));
                let got = runtime.block_on(async { store.get(&path).await?.bytes().await });
                got.map_err(|error| match error {
                    object_store::Error::NotFound { .. } => Unseen::Gone,
                    _ => Unseen::Unavailable,
                })
            }
        }
    }

    /// Copies all there is into a folder of the disk, for somebody who looks into what went wrong.
    pub(super) fn copy_to(&self, folder: &std::path::Path) {
        for name in self.list().unwrap_or_default().keys() {
            let to = folder.join(name);
            let made = to.parent().map(std::fs::create_dir_all);
            // What can't be copied is not the matter here.
            if let (Ok(bytes), Some(Ok(()))) = (self.get(name), made) {
                let _ = std::fs::write(to, bytes);
            }
        }
    }
}

fn list_disk(root: &std::path::Path) -> BTreeMap<String, Stamp> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // It may not be there yet, or not be a folder.
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // It may be gone by now, being a file that was not finished.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(root) {
                let stamp = Stamp {
                    size: metadata.len(),
                    tag: None,
                };
                found.insert(name.to_string_lossy().into_owned(), stamp);
            }
        }
    }
    found
}
