//! What comes back is not what was promised. The record that brought it is a dead letter, its neighbours are through.

use super::evil::{Evil, refused};
use super::good::beside;
use super::guest::at_u;
use super::returned::{Column, Field, Image, Kind, Rows, evil, module};

const NUMBER: &[Field] = &[("n", Kind::Int64, 0)];
const TEXT: &[Field] = &[("t", Kind::Utf8, 0)];

fn number() -> Rows {
    Rows::one(vec![Column::int64(7)])
}

fn text() -> Rows {
    Rows::one(vec![Column::text(b"seven")])
}

/// Why `U` between two others is a dead letter, or its row.
fn outcome(module: Vec<u8>) -> String {
    let ran = Evil::new("evil", module, "a U b").run();
    assert_eq!(ran.error, None);
    match ran.offsets()[..] {
        [0, 2] => ran.letters()[0].1.clone(),
        [0, 1, 2] => "a row".to_owned(),
        _ => panic!("neighbours are lost: {ran:?}"),
    }
}

/// What comes of these rows, where one number is promised.
fn numbers(rows: &Rows) -> String {
    outcome(module(NUMBER, &number(), &evil(rows), ""))
}

fn texts(rows: &Rows) -> String {
    outcome(module(TEXT, &text(), &evil(rows), ""))
}

/// Cases 36, 41, 49: too much of it: texts, rows, words.
#[test]
fn floods() {
    beside(|| {
        // The text is of zeroes: memory that was taken for it, and not touched.
        let long = |bytes: u32| {
            let mut image = evil(&text());
            let values = image.lists[4];
            let offsets = image.at(image.lists[3]) - 0x1_0000;
            image.word(values, 0x8_0000);
            image.word(values + 4, bytes);
            image.word(offsets as usize + 4, bytes);
            let first = format!("(drop (memory.grow (i32.const {})))", bytes / 65536 + 1);
            module(TEXT, &text(), &image, &first)
        };
        insta::assert_snapshot!(outcome(long(200 << 20)), @"returned or logged more than the 134217728 bytes allowed");
        // Below the limit of a call it is a value like another.
        let whole = Evil {
            rest: Some(
                "[table.l]\nsql = \"SELECT kafka_offset, length(t) AS l FROM evil\"\n[sink.l]\nfrom = \"l\"\nconsole = {}\n",
            ),
            ..Evil::new("evil", long(100 << 20), "a U b")
        };
        let lengths: Vec<_> = whole.run().rows().iter().map(|row| row["l"].as_u64()).collect();
        assert_eq!(lengths, [Some(5), Some(100 << 20), Some(5)]);

        // Rows without number, all of the same zeroes.
        let rows = |count: u32| {
            let mut image = evil(&number());
            let columns = image.at(image.lists[1]) - 0x1_0000;
            image.word(columns as usize, count);
            for (list, length) in [(image.lists[0], count), (image.lists[4], count)] {
                image.word(list, 0x8_0000);
                image.word(list + 4, length);
            }
            module(
                NUMBER,
                &number(),
                &image,
                &format!("(drop (memory.grow (i32.const {})))", count / 8192 + 1),
            )
        };
        insta::assert_snapshot!(outcome(rows(10_000_000)), @"returned 10000000 rows, more than the 1000000 allowed");
        insta::assert_snapshot!(outcome(rows(20_000_000)), @"returned or logged more than the 134217728 bytes allowed");

        // Ten megabytes of words, of a record and of the call.
        let words = |mut image: Image, list: usize| {
            image.word(image.lists[list], 0x8_0000);
            image.word(image.lists[list] + 4, 10_000_000);
            let first = "(drop (memory.grow (i32.const 160))) (memory.fill (i32.const 0x80000) (i32.const 119) (i32.const 10000000))";
            let reason = outcome(module(NUMBER, &number(), &image, first));
            assert!(reason.len() < 1_100 && reason.ends_with("www..."), "{}", reason.len());
            reason.len()
        };
        let failed = Rows {
            origins: Vec::new(),
            columns: vec![Column {
                length: 0,
                count: 0,
                values: Vec::new(),
                ..Column::int64(0)
            }],
            errors: vec![(0, b"x".to_vec())],
        };
        let image = evil(&failed);
        let last = image.lists.len() - 1;
        assert_eq!(words(image, last), words(Image::error(b"x"), 0));
    });
}

