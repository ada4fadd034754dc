use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::guest::testing::{MENAGERIE, component, menagerie_file, words};
use crate::guest::{Module, Transform};
use crate::pipeline::Mode;
use crate::pipeline::testing::{Heard, pipeline, resources};

const PIPELINE: &str = r#"
[source.raw]
subscribe = "raw"
[guest.zoo]
from = "raw"
module = "menagerie.wasm"
[sink.rows]
from = "zoo"
console = {}
"#;

#[tokio::test]
async fn a_batch_names_the_versions_that_its_rows_came_from() {
    let folder = tempfile::tempdir().unwrap();
    menagerie_file(folder.path());
    let heard = Arc::new(Heard::default());
    let resources = resources(Arc::clone(&heard));
    let planned = pipeline(folder.path(), PIPELINE, &[])
        .plan(Mode::Stream, &resources)
        .await;
    let plan = planned.map_err(|invalid| invalid.report(false)).unwrap();
    let live = &plan.guests[0].live;
    let first = live.transform();
    let other = component(&MENAGERIE.replace("bad record", "Bad record"));
    let other = Module::from_bytes(&resources.guest_engine, &other, first.module().limits().clone()).unwrap();
    let second = Arc::new(first.with_module(other));
    let digest = |of: &Transform| of.module().digest().to_string();
    let (v1, v2) = (digest(&first), digest(&second));
    let named = || modules(&plan)["modules"].clone();

    // Without a record it is the one in use.
    assert_eq!(named(), json!({"zoo": [v1]}));
    let chunk = words("a bb");
    live.process(&chunk, &*heard).await.unwrap();
    live.process(&chunk, &*heard).await.unwrap();
    assert_eq!(named(), json!({"zoo": [v1]}));
    // Halfway through a batch, as when one is set aside.
    live.process(&chunk, &*heard).await.unwrap();
    live.put(second, 7, Offsets::new());
    live.process(&chunk, &*heard).await.unwrap();
    assert_eq!(named(), json!({"zoo": [v1, v2]}));
    live.process(&chunk, &*heard).await.unwrap();
    assert_eq!(named(), json!({"zoo": [v2]}));
}
