use super::*;
use crate::batch::{RecordRef, RecordsBuilder};

/// Chunks with as many records, whose values are their numbers from 0.
fn chunks(lengths: &[usize]) -> Vec<Records> {
    let mut number = 0_i64;
    let chunk = |length: &usize| {
        let mut builder = RecordsBuilder::new(false);
        for _ in 0..*length {
            let record = RecordRef {
                key: None,
                value: Some(b"x"),
                topic: "t",
                partition: 0,
                offset: number,
                timestamp_ms: None,
                timestamp_type: 0,
            };
            builder.push(record, None::<std::iter::Empty<(&str, Option<&[u8]>)>>);
            number += 1;
        }
        builder.finish().unwrap()
    };
    lengths.iter().map(chunk).collect()
}

fn offsets(records: &[Records], from: i64, until: i64) -> Vec<Vec<i64>> {
    let within = within(records, OffsetRange { from, until });
    within
        .iter()
        .map(|records| records.offsets().values().to_vec())
        .collect()
}

#[test]
fn a_file_is_read_from_where_a_run_before_ended() {
    let records = chunks(&[3, 2, 4]);
    assert_eq!(offsets(&records, 0, 9), [vec![0, 1, 2], vec![3, 4], vec![5, 6, 7, 8]]);
    assert_eq!(offsets(&records, 2, 6), [vec![2], vec![3, 4], vec![5]]);
    assert_eq!(offsets(&records, 3, 5), [vec![3, 4]]);
    assert!(offsets(&records, 9, 9).is_empty());
    // A file that has become shorter.
    assert!(offsets(&records, 20, 9).is_empty());
}
