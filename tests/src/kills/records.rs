//! The records by their numbers: where each is, what is in it, and what has to come of all of them together.
//!
//! Number `n` is in partition `n % 4` at offset `n / 4`, of customer `n % 12`, 10 ms of event time after `n - 1`. A customer's records are
//! all in one partition, so that they have an order, and so has whatever is added up over them.

use std::sync::atomic::{AtomicU64, Ordering};

/// Partitions of the topic.
pub(super) const PARTITIONS: u64 = 4;
/// Customers; a multiple of the partitions.
pub(super) const CUSTOMERS: u64 = 12;
/// How long ago the first record's time is. Times go faster than the clock, and must not pass it: a broker refuses what is from the future.
/// Nor may they be older than a day: a broker that starts again forgets producers whose last record is, so that it takes records a second
/// time that it was sent a second time.
const FIRST_AGO_MS: i64 = 12 * 3600 * 1000;
const STEP_MS: u64 = 10;
/// A window's length in records, and in seconds.
const WINDOW: u64 = 500;
/// The length of the windows, as SQL has it.
pub(super) const WINDOW_SQL: &str = "5 seconds";
/// How far the closing records are ahead of the others: far enough for every window to be final.
const CLOSING_MS: i64 = 60 * 1000;

/// The records of one run.
#[derive(Debug)]
pub(super) struct Records {
    /// Whether a share of them can't be read.
    broken: bool,
    /// The first record's time, at which a window begins too.
    first_ms: i64,
    /// Records numbered below may have been sent.
    sent: AtomicU64,
    /// The number of the first closing record; the greatest there is until it is known.
    closing: AtomicU64,
}

/// What a group's rows came to: plain integers, so that one record more or less is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) total: u64,
    pub(super) low: u64,
    pub(super) high: u64,
}

impl Records {
    /// Those of a run that begins now.
    pub(super) fn new(broken: bool, now_ms: i64) -> Self {
        let first_ms = now_ms - FIRST_AGO_MS;
        Self {
            broken,
            first_ms: first_ms - first_ms.rem_euclid((WINDOW * STEP_MS) as i64),
            sent: AtomicU64::new(0),
            closing: AtomicU64::new(u64::MAX),
        }
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// Says that records below this number are about to be sent.
    pub(super) fn sending(&self, end: u64) {
        self.sent.store(end, Ordering::SeqCst);
    }

    /// Says that from this number on records are closing ones: one a partition.
    pub(super) fn close(&self, from: u64) {
        self.closing.store(from, Ordering::SeqCst);
    }

    fn closing(&self) -> u64 {
        self.closing.load(Ordering::SeqCst)
    }

    /// Whether no guest can read it.
    pub(super) fn is_broken(&self, number: u64) -> bool {
        self.broken && number % 7 == 3 && number < self.closing()
    }

    pub(super) fn time_ms(&self, number: u64) -> i64 {
        let ahead = if number < self.closing() { 0 } else { CLOSING_MS };
        self.first_ms + (number * STEP_MS) as i64 + ahead
    }

    pub(super) fn value(&self, number: u64) -> String {
        if self.is_broken(number) {
            return format!("broken {number}");
        }
        let customer = customer(number);
        format!(r#"{{"order_id":{number},"customer_id":"{customer}","items":[],"total":1.5,"status":"paid"}}"#)
    }

    /// Starts of windows, in milliseconds, and customers, with what has to come out of each: of all windows that are closed.
    pub(super) fn windows(&self) -> impl Iterator<Item = (i64, u64)> + use<> {
        let first_ms = self.first_ms;
        let windows = 0..self.closing().div_ceil(WINDOW);
        let start = move |window| first_ms + (window * WINDOW * STEP_MS) as i64;
        windows.flat_map(move |window| (0..CUSTOMERS).map(move |customer| (start(window), customer)))
    }

    /// What a customer's records in the window from `start_ms` come to; nothing if there is no such window.
    pub(super) fn window(&self, start_ms: i64, customer: u64) -> Option<Sums> {
        let since = u64::try_from(start_ms - self.first_ms).ok()?;
        if since % (WINDOW * STEP_MS) != 0 {
            return None;
        }
        let first = since / STEP_MS;
        let numbers = first..(first + WINDOW).min(self.closing());
        let sums = numbers.filter(|number| number % CUSTOMERS == customer).fold(
            Sums {
                low: u64::MAX,
                ..Sums::default()
            },
            |sums, number| Sums {
                count: sums.count + 1,
                total: sums.total + number,
                low: sums.low.min(number),
                high: number,
            },
        );
        (sums.count > 0).then_some(sums)
    }
}

/// The name of a record's customer.
pub(super) fn customer(number: u64) -> String {
    format!("CUST-{:03}", number % CUSTOMERS)
}

/// The customer of a name.
pub(super) fn customer_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix("CUST-")?.parse().ok()?;
    (number < CUSTOMERS).then_some(number)
}

/// How many of the records below `end` are a customer's.
pub(super) fn count_of(customer: u64, end: u64) -> u64 {
    (end + CUSTOMERS - 1 - customer) / CUSTOMERS
}

/// What a customer's first records come to, so many of them.
pub(super) fn first(customer: u64, count: u64) -> Sums {
    if count == 0 {
        return Sums::default();
    }
    Sums {
        count,
        total: count * customer + CUSTOMERS * (count * (count - 1) / 2),
        low: customer,
        high: customer + CUSTOMERS * (count - 1),
    }
}

#[cfg(test)]
#[path = "records_test.rs"]
mod tests;
