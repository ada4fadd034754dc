//! `wasmill checkpoint`, on what real runs leave.

use std::path::PathBuf;

use serde_json::Value;
use wasmill_tests::broker::Kafka;
use wasmill_tests::command::Output;

use super::support::{Desk, transcript};

const PIPELINE: &str = r#"
checkpoint = "c"
trigger = "available-now"

[source.raw]
replay = "r.jsonl"

[table.groups]
sql = "SELECT CAST(value AS STRING) AS value, count(*) AS n FROM raw GROUP BY CAST(value AS STRING)"

[sink.files]
from = "raw"
parquet = "out"

[sink.screen]
from = "groups"
console = {}
mode = "update"
"#;

/// After two runs: checkpoints 1 and 2 of the first, over two records, and 4 and 5 of the second, over one more.
fn desk() -> Desk {
    let desk = Desk::with(&[("p.toml", PIPELINE), ("r.jsonl", "{\"a\": 1}\n{\"a\": 2}\n")]);
    run(&desk);
    desk.write("r.jsonl", b"{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n");
    run(&desk);
    desk
}

fn run(desk: &Desk) -> Output {
    desk.wasmill(&["run", "p.toml"]).succeed()
}

fn rows(desk: &Desk) -> usize {
    wasmill_tests::parquet::rows(&desk.path().join("out")).len()
}

fn checkpoint(desk: &Desk, arguments: &[&str]) -> Output {
    desk.wasmill(&[&["checkpoint"], arguments].concat()).output()
}

/// What was printed, without what differs from run to run.
fn said(desk: &Desk, output: &Output) -> String {
    let folder = desk.path().display().to_string();
    let mut header: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for line in transcript(output, &[(&folder, "FOLDER")]).lines() {
        if line.starts_with("+-") {
            continue;
        }
        let Some(row) = line.strip_prefix('|') else {
            header.clear();
            lines.push(without_who(&without_ids(line)));
            continue;
        };
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        if header.is_empty() {
            header = cells.iter().map(|&cell| cell.to_owned()).collect();
            lines.push(cells.join(" | "));
            continue;
        }
        let plain = header.iter().zip(&cells).map(|(name, cell)| match name.as_str() {
            _ if cell.is_empty() => "-".to_owned(),
            "written" | "begun" => "TIME".to_owned(),
            "by" => "WHO".to_owned(),
            "bytes" => "N".to_owned(),
            _ => without_ids(cell),
        });
        lines.push(plain.collect::<Vec<_>>().join(" | "));
    }
    lines.join("\n")
}

/// `PROCESS` for processes with their machine, `TIME` for when something was written, `N` for bytes.
fn without_who(line: &str) -> String {
    let cut = |line: &str, from: &str, until: &str, instead: &str| match line.split_once(from) {
        Some((before, behind)) => {
            let behind = behind.split_once(until).map_or("", |(_, behind)| behind);
            format!("{before}{instead}{behind}")
        }
        None => line.to_owned(),
    };
    let line = cut(line, "written 20", " by ", "written TIME by ");
    let line = match line.contains(", since ") {
        true => cut(&line, "process ", " UTC", "PROCESS"),
        false => cut(&line, "process ", ", epoch", "PROCESS, epoch"),
    };
    let words: Vec<&str> = line.split(' ').collect();
    let plain = words.iter().enumerate().map(|(at, word)| match words.get(at + 1) {
        Some(next) if next.starts_with("bytes") && word.parse::<u64>().is_ok() => "N",
        _ => word,
    });
    plain.collect::<Vec<_>>().join(" ")
}

/// `ID` for identifiers, with hyphens or without.
fn without_ids(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let behind = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, more) = rest.split_at(behind);
        let (before, digits) = match word.len() {
            length if length >= 36 && word[length - 36..].split('-').count() == 5 => word.split_at(length - 36),
            length if length >= 32 && !word[length - 32..].contains('-') => word.split_at(length - 32),
            _ => (word, ""),
        };
        plain += before;
        if !digits.is_empty() {
            plain += "ID";
        }
        let next = more.chars().next().map_or(0, char::len_utf8);
        plain += &more[..next];
        rest = &more[next..];
    }
    // A file's number may run into its identifier.
    plain.replace("-ID-c000", "ID-c000").replace("ID-c000", "-ID-c000")
}

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
    insta::assert_snapshot!(said(&desk, &set), @"");
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
    part-00000-f761dd2e-6459-467d-a862-df5203dc24c4-c000.snappy.parquet | 1 | N

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

