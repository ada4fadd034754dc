use std::path::Path;
use std::time::Duration;

use super::super::testing::{mistakes, mistakes_with, pipeline};
use super::*;

const SOUND: &str = "[source.raw]\nsubscribe = \"orders\"\n[sink.screen]\nfrom = \"raw\"\nconsole = {}\n";

fn spec(line: &str) -> Option<CheckpointSpec> {
    let pipeline = pipeline(Path::new("/lab"), &format!("{line}\n{SOUND}"), &[]);
    assert!(pipeline.mistakes.is_empty());
    pipeline.spec.checkpoint
}

fn wrong(line: &str) -> String {
    mistakes(&format!("{line}\n{SOUND}"))
}

#[test]
fn it_is_beside_the_pipeline_file() {
    let spec = spec("").unwrap();
    assert_eq!(spec.url, "/lab/p.checkpoint");
    assert_eq!((spec.interval, spec.keep), (Duration::from_secs(1), 10));
    assert!(spec.is_default);
}

#[test]
fn an_address_or_a_path_from_the_files_folder() {
    for (line, url) in [
        (
            "checkpoint = \"s3://bronze/_checkpoints/orders\"",
            "s3://bronze/_checkpoints/orders",
        ),
        ("checkpoint = \"file:///data/c\"", "file:///data/c"),
        ("checkpoint = \"c\"", "/lab/c"),
        ("checkpoint = { url = \"c\" }", "/lab/c"),
        ("checkpoint = { keep = 3 }", "/lab/p.checkpoint"),
    ] {
        let spec = spec(line).unwrap();
        assert_eq!(spec.url, url, "{line}");
        assert!(!spec.is_default, "{line}");
    }
}

#[test]
fn how_often_and_how_many() {
    let spec = spec("checkpoint = { url = \"c\", interval = \"10 seconds\", keep = 1 }").unwrap();
    assert_eq!((spec.interval, spec.keep), (Duration::from_secs(10), 1));
}

#[test]
fn there_may_be_none() {
    assert_eq!(spec("checkpoint = false"), None);
}

#[test]
fn it_is_set_from_the_command_line() {
    let set = |value: &str| {
        let pipeline = pipeline(Path::new("/lab"), SOUND, &[value]);
        assert!(pipeline.mistakes.is_empty());
        pipeline.spec.checkpoint
    };
    assert_eq!(set("checkpoint=s3://b/c").unwrap().url, "s3://b/c");
    assert_eq!(set("checkpoint=false"), None);
    assert_eq!(set("checkpoint.keep=2").unwrap().keep, 2);
    insta::assert_snapshot!(mistakes_with(SOUND, &["checkpoint=true"]), @r#"
    error: `checkpoint` must be an address, a table, or false, and is a boolean
     --> --set:1:12
      |
    1 | checkpoint=true
      |            ^^^^
      |
    hint: for example `checkpoint = "s3://bronze/_checkpoints/orders"`, or `{ url = "...", interval = "10 seconds", keep = 10 }`

    1 mistake in `p.toml`
    "#);
}

#[test]
fn what_is_wrong_with_it() {
    insta::assert_snapshot!(wrong("checkpoint = true"), @r#"
    error: `checkpoint` must be an address, a table, or false, and is a boolean
     --> p.toml:1:14
      |
    1 | checkpoint = true
      |              ^^^^
      |
    hint: for example `checkpoint = "s3://bronze/_checkpoints/orders"`, or `{ url = "...", interval = "10 seconds", keep = 10 }`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong("checkpoint = 3"), @r#"
    error: `checkpoint` must be an address, a table, or false, and is an integer
     --> p.toml:1:14
      |
    1 | checkpoint = 3
      |              ^
      |
    hint: for example `checkpoint = "s3://bronze/_checkpoints/orders"`, or `{ url = "...", interval = "10 seconds", keep = 10 }`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong("checkpoint = \"\""), @r#"
    error: `checkpoint`: the folder has no name
     --> p.toml:1:14
      |
    1 | checkpoint = ""
      |              ^^
      |
    hint: write `s3://bucket/prefix`, `file:///path` or a path

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong("checkpoint = \"gs://bucket/c\""), @r#"
    error: `checkpoint`: can't write to `gs://`: `gs://bucket/c`
     --> p.toml:1:14
      |
    1 | checkpoint = "gs://bucket/c"
      |              ^^^^^^^^^^^^^^^
      |
    hint: write `s3://bucket/prefix`, `file:///path` or a path

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(wrong("checkpoint = { url = \"s3:///c\", interval = \"soon\", keep = 0, evry = 1 }"), @r#"
    error: `checkpoint`: the bucket is missing: `s3:///c`
     --> p.toml:1:22
      |
    1 | checkpoint = { url = "s3:///c", interval = "soon", keep = 0, evry = 1 }
      |                      ^^^^^^^^^
      |
    hint: write `s3://bucket/prefix`

    error: `interval` can't be "soon": `soon` lacks a unit behind `soon`
     --> p.toml:1:44
      |
    1 | checkpoint = { url = "s3:///c", interval = "soon", keep = 0, evry = 1 }
      |                                            ^^^^^^
      |
    hint: for example "1 minute"

    error: `keep` must be 1 or more
     --> p.toml:1:59
      |
    1 | checkpoint = { url = "s3:///c", interval = "soon", keep = 0, evry = 1 }
      |                                                           ^
      |
    hint: for example `checkpoint = "s3://bronze/_checkpoints/orders"`, or `{ url = "...", interval = "10 seconds", keep = 10 }`

    error: unknown key `evry` in `checkpoint`
     --> p.toml:1:62
      |
    1 | checkpoint = { url = "s3:///c", interval = "soon", keep = 0, evry = 1 }
      |                                                              ^^^^
      |
    hint: known keys: `url`, `interval`, `keep`

    4 mistakes in `p.toml`
    "#);
}

#[test]
fn the_place_of_a_pipelines_checkpoint() {
    let text =
        format!("checkpoint = \"c\"\nname = \"orders\"\n{SOUND}[sink.files]\nfrom = \"raw\"\nparquet = \"out\"\n");
    let place = pipeline(Path::new("/lab"), &text, &[]).checkpoint().unwrap().unwrap();
    assert_eq!(place.url, "/lab/c");
    assert_eq!(place.pipeline.as_deref(), Some("orders"));
    assert_eq!(place.folders, ["/lab/out"]);
    let none = pipeline(Path::new("/lab"), &format!("checkpoint = false\n{SOUND}"), &[]);
    assert!(none.checkpoint().unwrap().is_none());
    let wrong = pipeline(Path::new("/lab"), &format!("checkpoint = 3\n{SOUND}"), &[]);
    assert!(wrong.checkpoint().is_err());
}
