use super::*;

#[test]
fn a_file_is_finished_by_size_or_age() {
    let roll = Roll {
        size: 100,
        interval: Some(Duration::from_secs(60)),
    };
    assert!(!roll.is_large(99));
    assert!(roll.is_large(100));
    assert!(!roll.is_old(1_000, 60_999));
    assert!(roll.is_old(1_000, 61_000));
    assert!(!roll.is_old(1_000, 0));
    let batch = Roll {
        size: 100,
        interval: None,
    };
    assert!(!batch.is_old(0, i64::MAX));
}
