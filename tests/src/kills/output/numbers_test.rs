use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch};

use super::super::files::tests::{folder, write, write_batch};
use super::Numbers;
use crate::kills::output::{Output, Verdict};
use crate::kills::records::{PARTITIONS, Records};

fn records(broken: bool) -> Arc<Records> {
    let records = Records::new(broken, 0);
    records.sending(100);
    Arc::new(records)
}

/// The columns of these records' rows, their places and what they say they are.
fn rows(numbers: &[i64]) -> [Vec<i64>; 3] {
    let parts = PARTITIONS as i64;
    [
        numbers.to_vec(),
        numbers.iter().map(|number| number % parts).collect(),
        numbers.iter().map(|number| number / parts).collect(),
    ]
}

/// What is wrong with a folder of these files, if anything is, and the verdict on ten records.
fn judged(files: &[&[i64]]) -> (Result<bool, String>, Verdict) {
    let (folder, reader) = folder();
    for (at, numbers) in files.iter().enumerate() {
        let [number, partition, offset] = rows(numbers);
        write(
            &folder.path().join(format!("{at}.parquet")),
            &[
                ("order_id", &number),
                ("kafka_partition", &partition),
                ("kafka_offset", &offset),
            ],
        );
    }
    let mut numbers = Numbers::new(records(false), reader, None);
    (numbers.look(), numbers.verdict(10))
}

#[test]
fn each_record_has_to_be_there_once() {
    let clean = Verdict::default();
    assert_eq!(judged(&[&[0, 1, 2, 3, 4], &[9, 8, 7, 6, 5]]), (Ok(true), clean));
    assert_eq!(judged(&[&[0, 1, 2, 3, 4]]), (Ok(true), Verdict { lost: 5, twice: 0 }));
    assert_eq!(
        judged(&[&[0, 1, 2, 3, 4, 5], &[5, 6, 7, 8, 9]]),
        (
            Err("record 5 is there twice: in `0.parquet` and in `1.parquet`".to_owned()),
            Verdict { lost: 0, twice: 1 }
        )
    );
    let (wrong, _) = judged(&[&[100]]);
    assert_eq!(wrong.unwrap_err(), "`0.parquet` has record 100 where record 100 is");
}

#[test]
fn a_broken_record_belongs_in_the_dead_letters_and_no_other() {
    let (out, rows_reader) = folder();
    let (letters, letters_reader) = folder();
    let mut numbers = Numbers::new(records(true), rows_reader, Some(letters_reader));
    let [number, partition, offset] = rows(&[0, 1, 2, 4]);
    let columns: [(&str, &[i64]); 3] = [
        ("order_id", &number),
        ("kafka_partition", &partition),
        ("kafka_offset", &offset),
    ];
    write(&out.path().join("a.parquet"), &columns);
    let letter = |name: &str, number: i64, value: &[u8]| {
        let column = |value| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("partition", column(number % PARTITIONS as i64)),
            ("offset", column(number / PARTITIONS as i64)),
            ("value", Arc::new(BinaryArray::from(vec![value])) as ArrayRef),
        ]);
        write_batch(&letters.path().join(name), &batch.unwrap());
    };
    letter("a.parquet", 3, b"broken 3");
    assert_eq!(numbers.look(), Ok(true));
    assert_eq!(numbers.verdict(5), Verdict::default());
    letter("b.parquet", 5, b"broken 5");
    assert_eq!(
        numbers.look().unwrap_err(),
        "record 5 is in `b.parquet`, where it does not belong"
    );
    letter("c.parquet", 10, b"broken 1");
    assert!(
        numbers
            .look()
            .unwrap_err()
            .starts_with("a dead letter is not what the record was")
    );
}
