use std::fs;

use super::*;
use crate::pipeline::Pipeline;

const FILE: &str = r#"
[source.one]
subscribe = "orders"
[source.two]
subscribe = "logs, metrics"
kafka.bootstrap.servers = "own:1"
[source.file]
replay = "records.jsonl"
[guest.a]
from = "one"
module = "crate"
[guest.b]
from = "two"
module = "b.wasm"
[aggregate.c]
module = "crate"
[sink.d]
from = "a"
parquet = "out"
[sink.e]
from = "a"
parquet = "s3://bucket/e"
[sink.f]
from = "a"
console = {}
[sink.g]
from = "a"
kafka = "totals"
"#;

fn needs(text: &str, kafka: &[(String, String)], default: Option<&str>) -> Result<Needs, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.toml");
    fs::create_dir(folder.path().join("crate")).unwrap();
    fs::write(&file, text).unwrap();
    let needs = Pipeline::read(&file, Vec::new()).unwrap().needs(kafka, default);
    let mut needs = needs.map_err(|invalid| invalid.report(false))?;
    for path in &mut needs.crates {
        *path = path.strip_prefix(folder.path()).unwrap().to_owned();
    }
    for url in &mut needs.folders {
        *url = url.replace(folder.path().to_str().unwrap(), "FOLDER");
    }
    Ok(needs)
}

fn brokers(needs: &Needs) -> Vec<(&str, Option<&str>)> {
    let of = |need: &KafkaNeed| need.has_broker.then(|| need.client.address().unwrap().to_owned());
    let all = needs.kafka.iter();
    all.map(|need| (need.who.as_str(), of(need).map(|address| &*address.leak())))
        .collect()
}

#[test]
fn what_is_around_is_named() {
    let needs = needs(FILE, &[], None).unwrap();
    assert_eq!(needs.crates, [PathBuf::from("crate")]);
    assert_eq!(needs.folders, ["FOLDER/out", "s3://bucket/e"]);
    assert_eq!(
        brokers(&needs),
        [
            ("source `one`", None),
            ("source `two`", Some("own:1")),
            ("sink `g`", None)
        ]
    );
}

#[test]
fn the_broker_is_the_one_that_a_run_would_take() {
    let embedded = needs(FILE, &[], Some("embedded:1")).unwrap();
    assert_eq!(
        brokers(&embedded),
        [
            ("source `one`", Some("embedded:1")),
            ("source `two`", Some("own:1")),
            ("sink `g`", Some("embedded:1"))
        ]
    );
    let told = [("bootstrap.servers".to_owned(), "told:1".to_owned())];
    assert_eq!(
        brokers(&needs(FILE, &told, Some("embedded:1")).unwrap()),
        [
            ("source `one`", Some("told:1")),
            ("source `two`", Some("told:1")),
            ("sink `g`", Some("told:1"))
        ]
    );
    let shared = format!("[kafka]\nbootstrap.servers = \"shared:1\"\n{FILE}");
    assert_eq!(
        brokers(&needs(&shared, &[], None).unwrap()),
        [
            ("source `one`", Some("shared:1")),
            ("source `two`", Some("own:1")),
            ("sink `g`", Some("shared:1"))
        ]
    );
}

#[test]
fn mistakes_are_told() {
    let said = needs(
        &FILE.replace("subscribe = \"orders\"", "subscrbe = \"orders\""),
        &[],
        None,
    )
    .unwrap_err();
    assert!(said.contains("subscrbe"), "{said}");
}
