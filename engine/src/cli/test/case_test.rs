use std::fs;

use super::*;

/// A project of this pipeline, with these files in its cases.
fn project(pipeline: &str, files: &[&str]) -> (tempfile::TempDir, Project, Pipeline) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.toml"), pipeline).unwrap();
    for file in files {
        let path = folder.path().join("cases").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let project = Project::find(folder.path()).unwrap();
    let pipeline = project.pipeline(Vec::new()).unwrap();
    (folder, project, pipeline)
}

const ONE: &str = "[source.raw]\nsubscribe = \"t\"\n[guest.big]\nfrom = \"raw\"\nmodule = \".\"\n\
                   [table.best]\nsql = \"SELECT 1\"\n[sink.s]\nfrom = \"best\"\nconsole = {}\n";
const TWO: &str = "[source.left]\nsubscribe = \"t\"\n[source.right]\nsubscribe = \"u\"\n\
                   [table.both]\nsql = \"SELECT 1\"\n[sink.s]\nfrom = \"both\"\nconsole = {}\n";

fn said(pipeline: &str, files: &[&str]) -> String {
    let (folder, project, pipeline) = project(pipeline, files);
    let fault = all(&project, &pipeline).unwrap_err();
    fault.report().replace(&folder.path().display().to_string(), "FOLDER")
}

#[test]
fn a_case_is_a_folder_of_records_and_rows() {
    let files = [
        "second/records.jsonl",
        "second/big_errors.jsonl",
        "first/raw.jsonl",
        "first/BEST.jsonl",
        "first/notes.txt",
        ".hidden/x.jsonl",
        "README.md",
    ];
    let (_folder, project, pipeline) = project(ONE, &files);
    let cases = all(&project, &pipeline).unwrap();
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
    let keys = |files: &BTreeMap<String, PathBuf>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (keys(&cases[0].records), keys(&cases[0].expected)),
        (vec!["raw".into()], vec!["best".into()])
    );
    assert_eq!(
        (keys(&cases[1].records), keys(&cases[1].expected)),
        (vec!["raw".into()], vec!["big_errors".into()])
    );
    assert!(cases[0].file_of("best").ends_with("first/BEST.jsonl"));
    assert!(cases[0].file_of("big").ends_with("first/big.jsonl"));
}

#[test]
fn each_of_several_sources_has_its_file() {
    let (_folder, project, pipeline) = project(TWO, &["a/left.jsonl", "a/both.jsonl", "b/right.jsonl", "b/left.jsonl"]);
    let cases = all(&project, &pipeline).unwrap();
    assert_eq!((cases[0].records.len(), cases[1].records.len()), (1, 2));
}

#[test]
fn what_is_wrong_with_cases() {
    insta::assert_snapshot!(said(ONE, &[]), @r"
    error: there are no cases: `FOLDER/cases`

    hint: a case is a folder in it, with a file `records.jsonl`, a record a line; `wasmill test --bless FOLDER` writes the rows that come of it beside it
    ");
    insta::assert_snapshot!(said(ONE, &["a/best.jsonl"]), @r#"
    error: the case has no records: `FOLDER/cases/a`

    hint: put them into `records.jsonl`, a line each: a value as it stands, or {"key": ..., "value": ...}
    "#);
    insta::assert_snapshot!(said(TWO, &["a/both.jsonl"]), @r#"
    error: the case has no records: `FOLDER/cases/a`

    hint: put them into `left.jsonl` and `right.jsonl`, a line each: a value as it stands, or {"key": ..., "value": ...}
    "#);
    insta::assert_snapshot!(said(ONE, &["a/records.jsonl", "a/bset.jsonl"]), @r"
    error: the pipeline has neither a source nor a table `bset`: `FOLDER/cases/a/bset.jsonl`

    hint: did you mean `best.jsonl`?
    ");
    insta::assert_snapshot!(said(TWO, &["a/records.jsonl"]), @r"
    error: the pipeline has neither a source nor a table `records`: `FOLDER/cases/a/records.jsonl`

    hint: files are called by a source or a table, which are `left`, `right`, `both`
    ");
    let twice = said(ONE, &["a/records.jsonl", "a/raw.jsonl"]);
    assert!(
        twice.starts_with("error: source `raw` has two files of records in a case: "),
        "{twice}"
    );
}
