//! `wasmill checkpoint`, on what real runs leave.

use std::path::PathBuf;

use serde_json::Value;

use super::support::Desk;
use desk::{checkpoint, desk, rows, run, said};

#[path = "checkpoint/changes.rs"]
mod changes;
#[path = "checkpoint/desk.rs"]
mod desk;

#[test]
fn checkpoints_are_listed() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    number | written | next_batch | records | groups | bytes | by | what
    0 | TIME | - | - | - | N | WHO | claim
    1 | TIME | 0 | 0 | 0 | N | WHO | -
    2 | TIME | 1 | 2 | 2 | N | WHO | -
    3 | TIME | - | - | - | N | WHO | claim
    4 | TIME | 1 | 0 | 2 | N | WHO | -
    5 | TIME | 2 | 1 | 3 | N | WHO | newest
    the next run goes on from checkpoint 5 with batch 2
    no run owns it; the last one has ended: PROCESS
    ");
    let by_url = checkpoint(&desk, &["list", "--url", "c"]);
    assert_eq!(said(&desk, &by_url).lines().count(), 12, "{by_url}");
    let file = format!("file://{}/c", desk.path().display());
    assert_eq!(checkpoint(&desk, &["list", "--url", &file]).code, Some(0));
    let set = checkpoint(&desk, &["list", "p.toml", "--set", "checkpoint=elsewhere"]);
    insta::assert_snapshot!(said(&desk, &set), @"
    status 1
    -- stderr
    error: there is no checkpoint: checkpoint `elsewhere`

    hint: a stream makes one as soon as it runs: `wasmill run PIPELINE.toml`
    ");
}

