use super::fitting;
use crate::guest::limits::Limits;

#[test]
fn a_call_ends_where_it_would_be_too_many_rows_or_bytes_but_takes_one() {
    let limits = Limits {
        call_records: 3,
        call_bytes: 10,
        ..Limits::rust()
    };
    assert_eq!(fitting(&limits, [0; 9]), 3);
    assert_eq!(fitting(&limits, [4, 6, 1]), 2);
    assert_eq!(fitting(&limits, [99, 1]), 1);
    assert_eq!(fitting(&limits, [1, usize::MAX]), 1);
    assert_eq!(fitting(&limits, []), 0);
}
