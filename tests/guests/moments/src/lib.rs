//! The standard deviation, with 32 bytes of state: what an aggregate in Wasm costs beside SQL's own.

use wasmill_sdk::{State, aggregate};

/// What is remembered of a group.
#[derive(State, Default)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
    greatest: f64,
}

#[aggregate]
impl Moments {
    fn update(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
        self.greatest = self.greatest.max(value);
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        self.mean += distance * other.count / count;
        self.squares += other.squares + distance * distance * self.count * other.count / count;
        self.count = count;
        self.greatest = self.greatest.max(other.greatest);
    }

    fn finish(&self) -> Option<f64> {
        (self.count > 1.0).then(|| (self.squares / (self.count - 1.0)).sqrt())
    }
}

wasmill_sdk::aggregates!(Moments);
