use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Per, Watermark, WatermarkSpec};
use crate::batch::TopicPartition;

const SECOND: i64 = 1_000_000;

fn watermark(per: Per, inputs: usize) -> Watermark {
    let spec = WatermarkSpec {
        column: "event_time".to_owned(),
        delay: 10 * SECOND,
        per,
        max_ahead: Some(60 * SECOND),
    };
    Watermark::new(spec, (0..inputs).collect())
}

fn by_partition() -> Per {
    Per::Partition {
        idle_after: Duration::from_secs(5),
    }
}

fn partition(number: i32) -> TopicPartition {
    TopicPartition {
        topic: Arc::from("t"),
        partition: number,
    }
}

/// Rows of a partition up to this second.
fn see(watermark: &mut Watermark, input: usize, number: i32, second: i64, now_ms: i64) {
    watermark.observe(input, Some(&partition(number)), Some(second * SECOND), 0, now_ms);
}

fn assigned(waiting: &[bool]) -> BTreeMap<TopicPartition, bool> {
    (0..).map(partition).zip(waiting.iter().copied()).collect()
}

#[test]
fn it_is_the_greatest_time_less_the_delay_and_counts_from_the_next_batch_on() {
    let mut watermark = watermark(Per::All, 1);
    assert_eq!(
        (watermark.current(), watermark.late(), watermark.moved()),
        (0, 0, false)
    );
    see(&mut watermark, 0, 0, 100, 0);
    see(&mut watermark, 0, 1, 40, 0);
    assert_eq!(watermark.current(), 0);
    watermark.advance();
    assert_eq!(
        (watermark.current(), watermark.late(), watermark.moved()),
        (90 * SECOND, 0, true)
    );
    // The batch without data.
    watermark.advance();
    assert_eq!(
        (watermark.current(), watermark.late(), watermark.moved()),
        (90 * SECOND, 90 * SECOND, false)
    );
    // It never falls.
    see(&mut watermark, 0, 0, 50, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 90 * SECOND);
    assert_eq!(watermark.held_by(), Some(&partition(0)));
}

#[test]
fn time_is_counted_in_milliseconds() {
    let mut watermark = watermark(Per::All, 1);
    watermark.observe(0, None, Some(100 * SECOND + 1999), 0, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 90 * SECOND + 1000);
}

#[test]
fn of_several_inputs_the_least_counts_and_one_without_data_is_at_nothing() {
    let mut watermark = watermark(Per::All, 2);
    see(&mut watermark, 0, 0, 100, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 0);
    see(&mut watermark, 1, 0, 50, 0);
    watermark.advance();
    assert_eq!(watermark.current(), 40 * SECOND);
}

#[test]
fn by_partition_the_least_counts_but_for_the_silent_ones() {
    let mut watermark = watermark(by_partition(), 1);
    watermark.assigned(0, &assigned(&[true, true, true]), 0);
    see(&mut watermark, 0, 0, 100, 0);
    see(&mut watermark, 0, 1, 60, 0);
    watermark.advance();
    // Of the third nothing is known yet.
    assert_eq!(watermark.current(), 0);
    assert_eq!(watermark.held_by(), Some(&partition(2)));
    // It has nothing waiting, but is not silent for long.
    watermark.assigned(0, &assigned(&[true, true, false]), 4999);
    watermark.refresh();
    assert_eq!(watermark.current(), 0);
    watermark.assigned(0, &assigned(&[true, true, false]), 5000);
    watermark.refresh();
    assert_eq!(watermark.current(), 50 * SECOND);
    assert!(watermark.moved());
    // Silent, but with records waiting: it is waited for.
    watermark.assigned(0, &assigned(&[true, true, false]), 60_000);
    assert_eq!(watermark.held_by(), Some(&partition(1)));
    // It speaks again, and can't take the watermark back.
    see(&mut watermark, 0, 2, 10, 60_000);
    watermark.advance();
    assert_eq!(watermark.current(), 50 * SECOND);
}

#[test]
fn when_all_are_silent_what_there_is_counts() {
    let mut watermark = watermark(by_partition(), 1);
    watermark.assigned(0, &assigned(&[true, true]), 0);
    see(&mut watermark, 0, 0, 100, 0);
    see(&mut watermark, 0, 1, 60, 0);
    watermark.assigned(0, &assigned(&[false, false]), 10_000);
    watermark.refresh();
    assert_eq!(watermark.current(), 90 * SECOND);
}

#[test]
fn partitions_that_are_gone_hold_nothing() {
    let mut watermark = watermark(by_partition(), 1);
    watermark.assigned(0, &assigned(&[true, true]), 0);
    see(&mut watermark, 0, 0, 100, 0);
    watermark.assigned(0, &assigned(&[true]), 0);
    watermark.refresh();
    assert_eq!(watermark.current(), 90 * SECOND);
    // That nothing is known of a source's partitions says nothing of them.
    watermark.assigned(0, &BTreeMap::new(), 0);
    assert_eq!(watermark.partitions().count(), 1);
}

#[test]
fn times_may_be_so_far_ahead_of_the_clock() {
    assert_eq!(watermark(Per::All, 1).latest(1000), Some(61 * SECOND));
}

#[test]
fn it_goes_on_where_it_was() {
    let mut before = watermark(Per::All, 1);
    see(&mut before, 0, 0, 100, 0);
    before.advance();
    before.observe(0, None, Some(120 * SECOND), 0, 0);
    let greatest: Vec<_> = before
        .greatest()
        .map(|(input, partition, time)| (input, partition.cloned(), time))
        .collect();
    let mut after = watermark(Per::All, 1);
    after.resume(before.current(), before.late(), &greatest);
    before.advance();
    after.advance();
    assert_eq!((after.current(), after.late()), (before.current(), before.late()));
    assert_eq!(after.current(), 110 * SECOND);
}