#[test]
fn one_goes_back_and_nothing_is_twice() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2"])), @"
    status 1
    -- stderr
    from checkpoint 5 back to 2: 1 record is read again
    1 file with 1 row, N bytes, written behind it, to be removed:
      FOLDER/out/part-00000-a357691c-5753-4930-b4b5-42c1de6e3442-c000.snappy.parquet
    what was printed or produced to Kafka behind it can't be taken back, and comes again
    error: nothing was done: it can't be undone, and nobody can be asked

    hint: `--yes` does it
    ");
    assert_eq!(rows(&desk), 3);
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2", "--yes"])), @"
    status 0
    -- stdout
    the next run goes on from checkpoint 7, which is 2 again, with batch 1
    -- stderr
    from checkpoint 5 back to 2: 1 record is read again
    1 file with 1 row, N bytes, written behind it, to be removed:
      FOLDER/out/part-00000-a357691c-5753-4930-b4b5-42c1de6e3442-c000.snappy.parquet
    what was printed or produced to Kafka behind it can't be taken back, and comes again
    ");
    assert_eq!(rows(&desk), 2);
    insta::assert_snapshot!(said(&desk, &run(&desk)), @r#"
    status 0
    -- stdout
    -------------------------------------------
    Batch: 1
    -------------------------------------------
    value | n
    {"a": 3} | 1

    -- stderr
    going on from checkpoint 7 with batch 1
    sink `files`: 1 row in 1 file, N bytes
    "#);
    assert_eq!(rows(&desk), 3);
    let newest = checkpoint(&desk, &["rewind", "--url", "c", "10"]);
    insta::assert_snapshot!(said(&desk, &newest), @"
    status 0
    -- stderr
    checkpoint 10 is the newest: the next run goes on from it, and nothing is to be done
    ");
    // All the way.
    checkpoint(&desk, &["rewind", "--url", "c", "1", "--yes"]);
    assert_eq!(rows(&desk), 0);
    run(&desk);
    assert_eq!(rows(&desk), 3);
}

#[test]
fn one_begins_anew() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml"])), @"
    status 1
    -- stderr
    checkpoint `c` of pipeline `p`
    4 checkpoints to be removed, with 3 groups
    the files in `FOLDER/out` stay
    records are read again from where `starting_offsets` says, and their rows are written a second time
    error: nothing was done: it can't be undone, and nobody can be asked

    hint: `--yes` does it
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml", "--yes"])), @"
    status 0
    -- stdout
    removed 4 checkpoints and 3 objects: the next run begins anew
    -- stderr
    checkpoint `c` of pipeline `p`
    4 checkpoints to be removed, with 3 groups
    the files in `FOLDER/out` stay
    records are read again from where `starting_offsets` says, and their rows are written a second time
    ");
    assert_eq!(rows(&desk), 3);
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml", "--yes"])), @"
    status 0
    -- stderr
    there is no checkpoint to go on from: nothing is to be done
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"
    status 0
    -- stdout
    checkpoint `c` of pipeline `p`
    number | written | next_batch | records | groups | bytes | by | what
    0 | TIME | - | - | - | N | WHO | claim
    3 | TIME | - | - | - | N | WHO | claim
    6 | TIME | - | - | - | N | WHO | claim
    there is no checkpoint to go on from: the next run begins anew
    no run owns it; the last one has ended: PROCESS
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"
    status 1
    -- stderr
    error: there is no checkpoint to go on from: the next run begins anew: checkpoint `c`

    hint: `wasmill checkpoint list` has what is there
    ");
    insta::assert_snapshot!(said(&desk, &run(&desk)), @r#"
    status 0
    -- stdout
    -------------------------------------------
    Batch: 0
    -------------------------------------------
    value | n
    {"a": 1} | 1
    {"a": 2} | 1
    {"a": 3} | 1

    -- stderr
    sink `files`: 3 rows in 1 file, N bytes
    "#);
    assert_eq!(rows(&desk), 6);
}

#[test]
fn leftovers_are_found_and_removed() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml"])), @"
    status 0
    -- stderr
    nothing is left over
    ");
    let out = desk.path().join("out");
    let part = std::fs::read_dir(&out)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name()
        .into_string()
        .unwrap();
    let left = part.replace("part-00000", ".part-00007") + ".tmp";
    desk.write(&format!("out/{left}"), b"half");
    desk.write(
        "out/.part-00000-ffffffff-ffff-4fff-8fff-ffffffffffff-c000.snappy.parquet.tmp",
        b"another's",
    );
    desk.write("c/state/groups-00000000000040008000000000000000.arrow", b"half");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml"])), @"
    status 0
    -- stdout
    what | folder | path
    object | c | state/groups-ID.arrow
    file | FOLDER/out | .part-00007-7a451434-689b-4444-85c1-4e40e23bf48a-c000.snappy.parquet.tmp
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml", "--remove"])), @"
    status 0
    -- stdout
    what | folder | path
    object | c | state/groups-ID.arrow
    file | FOLDER/out | .part-00007-7a451434-689b-4444-85c1-4e40e23bf48a-c000.snappy.parquet.tmp
    -- stderr
    2 leftovers removed
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "--url", "c"])), @"
    status 0
    -- stderr
    nothing is left over
    ");
    assert!(!out.join(left).exists());
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 3);
    run(&desk);
    assert_eq!(rows(&desk), 3);
}

