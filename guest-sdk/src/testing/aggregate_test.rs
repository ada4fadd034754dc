use super::{aggregate, aggregate_parts};
use crate::{Bounded, Date, Row, State, Timestamp};

/// One of each argument.
#[derive(State, Default)]
struct Everything {
    seen: Bounded<i64, 8>,
}

#[derive(Row)]
struct Seen {
    numbers: Vec<i64>,
    any: bool,
}

#[crate::aggregate]
impl Everything {
    #[expect(clippy::too_many_arguments, reason = "one of each")]
    fn update(
        &mut self,
        flag: bool,
        small: i32,
        large: i64,
        double: f64,
        text: &str,
        time: Timestamp,
        day: Date,
        other: Option<i64>,
    ) {
        let sum = i64::from(flag) + i64::from(small) + large + double as i64 + text.len() as i64;
        let times = time.micros() + i64::from(day.days());
        self.seen.push(sum + times + other.unwrap_or(1_000_000));
    }

    fn merge(&mut self, other: &Self) {
        other.seen.iter().for_each(|number| {
            self.seen.push(*number);
        });
    }

    fn finish(&self) -> Seen {
        Seen {
            numbers: self.seen.to_vec(),
            any: !self.seen.is_empty(),
        }
    }
}

type Arguments = (bool, i32, i64, f64, &'static str, Timestamp, Date, Option<i64>);

fn rows() -> [Arguments; 3] {
    let (time, day) = (Timestamp::from_micros(1_000), Date::from_days(100));
    [
        (true, 2, 3, 4.5, "five", time, day, Some(10_000)),
        (false, 0, 0, 0.0, "", time, day, None),
        (false, 0, 0, 0.0, "é", time, day, Some(0)),
    ]
}

#[test]
fn arguments_of_all_types_reach_the_aggregate_in_their_order() {
    for parts in 0..5 {
        let seen = aggregate_parts::<Everything>(rows(), parts).unwrap();
        assert_eq!(seen["numbers"].len(), 3, "{parts}");
        assert_eq!(seen["numbers"][0], 11_114);
        assert_eq!(seen["numbers"][1], 1_001_100);
        assert_eq!(seen["numbers"][2], 1_102);
    }
}

#[test]
fn no_rows_are_a_group_without_rows() {
    let none: [Arguments; 0] = [];
    for seen in [aggregate::<Everything>(none), aggregate_parts::<Everything>(none, 3)] {
        assert_eq!(seen.unwrap()["any"], false);
    }
}

/// Counts its calls by what it keeps.
#[derive(State, Default)]
struct Total(i64);

#[crate::aggregate]
impl Total {
    fn update(&mut self, value: i64) {
        self.0 += value;
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn finish(&self) -> i64 {
        self.0
    }
}

#[test]
fn the_state_goes_from_call_to_call_and_parts_come_to_the_whole() {
    assert_eq!(aggregate::<Total>(0..1_000_i64).unwrap(), 499_500);
    for parts in [1, 2, 3, 999, 5_000] {
        assert_eq!(
            aggregate_parts::<Total>(0..1_000_i64, parts).unwrap(),
            499_500,
            "{parts}"
        );
    }
}

#[test]
fn rows_that_it_does_not_take_are_an_error() {
    let refused = aggregate::<Total>(["text"]).unwrap_err();
    assert_eq!(refused.to_string(), "argument `value` is not as it was described");
    let refused = aggregate::<Total>([(1_i64, 2_i64)]).unwrap_err();
    assert_eq!(refused.to_string(), "2 arguments instead of 1");
}
