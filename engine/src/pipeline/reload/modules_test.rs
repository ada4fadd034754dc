use std::fs;

use super::super::report::ModuleState;
use super::*;
use crate::guest::testing::{MENAGERIE, aggregates, component};
use crate::pipeline::Mode;
use crate::pipeline::testing::{Heard, pipeline, resources};

const SUM: &str = include_str!("../../guest/aggregate/menagerie.wat");

/// A guest and an aggregate of one name, another aggregate, and a guest that no sink needs.
async fn modules() -> Modules {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.wasm"), component(MENAGERIE)).unwrap();
    fs::write(folder.path().join("a.wasm"), aggregates(SUM)).unwrap();
    let text = "[source.raw]\nsubscribe = \"t\"\n[guest.zoo]\nfrom = \"raw\"\nmodule = \"t.wasm\"\n\
                [guest.idle]\nfrom = \"raw\"\nmodule = \"t.wasm\"\n\
                [aggregate.zoo]\nmodule = \"a.wasm\"\n[aggregate.Sum2]\nmodule = \"a.wasm\"\nfunction = \"zoo\"\n\
                [table.t]\nsql = \"SELECT zoo(length) AS a, sum2(length) AS b FROM zoo\"\n[sink.s]\nfrom = \"t\"\nconsole = {}\nmode = \"update\"\n";
    let pipeline = pipeline(folder.path(), text, &[]);
    let plan = pipeline
        .plan(Mode::Stream, &resources(Arc::new(Heard::default())))
        .await;
    let plan = plan.unwrap_or_else(|invalid| panic!("{invalid}"));
    Modules::of(&plan, pipeline.modules())
}

#[tokio::test]
async fn a_module_is_found_by_its_name() {
    let modules = modules().await;
    let keys: Vec<String> = modules.entries().iter().map(|entry| entry.name.key()).collect();
    assert_eq!(keys, ["guest.zoo", "aggregate.zoo", "aggregate.Sum2"]);
    assert_eq!(modules.find("Sum2").unwrap().name.key(), "aggregate.Sum2");
    assert_eq!(modules.find("guest.zoo").unwrap().name.key(), "guest.zoo");
    let wrong = |name: &str| modules.find(name).err().unwrap().report();
    insta::assert_snapshot!(wrong("zoo"), @"
    error: `zoo` may be one of several modules

    hint: name one of `guest.zoo`, `aggregate.zoo`
    ");
    insta::assert_snapshot!(wrong("zebra"), @"
    error: the pipeline has no module `zebra`

    hint: it has `guest.zoo`, `aggregate.zoo`, `aggregate.Sum2`
    ");
}

#[tokio::test]
async fn what_is_live_is_told_and_can_be_planned_with() {
    let modules = modules().await;
    let report = modules.report();
    assert_eq!(report.len(), 3);
    let first = &report[0];
    assert_eq!((first.name.as_str(), first.kind.as_str()), ("zoo", "guest"));
    assert_eq!((first.state, first.held.as_deref()), (ModuleState::Live, None));
    let version = &first.versions[0];
    assert_eq!(
        (version.version, version.module.as_str(), version.digest.len()),
        (1, "menagerie", 64)
    );
    assert_eq!(report[2].versions[0].module, "zoo");
    let loaded = modules.loaded();
    assert_eq!(loaded.guests.keys().collect::<Vec<_>>(), ["zoo"]);
    assert_eq!(loaded.aggregates.keys().collect::<Vec<_>>(), ["sum2", "zoo"]);
}
