use std::sync::Arc;

use super::*;

fn offsets(ends: &[(i32, i64)]) -> Offsets {
    ends.iter()
        .map(|(partition, offset)| {
            (
                TopicPartition {
                    topic: Arc::from("t"),
                    partition: *partition,
                },
                *offset,
            )
        })
        .collect()
}

const LIMITS: Limits = Limits {
    max_offsets: None,
    min_offsets: Some(10),
    max_delay: Duration::from_secs(900),
};

#[test]
fn a_limit_is_shared_in_proportion() {
    let from = offsets(&[(0, 0), (1, 0), (2, 0)]);
    let latest = offsets(&[(0, 100), (1, 1000), (2, 20)]);
    // As in Spark's own test of maxOffsetsPerTrigger: 10 of 1120 records.
    assert_eq!(rate_limit(10, &from, &latest), offsets(&[(0, 1), (1, 8), (2, 1)]));
    let from = offsets(&[(0, 1), (1, 8), (2, 1)]);
    assert_eq!(rate_limit(10, &from, &latest), offsets(&[(0, 2), (1, 16), (2, 2)]));
}

#[test]
fn a_limit_never_goes_past_the_end() {
    let from = offsets(&[(0, 5), (1, 7)]);
    let latest = offsets(&[(0, 6), (1, 7)]);
    assert_eq!(rate_limit(100, &from, &latest), latest);
    // Nothing waits at all: the ends are the ends.
    assert_eq!(rate_limit(100, &latest, &latest), latest);
    // A partition whose end fell behind is left for the check of lost data.
    let fallen = offsets(&[(0, 2), (1, 7)]);
    assert_eq!(rate_limit(100, &from, &fallen), fallen);
}

#[test]
fn a_limit_holds_with_the_largest_numbers() {
    let from = offsets(&[(0, i64::MAX - 10)]);
    let latest = offsets(&[(0, i64::MAX)]);
    assert_eq!(rate_limit(u64::MAX, &from, &latest), latest);
}

#[test]
fn few_records_wait_for_more_until_the_delay_is_over() {
    let from = offsets(&[(0, 5), (1, 7)]);
    let few = offsets(&[(0, 6), (1, 8)]);
    let enough = offsets(&[(0, 10), (1, 12)]);
    assert!(hold_back(LIMITS, &from, &few, 1_000, 900));
    assert!(!hold_back(LIMITS, &from, &enough, 1_000, 900));
    assert!(!hold_back(LIMITS, &from, &few, 901_000, 1_000));
    // The first batch of all: the last one was never.
    assert!(!hold_back(LIMITS, &from, &few, 1_700_000_000_000, 0));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_batch_makes_progress_and_stays_inside(
            sizes in prop::collection::vec((0i64..1_000_000, 0i64..1_000_000), 1..8),
            limit in 1u64..100_000,
        ) {
            let from = offsets(&sizes.iter().enumerate().map(|(p, (from, _))| (p as i32, *from)).collect::<Vec<_>>());
            let latest =
                offsets(&sizes.iter().enumerate().map(|(p, (from, size))| (p as i32, from + size)).collect::<Vec<_>>());
            let until = rate_limit(limit, &from, &latest);
            let mut taken = 0;
            for (partition, end) in &until {
                prop_assert!(*end <= latest[partition] && *end >= from[partition]);
                prop_assert!(*end > from[partition] || latest[partition] == from[partition]);
                taken += end - from[partition];
            }
            prop_assert!(taken <= limit as i64 + sizes.len() as i64);
        }
    }
}
