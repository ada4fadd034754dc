//! Values at the ends of their ranges, and texts that mean something to somebody else: they are values like others.

use wasmill_tests::module::module as crate_module;

use super::evil::Evil;
use super::good::beside;
use super::returned::{Column, Field, Kind, Rows, evil, module};

/// The JSON of a row of this column.
fn shown(kind: Kind, column: Column) -> String {
    let fields: [Field; 1] = [("c", kind, 0)];
    let rows = Rows::one(vec![column]);
    let ran = Evil::new("evil", module(&fields, &rows, &evil(&rows), ""), "a U").run();
    assert_eq!((ran.error.as_deref(), ran.offsets().len()), (None, 2), "{ran:?}");
    let row = ran.rows()[1]["c"].clone();
    row.to_string()
}

/// Case 39: control characters of every class, escapes of a terminal, markup.
#[test]
fn texts_for_others() {
    beside(|| {
        let classes = [
            "\0",
            "\u{7}\u{8}",
            "\r\n\t",
            "\u{1b}[31m\u{1b}]0;title\u{7}",
            "\u{7f}\u{85}\u{9b}31m",
            "\u{202e}\u{2066}\u{feff}",
            "<script>alert(1)</script>",
            "'; DROP TABLE x; --",
        ];
        for text in classes {
            let shown = shown(Kind::Utf8, Column::text(text.as_bytes()));
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
            // The words of errors are made fit to be shown.
            let mut column = Column::int64(0);
            (column.length, column.count) = (0, 0);
            let failed = Rows {
                origins: Vec::new(),
                columns: vec![column],
                errors: vec![(0, text.as_bytes().to_vec())],
            };
            let good = Rows::one(vec![Column::int64(7)]);
            let ran = Evil::new(
                "evil",
                module(&[("n", Kind::Int64, 0)], &good, &evil(&failed), ""),
                "a U",
            )
            .run();
            let reason = &ran.letters()[0].1;
            assert!(
                !reason.contains(|c: char| c.is_control() || "\u{202e}\u{2066}\u{feff}".contains(c)),
                "{reason:?}"
            );
        }
    });
}

/// Case 40: JSON that is 10,000 deep, as a record of a module that reads JSON.
#[test]
fn deep_json() {
    beside(|| {
        let deep = [
            format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)),
            format!("{}1{}", "{\"items\":[".repeat(10_000), "]}".repeat(10_000)),
            "[".repeat(1_000_000),
            "{\"a\":".repeat(100_000),
        ];
        let bytes = std::fs::read(crate_module("commandes")).unwrap();
        let ran = Evil {
            records: deep.into(),
            ..Evil::new("orders", bytes, "")
        }
        .run();
        assert_eq!(ran.error, None);
        insta::assert_snapshot!(ran.reasons(), @"
        0: `$` at byte 1000: nested deeper than 1000 levels
        1: `$.items[0]` at byte 5000: nested deeper than 1000 levels
        2: `$` at byte 1000: nested deeper than 1000 levels
        3: `$` at byte 5000: nested deeper than 1000 levels
        ");
    });
}

