use super::super::testing::{records, rows, trial, trial_with, zoo};
use crate::guest::{Limits, Module};
use crate::pipeline::LoadedModules;
use crate::pipeline::testing::{Heard, pipeline, resources};

#[tokio::test]
async fn what_is_in_a_pipeline() {
    let text = "[source.raw]\nsubscribe = \"t\"\n[source.file]\nreplay = \"f.jsonl\"\n[guest.g]\nfrom = \"raw\"\nmodule = \".\"\n\
                [table.t]\nsql = \"SELECT 1\"\nwatermark = { column = \"timestamp\", delay = \"1 minute\" }\n\
                [sink.a]\nfrom = \"t\"\nconsole = {}\n[sink.b]\nfrom = \"g\"\nconsole = {}\n[sink.c]\nfrom = \"T\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path(), text, &[]);
    assert_eq!(pipeline.tables(), ["raw", "file", "g", "g_errors", "t", "t_late"]);
    assert_eq!(pipeline.shown(), ["t", "g"]);
    assert_eq!(pipeline.source_names(), ["raw", "file"]);
    assert_eq!(pipeline.guests_and_errors(), [("g".to_owned(), "g_errors".to_owned())]);
    assert_eq!(
        pipeline.replay_of("file"),
        Some(folder.path().join("f.jsonl").as_path())
    );
    assert_eq!(pipeline.replay_of("raw"), None);
}

#[tokio::test]
async fn it_is_planned_again_with_a_module_that_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = zoo(folder.path(), "dead-letter", "");
    let first = trial(&pipeline, &["zoo"]).await.unwrap();
    let modules = first.modules();
    assert_eq!(modules.guests.keys().collect::<Vec<_>>(), ["zoo"]);
    // The file is not looked at any more.
    let file = folder.path().join("menagerie.wasm");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut second = trial_with(&pipeline, &["zoo"], &modules).await.unwrap();
    let report = second.run(&records("raw", &["aa"])).await;
    assert_eq!(report.tables[0].len(), 1);
    let engine = resources(std::sync::Arc::new(Heard::default())).guest_engine;
    let other = LoadedModules {
        guests: [(
            "zoo".to_owned(),
            Module::from_bytes(&engine, &bytes, Limits::default()).unwrap(),
        )]
        .into(),
        ..LoadedModules::default()
    };
    let mut third = trial_with(&pipeline, &["zoo"], &other).await.unwrap();
    let again = third.run(&records("raw", &["aa"])).await;
    assert_eq!(rows(&again.tables[0]), rows(&report.tables[0]));
}

#[tokio::test]
async fn headers_are_asked_for() {
    let text = "[source.raw]\nsubscribe = \"t\"\ninclude_headers = true\n[table.h]\nsql = \"SELECT headers FROM raw\"\n\
                [sink.s]\nfrom = \"h\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mut trial = trial(&pipeline(folder.path(), text, &[]), &["h"]).await.unwrap();
    assert!(trial.sources()[0].include_headers);
    let report = trial.run(&records("raw", &["a"])).await;
    assert!(report.failure.unwrap().to_string().contains("other columns"));
}

#[tokio::test]
async fn mistakes_are_told_as_ever() {
    let text = "[source.raw]\nsubscribe = \"t\"\nstarting_offset = \"earliest\"\n[table.t]\nsql = \"SELECT value FROM raw\"\n\
                [sink.s]\nfrom = \"t\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mistakes = trial(&pipeline(folder.path(), text, &[]), &["t"]).await.err().unwrap();
    assert!(mistakes.contains("did you mean `starting_offsets`?"), "{mistakes}");
}

#[tokio::test]
async fn a_stream_may_begin_at_the_newest_record() {
    let text = "[source.raw]\nsubscribe = \"t\"\nstarting_offsets = \"latest\"\n[table.t]\nsql = \"SELECT CAST(value AS STRING) AS v FROM raw\"\n\
                [sink.s]\nfrom = \"t\"\nconsole = {}\n";
    let folder = tempfile::tempdir().unwrap();
    let mut trial = trial(&pipeline(folder.path(), text, &[]), &["t"]).await.unwrap();
    let report = trial.run(&records("raw", &["a", "b"])).await;
    assert_eq!(report.tables[0].len(), 2);
    // A batch that did would read nothing, and is told.
    let text = format!("trigger = \"once\"\n{text}");
    let mistakes = trial_of(&pipeline(folder.path(), &text, &[])).await;
    assert!(mistakes.contains("it would read nothing"), "{mistakes}");
}

async fn trial_of(pipeline: &crate::pipeline::Pipeline) -> String {
    trial(pipeline, &["t"]).await.err().unwrap()
}
