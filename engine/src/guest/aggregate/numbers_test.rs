use super::Numbers;

#[test]
fn groups_are_numbered_anew_in_each_call() {
    let mut numbers = Numbers::default();
    for groups in [[7, 2, 7, 0], [0, 0, 9, 7]] {
        numbers.begin();
        let first: Vec<bool> = groups.iter().map(|group| numbers.add(*group)).collect();
        match groups[0] {
            7 => assert_eq!(
                (numbers.touched(), numbers.local()),
                (&[7, 2, 0][..], &[0, 1, 0, 2][..])
            ),
            _ => assert_eq!(
                (numbers.touched(), numbers.local()),
                (&[0, 9, 7][..], &[0, 0, 1, 2][..])
            ),
        }
        assert_eq!(first.iter().filter(|first| **first).count(), 3);
    }
}

#[test]
fn calls_may_go_on_for_ever() {
    let mut numbers = Numbers::default();
    numbers.begin();
    assert!(numbers.add(0));
    numbers.call = u32::MAX;
    numbers.begin();
    assert!(numbers.add(0) && !numbers.add(0));
}