/// Case 37: each list of what comes back, with lengths and pointers that lie.
#[test]
fn lengths_that_lie() {
    beside(|| {
        let honest = || {
            let mut rows = Rows::one(vec![Column::text(b"seven")]);
            rows.columns[0].validity = vec![1];
            evil(&rows)
        };
        let mut told = Vec::new();
        for list in honest().lists {
            for (at, lie) in [
                (4, 0x3fff_ffff),
                (4, u32::MAX),
                (4, 1_000_000),
                (0, 0xffff_fff0),
                (0, 0x0008_0000),
            ] {
                let mut image = honest();
                image.word(list + at, lie);
                told.push(outcome(module(TEXT, &text(), &image, "")));
            }
            // Fewer or more than there are, within the memory: seen by the columns' own lengths.
            let length = honest().at(list + 4);
            for lie in [length + 1, length.saturating_sub(1)] {
                let mut image = honest();
                image.word(list + 4, lie);
                told.push(outcome(module(TEXT, &text(), &image, "")));
            }
            let mut image = honest();
            let pointer = image.at(list);
            image.word(list, pointer + 1);
            told.push(outcome(module(TEXT, &text(), &image, "")));
        }
        told.sort();
        told.dedup();
        insta::assert_snapshot!(told.join("\n"), @"
        a row
        broke the contract: list pointer is not aligned
        broke the contract: list pointer/length out of bounds of memory
        column `t` has 1 entries instead of 0
        column `t` has 1 entries instead of 2
        column `t` has 1 offsets for 1 entries
        column `t` has 2 bytes of validity for 1 entries
        column `t` has 3 offsets for 1 entries
        column `t` has 4 bytes of text, but its offsets end at 5
        column `t` has 6 bytes of text, but its offsets end at 5
        column `t` is missing
        record 0 has both an error and a row
        ");
        // The whole answer lies nowhere, or is neither an `ok` nor an error.
        insta::assert_snapshot!(outcome(at_u("(return (i32.const -4))")), @"broke the contract: pointer out of bounds of memory");
        insta::assert_snapshot!(outcome(at_u("(return (i32.const 257))")), @"broke the contract: return pointer not aligned");
        insta::assert_snapshot!(outcome(at_u("(i32.store8 (i32.const 256) (i32.const 2)) (return (i32.const 256))")), @"broke the contract: invalid expected discriminant");
    });
}

/// Case 38: texts that are none, whole and in part.
#[test]
fn texts_that_are_none() {
    beside(|| {
        for bytes in [
            &b"\xff"[..],
            b"\xc3",
            b"a\x80",
            b"\xed\xa0\x80",
            b"\xf5\x80\x80\x80",
            b"\xc0\xaf",
        ] {
            assert_eq!(
                texts(&Rows::one(vec![Column::text(bytes)])),
                "entry 0 of column `t` is not UTF-8",
                "{bytes:?}"
            );
        }
        // Two halves of a character are none either; and words of errors have to be text.
        let mut halves = Column::text("é".as_bytes());
        halves.length = 2;
        halves.offsets = vec![0, 1, 2];
        let rows = Rows {
            origins: vec![0, 0],
            ..Rows::one(vec![halves])
        };
        insta::assert_snapshot!(texts(&rows), @"entry 0 of column `t` is not UTF-8");
        let mut column = Column::int64(0);
        (column.length, column.count) = (0, 0);
        let rows = Rows {
            origins: Vec::new(),
            columns: vec![column],
            errors: vec![(0, b"\xff\xfe".to_vec())],
        };
        insta::assert_snapshot!(numbers(&rows), @"broke the contract: invalid utf-8 sequence of 1 bytes from index 0");
        insta::assert_snapshot!(outcome(module(NUMBER, &number(), &Image::error(b"\xff"), "")), @"broke the contract: invalid utf-8 sequence of 1 bytes from index 0");
    });
}

/// Case 42: rows of records that are not there, or in another order; too few entries, too many.
#[test]
fn counts_and_origins() {
    beside(|| {
        let two = |first: u32, second: u32| {
            let column = Column {
                length: 2,
                count: 2,
                values: vec![0; 16],
                ..Column::int64(0)
            };
            Rows {
                origins: vec![first, second],
                ..Rows::one(vec![column])
            }
        };
        let none = || Column {
            length: 0,
            count: 0,
            values: Vec::new(),
            ..Column::int64(0)
        };
        let fails = |errors: &[u32], origins: &[u32], column: Column| Rows {
            origins: origins.into(),
            columns: vec![column],
            errors: errors.iter().map(|record| (*record, b"bad".to_vec())).collect(),
        };
        let cases = [
            two(0, 1),
            two(0, u32::MAX),
            two(1, 0),
            Rows {
                origins: Vec::new(),
                ..number()
            },
            Rows {
                origins: vec![0, 0],
                ..number()
            },
            Rows::one(vec![]),
            Rows::one(vec![Column::int64(1), Column::int64(2)]),
            Rows::one(vec![Column {
                length: 2,
                ..Column::int64(1)
            }]),
            Rows::one(vec![Column {
                count: 0,
                ..Column::int64(1)
            }]),
            Rows::one(vec![Column {
                offsets: vec![0, 1],
                ..Column::int64(1)
            }]),
            Rows::one(vec![Column {
                validity: vec![1, 1],
                ..Column::int64(1)
            }]),
            fails(&[1], &[], none()),
            fails(&[0, 0], &[], none()),
            fails(&[0], &[0], Column::int64(1)),
        ];
        let told: Vec<String> = cases.iter().map(numbers).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        a row comes from record 1, but there are only 1
        a row comes from record 4294967295, but there are only 1
        row 1 comes from record 0, but the row before it from record 1
        column `n` has 1 entries instead of 0
        column `n` has 1 entries instead of 2
        column `n` is missing
        returned 1 columns more than its schema has
        column `n` has 2 entries instead of 1
        column `n` has 0 values for 1 entries
        column `n` has offsets, but its type has none
        column `n` has 2 bytes of validity for 1 entries
        an error is about record 1, but there are only 1
        the error of record 0 stands behind one of the same or a later record
        record 0 has both an error and a row
        ");
        let offsets = |offsets: &[i32]| {
            texts(&Rows::one(vec![Column {
                offsets: offsets.into(),
                ..Column::text(b"seven")
            }]))
        };
        let told: Vec<String> = [
            &[][..],
            &[0],
            &[0, 4],
            &[0, 6],
            &[1, 5],
            &[5, 0],
            &[0, -1],
            &[i32::MIN, i32::MAX],
            &[0, 2, 5],
        ]
        .map(offsets)
        .into();
        insta::assert_snapshot!(told.join("\n"), @"
        column `t` has 0 offsets for 1 entries
        column `t` has 1 offsets for 1 entries
        column `t` has 5 bytes of text, but its offsets end at 4
        column `t` has 5 bytes of text, but its offsets end at 6
        the offsets of column `t` begin at 1 instead of 0
        the offsets of column `t` begin at 5 instead of 0
        entry 0 of column `t` ends before it begins
        the offsets of column `t` begin at -2147483648 instead of 0
        column `t` has 3 offsets for 1 entries
        ");
    });
}

/// Case 43: each type where each other one is promised.
#[test]
fn other_types() {
    beside(|| {
        let promised: [(Kind, Column); 7] = [
            (Kind::Boolean, Column::booleans(1)),
            (Kind::Int32, Column::int32(1)),
            (Kind::Int64, Column::int64(1)),
            (Kind::Float64, Column::float64(1.0)),
            (Kind::Utf8, Column::text(b"a")),
            (Kind::Timestamp, Column::int64(1)),
            (Kind::Date, Column::int32(1)),
        ];
        let come = [
            Column::booleans(1),
            Column::int32(1),
            Column::int64(1),
            Column::float64(1.0),
            Column::text(b"a"),
            Column::nested(&[]),
        ];
        for (kind, good) in promised {
            for other in &come {
                let fields: [Field; 1] = [("c", kind, 0)];
                let reason = outcome(module(
                    &fields,
                    &Rows::one(vec![good.clone()]),
                    &evil(&Rows::one(vec![other.clone()])),
                    "",
                ));
                if other.kind == good.kind {
                    assert_eq!(reason, "a row", "{kind:?}");
                } else {
                    let told = reason.starts_with("column `c` has ")
                        && (reason.contains("its schema says") || reason.contains("its type has none"));
                    assert!(told, "{kind:?}, {other:?}: {reason}");
                }
            }
        }
        // Nested: children that are missing, too long, or of another type.
        let fields: &[Field] = &[("l", Kind::List, 1), ("e", Kind::Struct, 1), ("x", Kind::Int32, 0)];
        let good = Rows::one(vec![Column::nested(&[0, 1]), Column::nested(&[]), Column::int32(1)]);
        let nested = |columns: Vec<Column>| outcome(module(fields, &good, &evil(&Rows::one(columns)), ""));
        let told = [
            nested(vec![Column::nested(&[0, 1]), Column::nested(&[])]),
            nested(vec![Column::nested(&[0, 2]), Column::nested(&[]), Column::int32(1)]),
            nested(vec![Column::nested(&[0, 1]), Column::int32(1), Column::int32(1)]),
            nested(vec![Column::nested(&[0, 1]), Column::nested(&[]), Column::int64(1)]),
            nested(vec![
                Column::nested(&[0, i32::MAX]),
                Column::nested(&[]),
                Column::int32(1),
            ]),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        column `l.element.x` is missing
        column `l.element` has 1 entries instead of 2
        column `l.element` has int32 values, but its schema says Struct("x": Int32)
        column `l.element.x` has int64 values, but its schema says Int32
        column `l.element` has 1 entries instead of 2147483647
        "#);
    });
}

/// Cases 40, 44, 48: schemas that can't be, or that change.
#[test]
fn schemas() {
    beside(|| {
        let of = |fields: &[Field]| refused(&module(fields, &number(), &evil(&number()), ""));
        insta::assert_snapshot!(of(&[("a", Kind::Int64, 0), ("a", Kind::Int64, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: two fields are called `a`");
        insta::assert_snapshot!(of(&[("s", Kind::Struct, 2), ("a", Kind::Int64, 0), ("a", Kind::Utf8, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: two fields are called `s.a`");
        insta::assert_snapshot!(of(&[("kafka_offset", Kind::Int64, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `kafka_offset`: names that begin with `kafka_` are for Kafka's own columns, which are added to each row");
        insta::assert_snapshot!(of(&[("a\u{1b}[2J", Kind::Int64, 0)]), @r"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: the name of field `a\u{1b}[2J` has a character that names can't have (`\u{1b}`)");
        insta::assert_snapshot!(of(&[]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: it has no fields");
        insta::assert_snapshot!(of(&[("l", Kind::List, 2), ("a", Kind::Int64, 0), ("b", Kind::Int64, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `l`: a list has one child, not 2");
        insta::assert_snapshot!(of(&[("l", Kind::List, 1)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `l`: a child of it is missing");
        insta::assert_snapshot!(of(&[("s", Kind::Struct, u32::MAX), ("a", Kind::Int64, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `s`: a child of it is missing");
        insta::assert_snapshot!(of(&[("a", Kind::Int64, 1), ("b", Kind::Int64, 0)]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `a`: only a struct or a list has children");
        let deep = [vec![("l", Kind::List, 1); 900], NUMBER.to_vec()].concat();
        insta::assert_snapshot!(of(&deep), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: field `l.l.l.l.l.l.l.l.l.l.l.l.l.l.l.l.l`: nested deeper than the 16 levels allowed");
        insta::assert_snapshot!(of(&[("n", Kind::Int64, 0); 2_000]), @"error: guest `evil`: the schema that the module describes can't be used: module `FOLDER/evil.wasm`: it has 2000 fields, more than the 1000 allowed");
    });
}

/// Case 44: another schema when an instance is made anew.
#[test]
fn a_schema_that_changes() {
    beside(|| {
        // Each instance has a memory of its own, so it can't count instances; but it can change its mind within one. The
        // rows are checked against what was told at the load.
        let change = "(i32.store8 (i32.const 340) (i32.const 4)) (i32.store (i32.const 344) (local.get $data))
            (i32.store (i32.const 264) (i32.const 1)) (i32.store (i32.const 320) (i32.const 1)) (i32.store (i32.const 348) (i32.const 1))
            (i32.store8 (i32.const 40) (i32.const 3)) (return (i32.const 256))";
        insta::assert_snapshot!(outcome(at_u(change)), @"column `length` has float64 values, but its schema says Int64");
    });
}