#[test]
fn machines_read_json() {
    let desk = desk();
    let json = |arguments: &[&str]| -> Value {
        let output = checkpoint(&desk, &[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    };
    let list = json(&["list", "p.toml"]);
    assert_eq!((&list["pipeline"], &list["newest"]), (&"p".into(), &5.into()));
    assert_eq!(list["owner"]["run"], "ended");
    let kinds: Vec<&str> = list["checkpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["claim", "checkpoint", "checkpoint", "claim", "checkpoint", "checkpoint"]
    );
    assert_eq!(
        (&list["checkpoints"][2]["records"], &list["checkpoints"][2]["groups"]),
        (&2.into(), &2.into())
    );
    let show = json(&["show", "p.toml", "2"]);
    assert_eq!(
        show["manifest"]["state"]["sources"]["raw"]["topics"]["raw"]["partitions"]["0"]["until"],
        2
    );
    assert_eq!(json(&["orphans", "p.toml"])["orphans"], Value::Array(Vec::new()));
    let rewound = json(&["rewind", "p.toml", "2", "--yes"]);
    assert_eq!(
        (&rewound["rewoundTo"], &rewound["checkpoint"], &rewound["nextBatch"]),
        (&2.into(), &7.into(), &1.into())
    );
    assert_eq!(rewound["removed"].as_array().unwrap().len(), 1);
    assert_eq!(
        json(&["orphans", "p.toml", "--remove"])["removed"],
        Value::Array(Vec::new())
    );
    assert_eq!(json(&["clear", "p.toml", "--yes"])["checkpoints"], 3);
}

#[test]
fn a_checkpoint_is_shown() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    checkpoint 5, written TIME by PROCESS, epoch 1
    its run goes on from checkpoint 4
    the next batch is 2

    source `raw` reads Replay[raw]
    topic | partition | from | until | records
    raw | 0 | 2 | 3 | 1

    table `groups`
      3 groups in 3 objects, N bytes
      grouped by `value Utf8`; aggregates `count(Int64(1))`; mode update

    sink `files` writes to `FOLDER/out`
    1 file became visible with it
    file | rows | bytes
    part-00000-ID-c000.snappy.parquet | 1 | N

    no run owns it; the last one has ended: PROCESS
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "--url", "c", "3"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    claim 3, written TIME by PROCESS, epoch 1
    its run goes on from checkpoint 2

    no run owns it; the last one has ended: PROCESS
    ");
}

/// The path of the first object of this kind.
fn object(desk: &Desk) -> PathBuf {
    let show = checkpoint(desk, &["show", "p.toml", "--output", "json"]);
    let show: Value = serde_json::from_str(&show.stdout).unwrap();
    let path = show["manifest"]["state"]["tables"]["groups"]["pieces"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.path().join("c").join(path)
}

#[test]
fn what_is_damaged_is_told() {
    let desk = desk();
    std::fs::remove_file(object(&desk)).unwrap();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    number | written | next_batch | records | groups | bytes | by | what
    0 | TIME | - | - | - | N | WHO | claim
    1 | TIME | 0 | 0 | 0 | N | WHO | damaged: 1 object gone
    2 | TIME | 1 | 2 | 2 | N | WHO | damaged: 1 object gone
    3 | TIME | - | - | - | N | WHO | claim
    4 | TIME | 1 | 0 | 2 | N | WHO | damaged: 1 object gone
    5 | TIME | 2 | 1 | 3 | N | WHO | damaged: 1 object gone
    the next run can't go on: all checkpoints are damaged
    no run owns it; the last one has ended: PROCESS
    ");
    let shown = said(&desk, &checkpoint(&desk, &["show", "p.toml"]));
    let damaged = shown.lines().find(|line| line.starts_with("damaged"));
    insta::assert_snapshot!(damaged.unwrap(), @"damaged: object `state/groups-ID.arrow` is gone, so that it can't be gone on from");
    desk.write("c/4.json", b"{");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml", "4"])), @"
    status 1
    -- stderr
    error: checkpoint 4 can't be read: this is no manifest of a checkpoint: checkpoint `c/4.json`: EOF while parsing an object at line 1 column 1
    ");
    desk.write("c/5.json", b"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    number | written | next_batch | records | groups | bytes | by | what
    0 | TIME | - | - | - | N | WHO | claim
    1 | TIME | 0 | 0 | 0 | N | WHO | damaged: 1 object gone
    2 | TIME | 1 | 2 | 2 | N | WHO | damaged: 1 object gone
    3 | TIME | - | - | - | N | WHO | claim
    4 | - | - | - | - | N | - | can't be read
    5 | - | - | - | - | N | - | can't be read
    the next run can't go on: manifest 5 can't be read: checkpoint `c`
    no run owns it; the last one has ended: PROCESS
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"
    status 1
    -- stderr
    error: manifest 5 can't be read: checkpoint `c`

    hint: was it changed by hand? `wasmill checkpoint clear` begins anew
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2", "--yes"])), @"
    status 1
    -- stderr
    error: manifest 5 can't be read: checkpoint `c`

    hint: was it changed by hand? `wasmill checkpoint clear` begins anew
    ");
    checkpoint(&desk, &["clear", "p.toml", "--yes"]);
    run(&desk);
    assert_eq!(rows(&desk), 6);
}

#[test]
fn what_is_not_there() {
    let desk = desk();
    let said = |arguments: &[&str]| said(&desk, &checkpoint(&desk, arguments));
    insta::assert_snapshot!(said(&["list", "--url", "nowhere"]), @"
    status 1
    -- stderr
    error: there is no checkpoint: checkpoint `nowhere`

    hint: a stream makes one as soon as it runs: `wasmill run PIPELINE.toml`
    ");
    insta::assert_snapshot!(said(&["show", "p.toml", "9"]), @"
    status 1
    -- stderr
    error: there is no checkpoint 9: checkpoint `c`

    hint: those that are there: 0, 1, 2, 3, 4, 5
    ");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "9", "--yes"]), @"
    status 1
    -- stderr
    error: there is no checkpoint 9: checkpoint `c`

    hint: there are checkpoints 1, 2, 4 and 5
    ");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "3", "--yes"]), @"
    status 1
    -- stderr
    error: 3 is no checkpoint: a run that began said there that it goes on: checkpoint `c`

    hint: there are checkpoints 1, 2, 4 and 5
    ");
    insta::assert_snapshot!(said(&["rewind", "p.toml"]), @"
    status 1
    -- stderr
    error: which checkpoint to go back to is missing

    hint: `wasmill checkpoint list` has the numbers
    ");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "two"]), @"
    status 1
    -- stderr
    error: `two` is no number of a checkpoint

    hint: `wasmill checkpoint list` has the numbers
    ");
    insta::assert_snapshot!(said(&["show", "p.toml", "1", "--url", "c"]), @"
    status 1
    -- stderr
    error: a pipeline file and `--url` name two checkpoints

    hint: give one of them
    ");
    insta::assert_snapshot!(said(&["show"]), @"
    status 1
    -- stderr
    error: which checkpoint is meant is missing

    hint: name a pipeline file, or the checkpoint's folder by `--url`
    ");
    insta::assert_snapshot!(said(&["list"]), @"
    status 2
    -- stderr
    error: the following required arguments were not provided:
      <PIPELINE.toml>

    Usage: wasmill checkpoint list <PIPELINE.toml>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said(&["list", "p.toml", "--set", "checkpoint=false"]), @"
    status 1
    -- stderr
    error: the pipeline keeps no checkpoint: `p.toml`

    hint: `checkpoint = false` says so; without it the checkpoint is beside the pipeline file
    ");
    insta::assert_snapshot!(said(&["list", "p.toml", "--set", "checkpoint=true"]), @r#"
    status 1
    -- stderr
    error: `checkpoint` must be an address, a table, or false, and is a boolean
     --> --set:1:12
      |
    1 | checkpoint=true
      |            ^^^^
      |
    hint: for example `checkpoint = "s3://bronze/_checkpoints/orders"`, or `{ url = "...", interval = "10 seconds", keep = 10 }`

    1 mistake in `p.toml`
    "#);
    insta::assert_snapshot!(said(&["list", "--url", "gs://bucket/c"]), @"
    status 1
    -- stderr
    error: can't write to `gs://`: `gs://bucket/c`

    hint: write `s3://bucket/prefix`, `file:///path` or a path
    ");
}

#[test]
fn another_pipelines_and_a_newer_versions() {
    let desk = desk();
    for command in ["list", "show", "clear", "orphans"] {
        let other = checkpoint(&desk, &[command, "p.toml", "--set", "name=q"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&desk, &other), @r#"
            status 1
            -- stderr
            error: this is the checkpoint of pipeline `p`, and not of `q`: checkpoint `c`

            hint: give the pipeline another `checkpoint`; if it was renamed, `name = "p"` is its name here
            "#);
        }
    }
    desk.write("c/6.json", b"{\"version\": 99}");
    for command in ["list", "show", "clear", "orphans"] {
        let newer = checkpoint(&desk, &[command, "p.toml"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&desk, &newer), @"
            status 1
            -- stderr
            error: it was written by a newer wasmill: its format is version 99, and this one reads 1: checkpoint `c/6.json`

            hint: use that wasmill, or give the pipeline another `checkpoint`
            ");
        }
    }
    let ran = desk.wasmill(&["run", "p.toml"]).fail();
    assert!(ran.stderr.contains("a newer wasmill"), "{ran}");
}
