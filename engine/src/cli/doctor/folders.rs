//! Whether the folders that a pipeline writes to can be written.

use std::time::Duration;

use crate::error::Fault;
use crate::storage;

use super::finding::Finding;

/// A store has a patience of its own, mostly shorter than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at each folder, all beside each other.
pub(super) async fn look(urls: &[String]) -> Vec<Finding> {
    let variables = storage::aws_variables();
    futures::future::join_all(urls.iter().map(|url| look_at(url, &variables))).await
}

async fn look_at(url: &str, variables: &[(String, String)]) -> Finding {
    let is_store = url.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("s3"));
    let name = if is_store { "store" } else { "folder" };
    let probed = tokio::time::timeout(PATIENCE, storage::probe(url, variables)).await;
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
