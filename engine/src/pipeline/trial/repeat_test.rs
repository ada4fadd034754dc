use super::super::testing::records;
use super::*;

#[test]
fn each_record_is_there_as_often_as_the_others() {
    let few = records("raw", &["a", "bb", "c"]);
    let many = &repeat(&few, 20_000).unwrap()["raw"];
    let lengths: Vec<usize> = many.iter().map(Records::len).collect();
    assert_eq!(lengths, [8192, 8192, 20_001 - 2 * 8192]);
    let offsets: Vec<i64> = many
        .iter()
        .flat_map(|records| records.offsets().values().to_vec())
        .collect();
    assert!(offsets.iter().copied().eq(0..20_001));
    assert_eq!(many[2].values().value(0), few["raw"][0].values().value(16_384 % 3));
    assert_eq!(
        many[2].timestamps().value(0),
        few["raw"][0].timestamps().value(16_384 % 3)
    );
    assert_eq!(repeat(&few, 0).unwrap()["raw"][0].len(), 3);
    assert!(repeat(&BTreeMap::from([("raw".to_owned(), Vec::new())]), 10).unwrap()["raw"].is_empty());
}

#[test]
fn nulls_and_headers_are_kept() {
    let mut builder = RecordsBuilder::new(true);
    let nothing = RecordRef {
        key: None,
        value: None,
        topic: "t",
        partition: 1,
        offset: 7,
        timestamp_ms: None,
        timestamp_type: -1,
    };
    builder.push(nothing, None::<std::iter::Empty<_>>);
    builder.push(nothing, Some([("a", Some(&b"1"[..])), ("b", None)].into_iter()));
    let few = BTreeMap::from([("raw".to_owned(), vec![builder.finish().unwrap()])]);
    let twice = &repeat(&few, 4).unwrap()["raw"][0];
    let (first, second) = (twice.slice(0, 2), twice.slice(2, 2));
    for column in [0, 1, 2, 3, 5, 6, 7] {
        assert_eq!(
            first.table().column(column),
            few["raw"][0].table().column(column),
            "{column}"
        );
        assert_eq!(
            second.table().column(column),
            few["raw"][0].table().column(column),
            "{column}"
        );
    }
    assert_eq!(second.offsets().values(), &[15, 15]);
}
