//! `wasmill checkpoint`, on what real runs leave.

use std::path::PathBuf;

use serde_json::Value;
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
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"");
    let by_url = checkpoint(&desk, &["list", "--url", "c"]);
    assert_eq!(said(&desk, &by_url).lines().count(), 11, "{by_url}");
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
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "--url", "c", "3"])), @"");
}

#[test]
fn one_goes_back_and_nothing_is_twice() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2"])), @"");
    assert_eq!(rows(&desk), 3);
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2", "--yes"])), @"");
    assert_eq!(rows(&desk), 2);
    insta::assert_snapshot!(said(&desk, &run(&desk)), @"");
    assert_eq!(rows(&desk), 3);
    let newest = checkpoint(&desk, &["rewind", "--url", "c", "10"]);
    insta::assert_snapshot!(said(&desk, &newest), @"");
    // All the way.
    checkpoint(&desk, &["rewind", "--url", "c", "1", "--yes"]);
    assert_eq!(rows(&desk), 0);
    run(&desk);
    assert_eq!(rows(&desk), 3);
}

#[test]
fn one_begins_anew() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml", "--yes"])), @"");
    assert_eq!(rows(&desk), 3);
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["clear", "p.toml", "--yes"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &run(&desk)), @"");
    assert_eq!(rows(&desk), 6);
}

#[test]
fn leftovers_are_found_and_removed() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml"])), @"");
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
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml", "--remove"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "--url", "c"])), @"");
    assert!(!out.join(left).exists());
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 3);
    run(&desk);
    assert_eq!(rows(&desk), 3);
}

#[test]
fn a_run_that_lives_is_left_alone() {
    let desk = desk();
    let stream = PIPELINE.replace("trigger = \"available-now\"\n", "");
    desk.write("p.toml", stream.as_bytes());
    let running = desk.wasmill(&["run", "p.toml", "--no-monitor"]).start();
    running.wait_for_stderr("its beginning", |stderr| {
        stderr.contains("going on from checkpoint 5").then_some(())
    });
    if cfg!(target_os = "linux") {
        let listed = said(&desk, &checkpoint(&desk, &["list", "p.toml"]));
        assert!(listed.ends_with("a run owns it: PROCESS"), "{listed}");
    }
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2", "--yes"])), @"");
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
    assert_eq!(rows(&desk), 3);
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
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"");
    let shown = said(&desk, &checkpoint(&desk, &["show", "p.toml"]));
    let damaged = shown.lines().find(|line| line.starts_with("damaged"));
    insta::assert_snapshot!(damaged.unwrap(), @"");
    desk.write("c/4.json", b"{");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml", "4"])), @"");
    desk.write("c/5.json", b"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["list", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["show", "p.toml"])), @"");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2", "--yes"])), @"");
    checkpoint(&desk, &["clear", "p.toml", "--yes"]);
    run(&desk);
    assert_eq!(rows(&desk), 6);
}

#[test]
fn what_is_not_there() {
    let desk = desk();
    let said = |arguments: &[&str]| said(&desk, &checkpoint(&desk, arguments));
    insta::assert_snapshot!(said(&["list", "--url", "nowhere"]), @"");
    insta::assert_snapshot!(said(&["show", "p.toml", "9"]), @"");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "9", "--yes"]), @"");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "3", "--yes"]), @"");
    insta::assert_snapshot!(said(&["rewind", "p.toml"]), @"");
    insta::assert_snapshot!(said(&["rewind", "p.toml", "two"]), @"");
    insta::assert_snapshot!(said(&["show", "p.toml", "1", "--url", "c"]), @"");
    insta::assert_snapshot!(said(&["show"]), @"");
    insta::assert_snapshot!(said(&["list"]), @"");
    insta::assert_snapshot!(said(&["list", "p.toml", "--set", "checkpoint=false"]), @"");
    insta::assert_snapshot!(said(&["list", "p.toml", "--set", "checkpoint=true"]), @"");
    insta::assert_snapshot!(said(&["list", "--url", "gs://bucket/c"]), @"");
}

#[test]
fn another_pipelines_and_a_newer_versions() {
    let desk = desk();
    for command in ["list", "show", "clear", "orphans"] {
        let other = checkpoint(&desk, &[command, "p.toml", "--set", "name=q"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&desk, &other), @"");
        }
    }
    desk.write("c/6.json", b"{\"version\": 99}");
    for command in ["list", "show", "clear", "orphans"] {
        let newer = checkpoint(&desk, &[command, "p.toml"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&desk, &newer), @"");
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
