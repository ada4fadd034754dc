//! Going back, beginning anew, removing what is left over.

use wasmill_tests::broker::Kafka;

use super::super::support::Desk;
use super::desk::{PIPELINE, checkpoint, desk, rows, run, said};

#[test]
fn one_goes_back_and_nothing_is_twice() {
    let desk = desk();
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "2"])), @"
    status 1
    -- stderr
    from checkpoint 5 back to 2: 1 record is read again
    1 file with 1 row, N bytes, written behind it, to be removed:
      FOLDER/out/part-00000-ID-c000.snappy.parquet
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
      FOLDER/out/part-00000-ID-c000.snappy.parquet
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
    file | FOLDER/out | .part-00007-ID-c000.snappy.parquet.tmp
    ");
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["orphans", "p.toml", "--remove"])), @"
    status 0
    -- stdout
    what | folder | path
    object | c | state/groups-ID.arrow
    file | FOLDER/out | .part-00007-ID-c000.snappy.parquet.tmp
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
    // Takes its time each time.
    while !desk.path().join("c/2.json").exists() {
        checkpoint(&desk, &["list", "p.toml"]);
    }
    if cfg!(target_os = "linux") {
        let listed = said(&desk, &checkpoint(&desk, &["list", "p.toml"]));
        assert!(listed.ends_with("a run owns it: PROCESS"), "{listed}");
        let orphans = checkpoint(&desk, &["orphans", "p.toml"]);
        assert!(orphans.stderr.contains("are left out: that run may go on"), "{orphans}");
    }
    insta::assert_snapshot!(said(&desk, &checkpoint(&desk, &["rewind", "p.toml", "1", "--yes"])), @"
    status 1
    -- stderr
    from checkpoint 2 back to 1: 2 records are read again
    no file was written behind it
    what was printed or produced to Kafka behind it can't be taken back, and comes again
    the pipeline was run by PROCESS, and it is not said that it has ended: listening for 6.5 s
    error: pipeline `p` runs already: PROCESS: checkpoint `c`

    hint: stop that run first; a second one beside it needs a `checkpoint` of its own, and sinks of its own
    ");
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
