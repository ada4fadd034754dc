use std::fs;

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn said(folder: &tempfile::TempDir, fault: &Fault) -> String {
    fault.report().replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn a_crate_with_its_pipeline() {
    let folder = folder(&[
        ("Cargo.toml", ""),
        ("pipeline.toml", "[source.raw]\nsubscribe = \"t\"\n"),
        ("samples.jsonl", "1"),
    ]);
    let project = Project::find(folder.path()).unwrap();
    assert_eq!(project.crate_folder(), Some(folder.path()));
    assert_eq!(project.pipeline_file(), Some(folder.path().join("pipeline.toml")));
    assert_eq!(project.cases_folder(), folder.path().join("cases"));
    let pipeline = project.pipeline(Vec::new()).unwrap();
    assert_eq!(pipeline.source_names(), ["raw"]);
    let samples = project.samples(&pipeline).unwrap();
    assert_eq!(
        samples,
        [("raw".to_owned(), folder.path().join("samples.jsonl"))].into()
    );
}

#[test]
fn a_crate_without_a_pipeline_has_an_implied_one() {
    let folder = folder(&[("Cargo.toml", "")]);
    let project = Project::find(folder.path()).unwrap();
    assert_eq!(project.pipeline_file(), None);
    let pipeline = project.pipeline(Vec::new()).unwrap();
    assert_eq!(pipeline.tables(), ["records", "rows", "rows_errors"]);
    assert_eq!(pipeline.shown(), ["rows"]);
    let missing = project.samples(&pipeline).unwrap_err();
    insta::assert_snapshot!(said(&folder, &missing), @r#"
    error: there are no sample records: `FOLDER/samples.jsonl`

    hint: put some there, a line each: a value as it stands, or {"key": ..., "value": ...}
    "#);
}

#[test]
fn another_pipeline_has_cases_of_its_own() {
    let folder = folder(&[
        (
            "two.toml",
            "[source.a]\nsubscribe = \"t\"\n[source.b]\nreplay = \"b.jsonl\"\n",
        ),
        ("b.jsonl", "1"),
        ("samples/a.jsonl", "1"),
    ]);
    let project = Project::find(&folder.path().join("two.toml")).unwrap();
    assert_eq!(project.crate_folder(), None);
    assert_eq!(project.cases_folder(), folder.path().join("two.cases"));
    let pipeline = project.pipeline(Vec::new()).unwrap();
    let samples: Vec<PathBuf> = project.samples(&pipeline).unwrap().into_values().collect();
    assert_eq!(
        samples,
        [folder.path().join("samples/a.jsonl"), folder.path().join("b.jsonl")]
    );
    let other = project.pipeline(vec!["source.b.replay=nothing".to_owned()]).unwrap();
    assert_eq!(project.samples(&other).unwrap().len(), 1);
    fs::remove_dir_all(folder.path().join("samples")).unwrap();
    let missing = project.samples(&other).unwrap_err();
    insta::assert_snapshot!(said(&folder, &missing), @r#"
    error: there are no sample records: `FOLDER/samples/a.jsonl`

    hint: put some there, a line each, and a file for each other source: a value as it stands, or {"key": ..., "value": ...}
    "#);
}

#[test]
fn what_is_neither_crate_nor_pipeline() {
    let folder = folder(&[("notes.txt", "")]);
    let said = |path: &str| said(&folder, &Project::find(&folder.path().join(path)).unwrap_err());
    insta::assert_snapshot!([said(""), said("notes.txt"), said("nowhere")].join("\n"), @r"
    error: there is neither `Cargo.toml` nor `pipeline.toml` in the folder: `FOLDER/`

    hint: name a crate's folder (`wasmill new` makes one), or a pipeline file

    error: this is no pipeline file: `FOLDER/notes.txt`

    hint: name a crate's folder (`wasmill new` makes one), or a pipeline file

    error: there is no such crate or pipeline: `FOLDER/nowhere`

    hint: name a crate's folder (`wasmill new` makes one), or a pipeline file
    ");
}

#[test]
fn only_records_that_are_wanted_are_read() {
    let folder = folder(&[("a.jsonl", "{\"value\": \"1\", \"key\": null}\n")]);
    let files = BTreeMap::from([
        ("a".to_owned(), folder.path().join("a.jsonl")),
        ("b".to_owned(), folder.path().join("b")),
    ]);
    let source = |name: &str, include_headers| TrialSource {
        name: name.to_owned(),
        include_headers,
    };
    let records = read_records(&files, &[source("a", true), source("c", false)]).unwrap();
    assert_eq!(records.len(), 1);
    assert!(records["a"][0].headers().is_some());
    assert!(read_records(&files, &[source("b", false)]).is_err());
}