#[test]
fn a_run_that_lives_is_left_alone() {
    let kafka = Kafka::start();
    let topic = kafka.topic_name("commandes-json");
    kafka.create_topic(&topic, 1);
    let desk = Desk::with(&[("r.jsonl", "{\"a\": 1}\n{\"a\": 2}\n")]);
    let stream = PIPELINE.replace("trigger = \"available-now\"\n", "").replace(
        "replay = \"r.jsonl\"",
        &format!("subscribe = \"{topic}\"\nstarting_offsets = \"earliest\""),
    );
    desk.write("p.toml", stream.as_bytes());
    kafka.produce(&topic, &desk.path().join("r.jsonl"));
    let running = kafka
        .wasmill(["run", "p.toml", "--no-monitor"])
        .within(desk.path())
        .start();
    running.wait_for_stdout("rows", |stdout| stdout.contains("Batch: 0").then_some(()));
    while !desk.path().join("c/2.json").exists() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    if cfg!(target_os = "linux") {
        let listed = said(&desk, &checkpoint(&desk, &["list", "p.toml"]));
        assert!(listed.ends_with("a run owns it: PROCESS"), "{listed}");
        let orphans = checkpoint(&desk, &["orphans", "p.toml"]);
        assert!(orphans.stderr.contains("are left out: that run may go on"), "{orphans}");
    }
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "1", "--yes"])), @"");
    let clear = checkpoint(&desk, &["clear", "p.toml", "--yes"]);
    let remove = checkpoint(&desk, &["orphans", "p.toml", "--remove"]);
    for refused in [clear, remove] {
        assert_eq!(refused.code, Some(1));
        assert!(
            refused.stderr.contains("error: pipeline `p` runs already: process "),
            "{refused}"
        );
    }
    running.interrupt();
    assert_eq!(running.finish().code, Some(0));
    assert_eq!(rows(&desk), 2);
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
    the next run goes on from checkpoint 5 with batch 2
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

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let folder = desk.path().join("c");
    let mode = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    // Whoever may do everything writes all the same.
    if std::fs::write(folder.join("probe"), "").is_ok() {
        return mode(0o755);
    }
    assert_eq!(checkpoint(&desk, &["list", "p.toml"]).code, Some(0));
    for arguments in [
        ["rewind", "p.toml", "2", "--yes"].as_slice(),
        &["clear", "p.toml", "--yes"],
        &["orphans", "p.toml", "--remove"],
    ] {
        let refused = checkpoint(&desk, arguments);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(refused.stderr.contains("Permission denied"), "{refused}");
    }
    mode(0o755);
    assert_eq!(rows(&desk), 3);
}
