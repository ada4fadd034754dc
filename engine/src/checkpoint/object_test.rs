use super::super::testing::rows;
use super::*;

fn object() -> (Object, Vec<u8>) {
    let batches = [rows(&[1, 2]), rows(&[3])];
    let bytes = encode(&batches).unwrap();
    (describe("state/x.arrow".to_owned(), &bytes, &batches), bytes)
}

#[test]
fn rows_come_back_batch_by_batch() {
    let (object, bytes) = object();
    assert_eq!((object.rows, object.bytes), (3, bytes.len() as u64));
    assert_eq!(read(&object, Some(&bytes)).unwrap(), [rows(&[1, 2]), rows(&[3])]);
    assert_eq!(encode(&[]).unwrap_err().kind(), Kind::Internal);
}

#[test]
fn no_rows_are_rows_of_a_schema() {
    let bytes = encode(&[rows(&[])]).unwrap();
    let object = describe("x".to_owned(), &bytes, &[rows(&[])]);
    assert_eq!(read(&object, Some(&bytes)).unwrap(), [rows(&[])]);
}

#[test]
fn a_torn_changed_or_missing_object_is_damaged() {
    let (object, bytes) = object();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let torn = &bytes[..bytes.len() - 1];
    let said: Vec<String> = [None, Some(torn), Some(changed.as_slice())]
        .into_iter()
        .map(|bytes| {
            let fault = read(&object, bytes).unwrap_err();
            assert!(is_damaged(&fault), "{fault}");
            fault.to_string()
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    it is gone: object `state/x.arrow`
    it has 647 bytes, and was written with 648: object `state/x.arrow`
    its bytes are not those that were written: object `state/x.arrow`
    ");
}

#[test]
fn every_byte_counts() {
    let (object, bytes) = object();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        assert!(intact(&object, Some(&changed)).is_err(), "byte {at}");
    }
}
