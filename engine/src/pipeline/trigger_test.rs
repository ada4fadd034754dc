use super::*;

const TEN_SECONDS: Trigger = Trigger::Every(Duration::from_secs(10));

#[test]
fn the_first_batch_begins_at_once() {
    assert_eq!(TEN_SECONDS.wait(12_345, None), Duration::ZERO);
}

#[test]
fn batches_begin_at_multiples_of_the_interval() {
    assert_eq!(TEN_SECONDS.wait(12_400, Some(12_345)), Duration::from_millis(7_600));
    assert_eq!(TEN_SECONDS.wait(20_010, Some(20_000)), Duration::from_millis(9_990));
}

#[test]
fn a_batch_that_overran_is_followed_at_once() {
    assert_eq!(TEN_SECONDS.wait(20_000, Some(12_345)), Duration::ZERO);
    assert_eq!(TEN_SECONDS.wait(47_000, Some(12_345)), Duration::ZERO);
}

#[test]
fn without_an_interval_nothing_waits() {
    assert_eq!(Trigger::AsSoonAsPossible.wait(5, Some(4)), Duration::ZERO);
    assert_eq!(Trigger::AvailableNow.wait(5, Some(4)), Duration::ZERO);
}
