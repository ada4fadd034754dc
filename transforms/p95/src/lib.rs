//! The 95th percentile: `p95(duration_ms)` in SQL.
//!
//! Exact percentiles would have to remember every value. A t-digest remembers a few dozen weighted means instead, closer together
//! towards both ends, where percentiles are asked for.

use wasmill_sdk::{Bounded, State, aggregate};

/// How many means are kept at most. With so many, the value that is given lies between the exact 94th and 96th percentile: the
/// tests hold it to that.
const MEANS: usize = 128;
/// How many values wait to become means.
const WAITING: usize = 64;

/// What is remembered of a group: at most 2.6 KB.
#[derive(State, Default, Clone)]
pub struct P95 {
    /// Sorted by their means.
    means: Bounded<Mean, MEANS>,
    /// Values that are not among the means yet: to sort them in one by one would take long.
    waiting: Bounded<f64, WAITING>,
}

/// Some values, as their mean.
#[derive(State, Clone, Copy, Debug, PartialEq)]
struct Mean {
    value: f64,
    weight: f64,
}

#[aggregate]
impl P95 {
    /// Adds a value. NaN says nothing about an order, and is left out.
    pub fn update(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if !self.waiting.push(value) {
            self.settle(&[]);
            self.waiting.push(value);
        }
    }

    /// Adds what other rows came to.
    pub fn merge(&mut self, other: &Self) {
        let mut means = other.means.to_vec();
        means.extend(other.waiting.iter().map(|value| Mean {
            value: *value,
            weight: 1.0,
        }));
        self.settle(&means);
    }

    /// The percentile; null without a value.
    pub fn finish(&self) -> Option<f64> {
        let mut all = self.clone();
        all.settle(&[]);
        all.quantile(0.95)
    }

    /// Makes means of the waiting values and of these.
    fn settle(&mut self, more: &[Mean]) {
        let waiting = self.waiting.iter().map(|value| Mean {
            value: *value,
            weight: 1.0,
        });
        let mut all: Vec<Mean> = self
            .means
            .iter()
            .copied()
            .chain(waiting)
            .chain(more.iter().copied())
            .collect();
        all.sort_by(|one, other| one.value.total_cmp(&other.value));
        self.waiting.truncate(0);
        self.means.truncate(0);
        let total: f64 = all.iter().map(|mean| mean.weight).sum();
        let mut before = 0.0;
        let mut open: Option<Mean> = None;
        for next in all {
            let together = open.map_or(next.weight, |mean| mean.weight + next.weight);
            // A mean may span so much of the whole that, on the scale of the digest, it is one step long.
            let is_short = scale((before + together) / total) - scale(before / total) <= 1.0;
            // Infinities have no mean with others, and need none of their own twice.
            let fits = open.is_some_and(|mean| match mean.value.is_finite() && next.value.is_finite() {
                true => is_short,
                false => mean.value == next.value,
            });
            match &mut open {
                Some(mean) if fits => {
                    mean.value = between(mean.value, next.value, next.weight / together);
                    mean.weight = together;
                }
                Some(mean) => {
                    before += mean.weight;
                    self.means.push(*mean);
                    open = Some(next);
                }
                None => open = Some(next),
            }
        }
        if let Some(mean) = open {
            self.means.push(mean);
        }
    }

    /// Between the two means around it, by how much of the whole lies before.
    fn quantile(&self, part: f64) -> Option<f64> {
        let total: f64 = self.means.iter().map(|mean| mean.weight).sum();
        let wanted = part * total;
        let mut before = 0.0;
        let mut last: Option<(f64, f64)> = None;
        for mean in self.means.iter() {
            let middle = before + mean.weight / 2.0;
            if middle >= wanted {
                return Some(match last {
                    Some((at, value)) if value.is_finite() && mean.value.is_finite() => {
                        between(value, mean.value, (wanted - at) / (middle - at))
                    }
                    Some((_, value)) if wanted < before => value,
                    _ => mean.value,
                });
            }
            before += mean.weight;
            last = Some((middle, mean.value));
        }
        last.map(|(_, value)| value)
    }
}

/// What lies at this part of the way from one value to another; of two huge ones too, whose difference is none.
fn between(low: f64, high: f64, part: f64) -> f64 {
    let apart = high - low;
    if low == high {
        low
    } else if apart.is_finite() {
        low + apart * part
    } else {
        low * (1.0 - part) + high * part
    }
}

/// The digest's scale: steep at both ends. Two neighbours together are longer than a step, so there are at most twice as many means as
/// steps, and two more for the infinities.
fn scale(part: f64) -> f64 {
    let steps = (MEANS / 2 - 2) as f64;
    steps / std::f64::consts::PI * ((2.0 * part.clamp(0.0, 1.0) - 1.0).asin() + std::f64::consts::FRAC_PI_2)
}

wasmill_sdk::aggregates!(P95);

#[cfg(test)]
mod tests;
