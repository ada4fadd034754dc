//! Which stores targets lead to.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::multipart::MultipartStore;

use super::Notify;
use super::disk::Disk;
use super::folder::Folder;
use super::store::Store;
use super::target::{Account, Target, aws_variables, connect};
use super::uploads::Uploads;
use crate::error::Result;

/// Leads from targets to stores: S3 as the `AWS_*` variables say, or one store that is given, whatever the bucket.
#[derive(Clone)]
pub struct Stores(Kind);

#[derive(Clone)]
enum Kind {
    Variables(Arc<[(String, String)]>),
    Given {
        objects: Arc<dyn ObjectStore>,
        parts: Arc<dyn MultipartStore>,
    },
}

impl Stores {
    /// As this process's environment says.
    pub fn of_environment() -> Self {
        Self::of_variables(aws_variables())
    }

    /// As these `AWS_*` variables say.
    pub fn of_variables(variables: Vec<(String, String)>) -> Self {
        Self(Kind::Variables(variables.into()))
    }

    /// All buckets are this store.
    pub fn given<S: ObjectStore + MultipartStore>(store: Arc<S>) -> Self {
        Self(Kind::Given {
            objects: Arc::clone(&store) as Arc<dyn ObjectStore>,
            parts: store,
        })
    }

    /// The folder of a target. Nothing is touched yet.
    ///
    /// # Errors
    /// `Usage`, `Refused`: variables that make no connection, or are missing.
    pub(crate) fn folder(&self, target: &Target, notify: &Notify) -> Result<Folder> {
        Ok(match (target, &self.0) {
            (Target::Disk(root), _) => Folder::Disk(Disk::new(root.clone())),
            (Target::S3 { bucket, prefix }, Kind::Variables(variables)) => {
                let (store, account) = connect(bucket, variables)?;
                let uploads = Uploads::new(store.clone(), variables);
                let store = Store::s3(store, account, prefix.clone(), Arc::clone(notify));
                Folder::Store(store.with_uploads(uploads))
            }
            (Target::S3 { bucket, prefix }, Kind::Given { objects, parts }) => {
                let account = Account {
                    bucket: bucket.clone(),
                    endpoint: None,
                    has_credentials: true,
                };
                Folder::Store(Store::new(
                    Arc::clone(objects),
                    Arc::clone(parts),
                    account,
                    prefix.clone(),
                    Arc::clone(notify),
                ))
            }
        })
    }
}

impl fmt::Debug for Stores {
    /// Without the variables, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}
