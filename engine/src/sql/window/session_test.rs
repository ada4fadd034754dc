use super::sessions;

#[test]
fn times_are_joined_up_to_the_gap() {
    let joined = |times: &[i64]| sessions(times, 10).map(<[i64]>::to_vec).collect::<Vec<_>>();
    assert!(joined(&[]).is_empty());
    assert_eq!(joined(&[0, 8, 16, 26, 36]), [vec![0, 8, 16, 26, 36]]);
    assert_eq!(joined(&[0, 11, 11, 22]), [vec![0], vec![11, 11], vec![22]]);
    assert_eq!(joined(&[i64::MAX - 1, i64::MAX]), [vec![i64::MAX - 1, i64::MAX]]);
}
