use super::*;

#[test]
fn the_middle_and_how_far_apart() {
    let rounds = Rounds::of(vec![5.0, 1.0, 2.0, 100.0, 3.0]);
    assert_eq!((rounds.low, rounds.median, rounds.high), (2.0, 3.0, 5.0));
    assert!((rounds.spread() - 1.0).abs() < 1e-9);
    let one = Rounds::of(vec![7.0]);
    assert_eq!((one.low, one.median, one.high), (7.0, 7.0, 7.0));
    assert_eq!(Rounds::of(Vec::new()).spread(), 0.0);
}
