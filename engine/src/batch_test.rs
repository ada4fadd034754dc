use super::*;

fn record(value: Option<&[u8]>, offset: i64) -> RecordRef<'_> {
    RecordRef {
        key: None,
        value,
        topic: "t",
        partition: 1,
        offset,
        timestamp_ms: Some(1_768_730_903_143),
        timestamp_type: 0,
    }
}

type NoHeaders<'a> = Option<std::iter::Empty<(&'a str, Option<&'a [u8]>)>>;
const NO_HEADERS: NoHeaders<'_> = None;

#[test]
fn records_keep_nulls_empties_and_padding() {
    let mut builder = RecordsBuilder::new(false);
    builder.push(record(Some(b"abc"), 7), NO_HEADERS);
    builder.push(record(None, 8), NO_HEADERS);
    builder.push(record(Some(b""), 9), NO_HEADERS);
    let records = builder.finish().unwrap();

    assert_eq!(records.values().value(0), b"abc");
    assert!(records.values().is_null(1));
    assert_eq!(records.values().value(2), b"");
    assert!(records.keys().is_null(0));
    assert_eq!(records.values().value_data().len(), 3 + VALUE_PADDING);
    assert_eq!(records.timestamps().value(0), 1_768_730_903_143_000);
    assert_eq!(records.slice(1, 2).place(1), "topic `t` partition 1 offset 9");
}

#[test]
fn headers_are_kept_only_if_asked_for() {
    let mut builder = RecordsBuilder::new(true);
    builder.push(
        record(Some(b"x"), 0),
        Some([("a", Some(&b"1"[..])), ("b", None)].into_iter()),
    );
    builder.push(record(Some(b"y"), 1), NO_HEADERS);
    let records = builder.finish().unwrap();

    let headers = records.headers().unwrap();
    assert_eq!(headers.value_length(0), 2);
    assert!(headers.is_null(1));
    assert!(headers.value(0).as_struct().column(1).is_null(1));
}

#[test]
fn headers_count_towards_a_full_batch() {
    let mut builder = RecordsBuilder::new(true);
    let value = vec![0; 1 << 20];
    for offset in 0..15 {
        builder.push(record(None, offset), Some([("large", Some(&value[..]))].into_iter()));
        assert!(!builder.is_full());
    }
    builder.push(record(None, 15), Some([("large", Some(&value[..]))].into_iter()));
    assert!(builder.is_full());
}
