//! Whether files could be written to a folder, found out without a run.

use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::store::Store;
use super::target::{Target, connect};
use crate::error::Result;

/// Finds out whether files can be written there, and leaves nothing behind: a folder that is not there stays away, and the one above
/// it is looked at. `variables` are the `AWS_*` ones. Gives the place as it is shown.
///
/// # Errors
/// If it is no place for files, if it can't be reached, or if it refuses.
pub(crate) async fn probe(url: &str, variables: &[(String, String)]) -> Result<String> {
    let target = Target::parse(url)?;
    match &target {
        Target::Disk(root) => {
            let absolute = std::path::absolute(root).unwrap_or_else(|_| root.clone());
            let there = absolute.ancestors().find(|folder| folder.symlink_metadata().is_ok());
            Disk::new(there.unwrap_or(Path::new("/")).to_owned()).probe().await?;
        }
        Target::S3 { bucket, prefix } => {
            let (store, account) = connect(bucket, variables)?;
            let silent = Arc::new(|_: &str| {});
            Store::s3(store, account, prefix.clone(), silent).probe().await?;
        }
    }
    Ok(target.to_string())
}

#[cfg(test)]
#[path = "probe_test.rs"]
mod tests;
