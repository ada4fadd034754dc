use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Per, Watermark, WatermarkSpec};
use crate::batch::TopicPartition;

const SECOND: i64 = 1_000_000;

fn watermark(per: Per, inputs: Vec<usize>) -> Watermark {
    let spec = WatermarkSpec {
        column: "event_time".to_owned(),
        delay: 10 * SECOND,
        per,
        max_ahead: None,
    };
    Watermark::new(spec, inputs)
}

fn all() -> Watermark {
    watermark(Per::All, vec![0])
}

fn by_partition() -> Watermark {
    let idle_after = Duration::from_secs(60);
    watermark(Per::Partition { idle_after }, vec![0])
}

fn partition(number: i32) -> TopicPartition {
    TopicPartition {
        topic: Arc::from("t"),
        partition: number,
    }
}

/// Partitions of one input, and whether records of them wait.
fn assigned<const N: usize>(partitions: [(i32, bool); N]) -> BTreeMap<TopicPartition, bool> {
    partitions
        .into_iter()
        .map(|(number, waiting)| (partition(number), waiting))
        .collect()
}

/// A batch with these greatest times, in seconds.
fn batch<const N: usize>(watermark: &mut Watermark, now_ms: i64, greatest: [(i32, i64); N]) {
    for (number, seconds) in greatest {
        watermark.observe(0, Some(&partition(number)), Some(seconds * SECOND), 0, now_ms);
    }
    watermark.advance();
}

#[test]
fn without_a_time_it_stays_at_the_epoch() {
    let mut watermark = all();
    watermark.advance();
    assert_eq!((watermark.current(), watermark.late()), (0, 0));
    assert!(!watermark.has_begun());

    watermark.observe(0, Some(&partition(0)), None, 0, 5);
    watermark.advance();
    assert_eq!((watermark.current(), watermark.late()), (0, 0));
    assert!(!watermark.has_begun());
    assert!(!watermark.moved());
    assert_eq!(watermark.greatest().count(), 0);
}

#[test]
fn times_before_the_epoch_do_not_move_it_below() {
    let mut watermark = all();
    batch(&mut watermark, 0, [(0, -100)]);
    assert!(watermark.has_begun());
    assert_eq!(watermark.current(), 0);
    batch(&mut watermark, 0, [(0, 4)]);
    assert_eq!(watermark.current(), 0, "the delay leads before the epoch");
}

#[test]
fn what_is_late_is_judged_by_the_batch_before() {
    let mut watermark = all();
    batch(&mut watermark, 0, [(0, 100)]);
    assert_eq!((watermark.late(), watermark.current()), (0, 90 * SECOND));
    assert!(watermark.moved());

    batch(&mut watermark, 0, [(0, 150)]);
    assert_eq!((watermark.late(), watermark.current()), (90 * SECOND, 140 * SECOND));
    assert!(watermark.moved());

    batch(&mut watermark, 0, []);
    assert_eq!((watermark.late(), watermark.current()), (140 * SECOND, 140 * SECOND));
    assert!(!watermark.moved());
}

#[test]
fn it_never_falls() {
    let mut watermark = all();
    batch(&mut watermark, 0, [(0, 100)]);
    batch(&mut watermark, 0, [(0, 20)]);
    assert_eq!(watermark.current(), 90 * SECOND);

    // The partition that led is gone: what is left is behind.
    watermark.observe(0, Some(&partition(1)), Some(30 * SECOND), 0, 0);
    watermark.assigned(0, &assigned([(1, true)]), 0);
    watermark.advance();
    assert_eq!(watermark.current(), 90 * SECOND);
    let left: Vec<_> = watermark.greatest().collect();
    assert_eq!(left, [(0, Some(&partition(1)), 30 * SECOND)]);
}

#[test]
fn times_count_in_whole_milliseconds() {
    for (greatest, current) in [
        (20 * SECOND + 1999, 10 * SECOND + 1000),
        (20 * SECOND + 1000, 10 * SECOND + 1000),
        (20 * SECOND + 999, 10 * SECOND),
    ] {
        let mut watermark = all();
        watermark.observe(0, None, Some(greatest), 0, 0);
        watermark.advance();
        assert_eq!(watermark.current(), current, "{greatest}");
    }
}

#[test]
fn the_greatest_time_of_any_partition_counts_for_all() {
    let mut watermark = all();
    watermark.assigned(0, &assigned([(0, true), (1, true), (2, true)]), 0);
    batch(&mut watermark, 0, [(0, 100), (1, 40)]);
    assert_eq!(watermark.current(), 90 * SECOND);
    assert_eq!(watermark.held_by(), Some(&partition(0)));
}

#[test]
fn the_least_of_the_partitions_counts_where_each_is_waited_for() {
    let mut watermark = by_partition();
    watermark.assigned(0, &assigned([(0, true), (1, true)]), 0);
    batch(&mut watermark, 0, [(0, 100)]);
    assert_eq!(watermark.current(), 0, "nothing was heard of one of them");
    assert_eq!(watermark.held_by(), Some(&partition(1)));
    batch(&mut watermark, 0, [(1, 40)]);
    assert_eq!(watermark.current(), 30 * SECOND);
    assert_eq!(watermark.held_by(), Some(&partition(1)));
    batch(&mut watermark, 0, [(1, 200)]);
    assert_eq!(watermark.current(), 90 * SECOND);
    assert_eq!(watermark.held_by(), Some(&partition(0)));
}

