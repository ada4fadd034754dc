//! The terms of event time that several stages share: which windows a time falls in, which rows of a result come out.

use arrow::datatypes::{DataType, Field};
use serde::{Deserialize, Serialize};

/// Which rows of a table that keeps groups reach its sinks. As Spark's output modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputMode {
    /// Each row once, when it is final.
    #[default]
    Append,
    /// The rows that this batch changed.
    Update,
    /// The whole result, every time.
    Complete,
}

impl OutputMode {
    /// As a pipeline file has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Update => "update",
            Self::Complete => "complete",
        }
    }
}

/// The event-time windows that a query groups by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Windows of a fixed length: tumbling, or sliding over each other.
    Fixed(Windows),
    /// Rows of one key, joined while no more than this many microseconds lie between them.
    Session {
        /// Longer than nothing.
        gap: i64,
    },
}

impl Window {
    /// The columns that stand for it while rows are aggregated, int64 microseconds: where the row's pane starts, or where a
    /// session of that row alone starts and ends.
    pub fn bounds(self) -> Vec<Field> {
        let names: &[&str] = match self {
            Self::Fixed(_) => &["__start"],
            Self::Session { .. } => &["__start", "__end"],
        };
        let field = |name: &&str| Field::new(*name, DataType::Int64, false);
        names.iter().map(field).collect()
    }
}

/// Event times of some rows, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How many rows have one.
    pub count: u64,
    /// The least.
    pub least: Option<i64>,
    /// The greatest.
    pub greatest: Option<i64>,
    /// Their sum.
    pub sum: i128,
}

impl Times {
    /// Those of a column, without what is beyond the latest time that counts.
    pub fn of(times: impl Iterator<Item = i64>, latest: Option<i64>) -> Self {
        let counting = times.filter(|time| latest.is_none_or(|latest| *time <= latest));
        let mut all = Self::default();
        for time in counting {
            all.count += 1;
            all.sum += i128::from(time);
            all.least = Some(all.least.map_or(time, |least| least.min(time)));
            all.greatest = all.greatest.max(Some(time));
        }
        all
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            least: [self.least, other.least].into_iter().flatten().min(),
            greatest: self.greatest.max(other.greatest),
            sum: self.sum + other.sum,
        }
    }
}

/// Fixed windows, in microseconds. `0 < slide <= size` and `|start| < slide`. Half open: the end is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How long a window is.
    pub size: i64,
    /// How much later the next one begins.
    pub slide: i64,
    /// Where the grid of beginnings lies, from the epoch.
    pub start: i64,
}

impl Windows {
    /// The start of the last window that contains this time.
    pub fn last_start(self, time: i64) -> i64 {
        on_grid(time, self.slide, self.start)
    }

    /// The starts of all windows that contain this time, the last first.
    pub fn starts(self, time: i64) -> impl Iterator<Item = i64> {
        let earlier = move |start: &i64| start.checked_sub(self.slide);
        std::iter::successors(Some(self.last_start(time)), earlier).take_while(move |start| self.end(*start) > time)
    }

    /// The end of the window that starts here.
    pub fn end(self, start: i64) -> i64 {
        start.saturating_add(self.size)
    }

    /// Whether a time falls in one window only.
    pub fn is_tumbling(self) -> bool {
        self.slide == self.size
    }

    /// The length of a pane: the longest stretch that every window has whole or not at all. Windows that slide share panes,
    /// so that a row is aggregated once, however many windows it is in.
    pub fn pane(self) -> i64 {
        greatest_common_divisor(self.size, self.slide)
    }

    /// The start of the pane that contains this time.
    pub fn pane_start(self, time: i64) -> i64 {
        on_grid(time, self.pane(), self.start)
    }
}

/// The last point at or before `time` of a grid of this width.
fn on_grid(time: i64, width: i64, start: i64) -> i64 {
    // (time - start) mod width, without the difference: it could overflow.
    let into = time.rem_euclid(width) - start.rem_euclid(width);
    time.saturating_sub(into.rem_euclid(width))
}

fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
#[path = "event_time_test.rs"]
mod tests;