/// Cases 45, 46: numbers and times at the ends.
#[test]
fn numbers_and_times() {
    beside(|| {
        let doubles = [
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
        ];
        let shown_all: Vec<String> = doubles
            .iter()
            .map(|double| shown(Kind::Float64, Column::float64(*double)))
            .collect();
        insta::assert_snapshot!(shown_all.join("\n"), @r#"
        "NaN"
        "NaN"
        "Infinity"
        "-Infinity"
        -0.0
        2.2250738585072014e-308
        5e-324
        1.7976931348623157e+308
        "#);
        assert_eq!(shown(Kind::Int64, Column::int64(i64::MIN)), i64::MIN.to_string());
        assert_eq!(shown(Kind::Int64, Column::int64(i64::MAX)), i64::MAX.to_string());
        assert_eq!(shown(Kind::Int32, Column::int32(i32::MIN)), i32::MIN.to_string());
        let times = [
            0,
            -1,
            4_102_444_800_000_000,
            253_402_300_799_999_999,
            253_402_300_800_000_000,
            -62_135_596_800_000_000,
            i64::MAX,
            i64::MIN,
        ];
        let shown_all: Vec<String> = times
            .iter()
            .map(|micros| shown(Kind::Timestamp, Column::int64(*micros)))
            .collect();
        insta::assert_snapshot!(shown_all.join("\n"), @r#"
        "1970-01-01T00:00:00.000000Z"
        "1969-12-31T23:59:59.999999Z"
        "2100-01-01T00:00:00.000000Z"
        "9999-12-31T23:59:59.999999Z"
        "+10000-01-01T00:00:00.000000Z"
        "0001-01-01T00:00:00.000000Z"
        "+294247-01-10T04:00:54.775807Z"
        "-290308-12-21T19:59:05.224192Z"
        "#);
        let dates = [0, 2_932_896, 2_932_897, i32::MAX, i32::MIN];
        let shown_all: Vec<String> = dates
            .iter()
            .map(|days| shown(Kind::Date, Column::int32(*days)))
            .collect();
        insta::assert_snapshot!(shown_all.join("\n"), @r#"
        "1970-01-01"
        "9999-12-31"
        "+10000-01-01"
        "+5881580-07-11"
        "-5877641-06-23"
        "#);
    });
}

/// Case 47: a key of a megabyte, and as many groups as the state has room for.
#[test]
fn keys() {
    beside(|| {
        let groups = |name: &'static str, key: &'static str, records: Vec<String>, limit: &str| {
            let text = format!(
                "[table.groups]\nsql = \"SELECT {key} AS k, count(*) AS n FROM {name} GROUP BY {key}\"\n[table.sizes]\nsql = \"SELECT length(k) AS l, n FROM groups\"\n\
                 [sink.sizes]\nfrom = \"sizes\"\nconsole = {{}}\nmode = \"update\"\n{limit}"
            );
            Evil {
                records,
                rest: Some(&text),
                ..Evil::new(name, super::guest::good(), "")
            }
            .run()
        };
        let large = "k".repeat(1 << 20);
        let records = vec![large.clone(), large, "small".to_owned()];
        let ran = groups("keyed", "CAST(length AS string)", records, "");
        assert_eq!(ran.error, None);
        let many: Vec<String> = (0..20_000).map(|_| "a".to_owned()).collect();
        let ran = groups("keyed", "CAST(kafka_offset AS string)", many, "");
        assert_eq!((ran.error.as_deref(), ran.printed.len()), (None, 20_000));
    });
}

/// Case 48: `../../x` as a value that names a folder.
#[test]
fn folders() {
    beside(|| {
        let outside = tempfile::tempdir().unwrap();
        let inside = outside.path().join("a/b/lake");
        for value in [
            "../../x",
            "/etc/x",
            "..",
            ".",
            "a/b",
            "a\\..\\b",
            "%2e%2e%2f",
            "c\0d",
            "",
            "=",
            "x\u{1b}[2J",
        ] {
            let rows = Rows::one(vec![Column::text(value.as_bytes()), Column::int64(1)]);
            let good = Rows::one(vec![Column::text(b"good"), Column::int64(1)]);
            let fields: &[Field] = &[("p", Kind::Utf8, 0), ("n", Kind::Int64, 0)];
            let rest = format!(
                "[sink.lake]\nfrom = \"evil\"\nparquet = {inside:?}\npartition_by = [\"p\"]\nmode = \"append\"\n"
            );
            let evil = Evil {
                rest: Some(&rest),
                ..Evil::new("evil", module(fields, &good, &evil(&rows), ""), "a U b")
            };
            assert_eq!(evil.run().error, None, "{value:?}");
        }
        let beside_it: Vec<String> = std::fs::read_dir(outside.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(beside_it, ["a"]);
        assert_eq!(std::fs::read_dir(outside.path().join("a/b")).unwrap().count(), 1);
        let mut folders: Vec<String> = std::fs::read_dir(&inside)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        insta::assert_snapshot!(folders.join("\n"), @"
        p=%252e%252e%252f
        p=%2Fetc%2Fx
        p=%3D
        p=.
        p=..
        p=..%2F..%2Fx
        p=__HIVE_DEFAULT_PARTITION__
        p=a%2Fb
        p=a%5C..%5Cb
        p=c%00d
        p=good
        p=x%1B%5B2J
        ");
    });
}
