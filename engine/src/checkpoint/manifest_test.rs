use super::*;

/// A manifest with something everywhere.
fn full() -> Manifest {
    let object = |path: &str| Object {
        path: path.to_owned(),
        bytes: 100,
        rows: 3,
        sha256: "ab".repeat(32),
    };
    let owner = Owner {
        id: "7f0f".to_owned(),
        epoch: 2,
        host: "host".to_owned(),
        process: 12,
        since_ms: 1_768_730_400_000,
        space: Some("boot pid:[1]".to_owned()),
        process_start: Some(4),
    };
    let partition = TopicPartition {
        topic: "orders".into(),
        partition: 1,
    };
    let before = [(partition.clone(), 5)].into();
    let now = [(partition, 9)].into();
    let file = |path: &str, hidden| Prepared {
        path: path.to_owned(),
        bytes: 7,
        hidden,
    };
    let sink = SinkState {
        target: "s3://bronze/out".to_owned(),
        columns: vec!["n Int64".to_owned()],
        files: vec![SinkFile {
            prepared: file("a.parquet", Hidden::File(".a.parquet.tmp".to_owned())),
            rows: 4,
        }],
        open: vec![OpenFile {
            path: "b.parquet".to_owned(),
            hidden: Some(Hidden::File(".b.parquet.tmp".to_owned())),
            opened_ms: 1,
        }],
        rows: vec![KeptRows {
            object: object("state/rows-1.arrow"),
            parts: vec![Part {
                path: "b.parquet".to_owned(),
                batches: 1,
            }],
        }],
    };
    let table = TableState {
        query: Some(QueryShape {
            window: Some("windows of 30 seconds".to_owned()),
            keys: vec!["host Utf8".to_owned()],
            aggregates: vec!["count(*)".to_owned()],
            mode: "append".to_owned(),
            watermark: Some("time".to_owned()),
        }),
        emitted: 1,
        forgotten: i64::MIN,
        watermark: Some(WatermarkState {
            current: 5,
            late: 4,
            greatest: vec![Greatest {
                input: 0,
                partition: Some(("orders".to_owned(), 1)),
                time: 6,
            }],
        }),
        groups: 3,
        pieces: vec![object("state/groups-1.arrow")],
    };
    Manifest {
        version: VERSION,
        number: 7,
        previous: Some(6),
        id: "c0".to_owned(),
        pipeline: "p".to_owned(),
        owner,
        written_ms: 1_768_730_401_000,
        state: Some(State {
            next_batch: 3,
            sources: [("raw".to_owned(), SourceState::new("orders".to_owned(), &before, &now))].into(),
            tables: [("t".to_owned(), table)].into(),
            missing: [("first".to_owned(), 2)].into(),
            aggregates: [("spread".to_owned(), 1)].into(),
            modules: [("guest.orders".to_owned(), "d1".to_owned())].into(),
            sinks: [("s".to_owned(), sink)].into(),
            transactional: true,
            taken_back: Vec::new(),
        }),
    }
}

