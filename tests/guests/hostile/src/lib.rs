//! Aggregates that go wrong, and a transform that does, for the tests of the host.

use wasmill_sdk::{Error, IntoRows, Record, Row, State, aggregate, transform};

/// What is given of a record.
#[derive(Row)]
struct Length {
    length: i64,
}

/// At one record in a hundred it never comes back.
#[transform]
fn endless(record: &Record) -> Result<impl IntoRows, Error> {
    let length = record.value().unwrap_or_default().len() as i64;
    while record.offset() % 100 == 99 {
        std::hint::black_box(length);
    }
    Ok(Length { length })
}

/// A sum that can't stand two numbers: it panics at 13, and at 14 it never comes back.
#[derive(State, Default)]
pub struct Picky {
    sum: f64,
}

#[aggregate]
impl Picky {
    fn update(&mut self, value: f64) {
        assert!(value != 13.0, "thirteen brings bad luck");
        while value == 14.0 {
            std::hint::black_box(self.sum);
        }
        // What came before a trap must not count.
        self.sum += value;
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
    }

    fn finish(&self) -> f64 {
        self.sum
    }
}

/// Takes nothing at all.
#[derive(State, Default)]
pub struct Never;

#[aggregate]
impl Never {
    fn update(&mut self, _value: f64) {
        panic!("not today");
    }

    fn merge(&mut self, _other: &Self) {}

    fn finish(&self) -> i64 {
        0
    }
}

/// Adds up, and won't say what.
#[derive(State, Default)]
pub struct Secret {
    sum: f64,
}

#[aggregate(version = 2)]
impl Secret {
    fn update(&mut self, value: f64) {
        self.sum += value;
    }

    fn merge(&mut self, other: &Self) {
        assert!(other.sum < 1000.0, "too much at once");
        self.sum += other.sum;
    }

    fn finish(&self) -> f64 {
        panic!("\u{1b}[31mit is a secret\u{7}");
    }
}

wasmill_sdk::aggregates!(Picky, Never, Secret);
