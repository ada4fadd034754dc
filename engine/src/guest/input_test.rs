use super::*;
use crate::batch::{RecordRef, RecordsBuilder};
use crate::guest::testing::records;

/// What a guest would see, as owned values.
#[derive(Debug, PartialEq)]
struct Seen {
    values: Vec<u8>,
    value_offsets: Vec<u32>,
    value_validity: Vec<u8>,
    keys: Vec<u8>,
    key_offsets: Vec<u32>,
    timestamps: Vec<i64>,
    offsets: Vec<i64>,
}

fn seen(records: &Records, range: Range<usize>) -> Seen {
    with_input(records, &range, |input| Seen {
        values: input.values.to_vec(),
        value_offsets: input.value_offsets.to_vec(),
        value_validity: input.value_validity.to_vec(),
        keys: input.keys.to_vec(),
        key_offsets: input.key_offsets.to_vec(),
        timestamps: input.timestamps.to_vec(),
        offsets: input.offsets.to_vec(),
    })
}

#[test]
fn any_run_of_records_is_padded_with_zeroes() {
    let batch = records([Some(&b"aa"[..]), None, Some(b"bbb"), Some(b""), Some(b"c")]);
    let padded = |text: &[u8]| [text, &[0; VALUE_PADDING]].concat();
    assert_eq!(
        seen(&batch, 0..5),
        Seen {
            values: padded(b"aabbbc"),
            value_offsets: vec![0, 2, 2, 5, 5, 6],
            value_validity: vec![0b11101],
            keys: b"kkkkk".to_vec(),
            key_offsets: vec![0, 1, 2, 3, 4, 5],
            timestamps: vec![1100, 1101, 1102, 1103, 1104],
            offsets: vec![100, 101, 102, 103, 104],
        }
    );
    assert_eq!(
        seen(&batch, 1..4),
        Seen {
            values: padded(b"bbb"),
            value_offsets: vec![0, 0, 3, 3],
            value_validity: vec![0b110],
            keys: b"kkk".to_vec(),
            key_offsets: vec![0, 1, 2, 3],
            timestamps: vec![1101, 1102, 1103],
            offsets: vec![101, 102, 103],
        }
    );
    // No null among them: no validity.
    assert_eq!(seen(&batch, 2..4).value_validity, b"");
    // A slice of a batch is a batch.
    assert_eq!(seen(&batch.slice(1, 3), 1..2), seen(&batch, 2..3));
}

#[test]
fn values_at_the_end_of_a_batch_are_not_copied() {
    let batch = records([Some(&b"aa"[..]), Some(b"bb")]);
    let in_place = |range: Range<usize>| {
        with_input(&batch, &range, |input| {
            batch
                .values()
                .value_data()
                .as_ptr_range()
                .contains(&input.values.as_ptr())
        })
    };
    assert!(in_place(0..2) && in_place(1..2));
    assert!(!in_place(0..1));
}

#[test]
fn topics_and_headers_come_with_their_records() {
    let mut builder = RecordsBuilder::new(true);
    for (topic, headers) in [
        ("b", vec![]),
        ("a", vec![("h", Some(&b"1"[..])), ("i", None)]),
        ("b", vec![("j", Some(b"2"))]),
    ] {
        let record = RecordRef {
            key: None,
            value: Some(b"x"),
            topic,
            partition: 0,
            offset: 0,
            timestamp_ms: None,
            timestamp_type: -1,
        };
        builder.push(record, Some(headers.into_iter()));
    }
    let batch = builder.finish().unwrap();
    with_input(&batch, &(1..3), |input| {
        assert_eq!(input.topics, ["a", "b"]);
        assert_eq!(input.topic_indexes, [0, 1]);
        assert_eq!(input.timestamps, [-1, -1]);
        assert_eq!(input.key_validity, [0]);
        let headers: Vec<_> = input
            .headers
            .iter()
            .map(|header| (header.record_index, header.key, header.value))
            .collect();
        assert_eq!(
            headers,
            [(0, "h", Some(&b"1"[..])), (0, "i", None), (1, "j", Some(b"2"))]
        );
    });
    // A value, three headers' keys, two of their values, three entries.
    assert_eq!(Weights::new(&batch).of(&(1..3)), 2 + 3 + 2 + 3 * HEADER_BYTES);
}

#[test]
fn chunks_are_cut_by_records_and_bytes() {
    let limits = Limits {
        call_records: 3,
        call_bytes: 10,
        record_bytes: 20,
        ..Limits::default()
    };
    // Each weighs a byte more than its value, for its key.
    let sizes = [1, 1, 1, 1, 7, 15, 30, 4, 4, 4];
    let values: Vec<Vec<u8>> = sizes.iter().map(|size| vec![b'x'; *size]).collect();
    let batch = records(values.iter().map(|value| Some(value.as_slice())));
    assert_eq!(
        Weights::new(&batch).chunks(batch.len(), &limits),
        [
            Chunk::Records(0..3),
            Chunk::Records(3..5),
            Chunk::Records(5..6),
            Chunk::TooLarge { record: 6, bytes: 31 },
            Chunk::Records(7..9),
            Chunk::Records(9..10),
        ]
    );
}
