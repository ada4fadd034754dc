//! A failing input made smaller, so that what matters about it can be seen.

use std::time::{Duration, Instant};

/// How long is looked for a smaller one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The smallest input found that still fails: pieces are left out, halves first, single bytes last.
pub(crate) fn smaller(input: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let begun = Instant::now();
    let mut smallest = input.to_vec();
    let mut piece = smallest.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < smallest.len() {
            if begun.elapsed() > PATIENCE {
                return smallest;
            }
            let mut shorter = smallest.clone();
            shorter.drain(at..(at + piece).min(smallest.len()));
            if fails(&shorter) {
                smallest = shorter;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    smallest
}

#[cfg(test)]
#[path = "smaller_test.rs"]
mod tests;
