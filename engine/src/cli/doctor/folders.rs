//! Whether the folders that a pipeline writes to can be written.

use std::time::Duration;

use tokio::time::error::Elapsed;

use crate::checkpoint;
use crate::error::{Fault, Result};
use crate::sink::Stores;
use crate::storage;

use super::finding::Finding;

/// A store has a patience of its own, mostly shorter than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at each folder, all beside each other.
pub(super) async fn look(urls: &[String]) -> Vec<Finding> {
    let variables = storage::aws_variables();
    futures::future::join_all(urls.iter().map(|url| look_at(url, &variables))).await
}

/// Looks whether checkpoints could be kept there.
pub(super) async fn look_for_checkpoints(url: Option<&str>) -> Option<Finding> {
    let url = url?;
    let stores = Stores::of_environment();
    let probed = tokio::time::timeout(PATIENCE, checkpoint::probe(url, &stores)).await;
    Some(finding("checkpoint", url, probed))
}

async fn look_at(url: &str, variables: &[(String, String)]) -> Finding {
    let is_store = url.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("s3"));
    let name = if is_store { "store" } else { "folder" };
    let probed = tokio::time::timeout(PATIENCE, storage::probe(url, variables)).await;
    finding(name, url, probed)
}

fn finding(name: &'static str, url: &str, probed: Result<Result<String>, Elapsed>) -> Finding {
    match probed.unwrap_or_else(|_| Err(Fault::unavailable("no answer within 30 seconds"))) {
        Ok(place) => Finding::ok(name, format!("`{place}` can be written")),
        Err(fault) => {
            let said = fault.to_string();
            let found = if said.contains('`') {
                said
            } else {
                format!("`{url}`: {said}")
            };
            Finding::missing(name, found).maybe_mended_by(fault.advice())
        }
    }
}