#[test]
fn what_is_written_is_read() {
    let manifest = full();
    let bytes = manifest.bytes().unwrap();
    assert_eq!(Manifest::read(&bytes).unwrap(), manifest);
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"
    {
      "version": 1,
      "number": 7,
      "previous": 6,
      "id": "c0",
      "pipeline": "p",
      "owner": {
        "id": "7f0f",
        "epoch": 2,
        "host": "host",
        "process": 12,
        "since_ms": 1768730400000,
        "space": "boot pid:[1]",
        "process_start": 4
      },
      "written_ms": 1768730401000,
      "state": {
        "next_batch": 3,
        "sources": {
          "raw": {
            "reads": "orders",
            "cluster": null,
            "topics": {
              "orders": {
                "id": null,
                "partitions": {
                  "1": {
                    "from": 5,
                    "until": 9
                  }
                }
              }
            }
          }
        },
        "tables": {
          "t": {
            "query": {
              "window": "windows of 30 seconds",
              "keys": [
                "host Utf8"
              ],
              "aggregates": [
                "count(*)"
              ],
              "mode": "append",
              "watermark": "time"
            },
            "emitted": 1,
            "forgotten": -9223372036854775808,
            "watermark": {
              "current": 5,
              "late": 4,
              "greatest": [
                {
                  "input": 0,
                  "partition": [
                    "orders",
                    1
                  ],
                  "time": 6
                }
              ]
            },
            "groups": 3,
            "pieces": [
              {
                "path": "state/groups-1.arrow",
                "bytes": 100,
                "rows": 3,
                "sha256": "abababababababababababababababababababababababababababababababab"
              }
            ]
          }
        },
        "missing": {
          "first": 2
        },
        "aggregates": {
          "spread": 1
        },
        "modules": {
          "guest.orders": "d1"
        },
        "sinks": {
          "s": {
            "target": "s3://bronze/out",
            "columns": [
              "n Int64"
            ],
            "files": [
              {
                "path": "a.parquet",
                "bytes": 7,
                "hidden": {
                  "file": ".a.parquet.tmp"
                },
                "rows": 4
              }
            ],
            "open": [
              {
                "path": "b.parquet",
                "hidden": {
                  "file": ".b.parquet.tmp"
                },
                "opened_ms": 1
              }
            ],
            "rows": [
              {
                "object": {
                  "path": "state/rows-1.arrow",
                  "bytes": 100,
                  "rows": 3,
                  "sha256": "abababababababababababababababababababababababababababababababab"
                },
                "parts": [
                  {
                    "path": "b.parquet",
                    "batches": 1
                  }
                ]
              }
            ]
          }
        },
        "transactional": true
      }
    }
    "#);
    let paths: Vec<&str> = manifest.objects().map(|object| object.path.as_str()).collect();
    assert_eq!(paths, ["state/groups-1.arrow", "state/rows-1.arrow"]);
    let state = manifest.state.unwrap();
    assert_eq!(state.records(), 4);
    assert_eq!(state.groups(), 3);
    assert_eq!(state.files().collect::<Vec<_>>(), [("s3://bronze/out", "a.parquet")]);
    let position: Vec<i64> = state.sources["raw"].position().into_values().collect();
    assert_eq!(position, [9]);
}

#[test]
fn a_claim_says_who_goes_on() {
    let claim = Manifest { state: None, ..full() };
    assert!(claim.is_claim());
    assert_eq!(Manifest::read(&claim.bytes().unwrap()).unwrap(), claim);
}

#[test]
fn files_that_are_taken_back_are_there_only_if_there_are_some() {
    let mut manifest = full();
    let sink = SinkState {
        target: "/out".to_owned(),
        ..SinkState::default()
    };
    manifest.state.as_mut().unwrap().taken_back.push(sink);
    assert_eq!(Manifest::read(&manifest.bytes().unwrap()).unwrap(), manifest);
}

#[test]
fn a_newer_version_is_refused_whatever_else_it_says() {
    let fault = Manifest::read(br#"{"version": 99, "state": "packed"}"#).unwrap_err();
    insta::assert_snapshot!(fault.report(), @"
    error: it was written by a newer wasmill: its format is version 99, and this one reads 1

    hint: use that wasmill, or give the pipeline another `checkpoint`
    ");
    assert_eq!(fault.kind(), crate::error::Kind::Refused);
}

#[test]
fn what_is_no_manifest_is_damaged() {
    let mut torn = full().bytes().unwrap();
    torn.truncate(torn.len() / 2);
    for bytes in [torn.as_slice(), b"", b"{}", b"[]", br#"{"version": 1}"#] {
        let fault = Manifest::read(bytes).unwrap_err();
        assert!(super::super::is_damaged(&fault), "{fault}");
    }
    insta::assert_snapshot!(Manifest::read(b"").unwrap_err().report(), @"
    error: this is no manifest of a checkpoint: EOF while parsing a value at line 1 column 0

    hint: was it changed by hand? `wasmill checkpoint clear` begins anew
    ");
}

#[test]
fn another_pipelines_is_refused() {
    assert!(full().check_pipeline("p").is_ok());
    insta::assert_snapshot!(full().check_pipeline("q").unwrap_err().report(), @r#"
    error: this is the checkpoint of pipeline `p`, and not of `q`

    hint: give the pipeline another `checkpoint`; if it was renamed, `name = "p"` is its name here
    "#);
}