#[test]
fn a_silent_partition_is_waited_for_no_longer_than_said() {
    let mut watermark = by_partition();
    let both = assigned([(0, false), (1, false)]);
    watermark.assigned(0, &both, 0);
    batch(&mut watermark, 1_000, [(0, 100)]);

    watermark.assigned(0, &both, 59_999);
    watermark.refresh();
    assert_eq!(watermark.current(), 0);
    // The other was read a second later, and is still waited for.
    watermark.assigned(0, &both, 60_000);
    watermark.refresh();
    assert_eq!(watermark.current(), 90 * SECOND);
    assert!(watermark.moved(), "by silence alone there is something to do");

    // It wakes up behind: it is waited for again, and the watermark stays.
    batch(&mut watermark, 61_000, [(1, 50), (0, 300)]);
    assert_eq!(watermark.current(), 90 * SECOND);
    assert_eq!(watermark.held_by(), Some(&partition(1)));
}

#[test]
fn a_partition_with_records_waiting_is_not_idle() {
    let mut watermark = by_partition();
    watermark.assigned(0, &assigned([(0, false), (1, false)]), 0);
    batch(&mut watermark, 0, [(0, 100), (1, 40)]);
    let slow = assigned([(0, false), (1, true)]);
    watermark.observe(0, Some(&partition(0)), Some(100 * SECOND), 0, 500_000);
    watermark.assigned(0, &slow, 500_000);
    watermark.refresh();
    assert_eq!(watermark.current(), 30 * SECOND);
}

#[test]
fn where_all_are_silent_the_greatest_time_counts() {
    let mut watermark = by_partition();
    let both = assigned([(0, false), (1, false)]);
    watermark.assigned(0, &both, 0);
    batch(&mut watermark, 0, [(0, 100), (1, 40)]);
    watermark.assigned(0, &both, 60_000);
    watermark.refresh();
    assert_eq!(watermark.current(), 90 * SECOND);
    assert_eq!(watermark.held_by(), None);
}

#[test]
fn a_clock_that_is_put_back_makes_nothing_idle() {
    let mut watermark = by_partition();
    let one = assigned([(0, false)]);
    watermark.assigned(0, &one, 1_000_000);
    watermark.assigned(0, &one, 0);
    assert!(watermark.partitions().all(|(_, _, progressed)| !progressed.idle));
}

#[test]
fn the_least_of_several_inputs_counts() {
    let mut watermark = watermark(Per::All, vec![0, 2]);
    watermark.observe(0, None, Some(100 * SECOND), 0, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 0, "the other one has no time yet");
    // An input without the column is not asked.
    watermark.observe(1, None, None, 0, 0);
    watermark.observe(2, None, Some(50 * SECOND), 0, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 40 * SECOND);
}

#[test]
fn partitions_of_one_input_are_not_those_of_another() {
    let mut watermark = watermark(Per::All, vec![0, 1]);
    for input in [0, 1] {
        watermark.observe(input, Some(&partition(0)), Some(100 * SECOND), 0, 0);
    }
    watermark.assigned(0, &assigned([(7, true)]), 0);
    let known: Vec<_> = watermark
        .partitions()
        .map(|(input, partition, _)| (input, partition.map(|partition| partition.partition)))
        .collect();
    assert_eq!(known, [(0, Some(7)), (1, Some(0))]);
    // Before a source knows its partitions it says none, which does not mean that they are gone.
    watermark.assigned(1, &BTreeMap::new(), 0);
    assert_eq!(watermark.partitions().count(), 2);
}

#[test]
fn late_rows_add_up_by_partition() {
    let mut watermark = all();
    watermark.observe(0, Some(&partition(0)), Some(SECOND), 2, 0);
    watermark.observe(0, Some(&partition(0)), None, 3, 0);
    watermark.observe(0, Some(&partition(1)), None, 1, 0);
    let late: Vec<u64> = watermark
        .partitions()
        .map(|(_, _, progressed)| progressed.late_rows)
        .collect();
    assert_eq!(late, [5, 1]);
    let greatest: Vec<_> = watermark.greatest().map(|(_, _, time)| time).collect();
    assert_eq!(greatest, [SECOND]);
}

#[test]
fn how_far_ahead_of_the_clock_a_time_may_be() {
    assert_eq!(all().latest(1_000), None);
    let mut spec = all().spec().clone();
    spec.max_ahead = Some(5 * SECOND);
    let watermark = Watermark::new(spec, vec![0]);
    assert_eq!(watermark.latest(1_000), Some(6 * SECOND));
    assert_eq!(watermark.latest(i64::MAX), Some(i64::MAX));
}

#[test]
fn resumed_it_goes_on_as_if_it_had_not_stopped() {
    let mut first = by_partition();
    first.assigned(0, &assigned([(0, true), (1, true)]), 0);
    batch(&mut first, 0, [(0, 100), (1, 40)]);
    batch(&mut first, 0, [(0, 100), (1, 60)]);

    let greatest: Vec<_> = first
        .greatest()
        .map(|(input, partition, time)| (input, partition.cloned(), time))
        .collect();
    let mut second = by_partition();
    second.resume(first.current(), first.late(), &greatest);
    assert_eq!((second.late(), second.current()), (30 * SECOND, 50 * SECOND));
    assert!(second.has_begun() && second.moved());
    for watermark in [&mut first, &mut second] {
        batch(watermark, 0, [(1, 80)]);
    }
    assert_eq!((second.late(), second.current()), (first.late(), first.current()));
    assert_eq!(second.current(), 70 * SECOND);
}
