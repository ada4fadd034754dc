//! Event-time windows in GROUP BY: `window(ts, size[, slide[, start]])` and `session_window(ts, gap)`.
//!
//! `call` reads the calls in the query's text, `assign` says which windows a time falls in, `session` joins times into
//! sessions, `group` puts them below the aggregate of a batch, `between` makes windows of bounds above that of a stream.

mod assign;
mod between;
pub(super) mod call;
pub(super) mod group;
mod interval;
mod session;

pub(super) use assign::EventWindow;
pub(super) use between::WindowBetween;
pub use interval::micros as interval_micros;

use std::sync::LazyLock;

use arrow::datatypes::{DataType, Field, Fields};

use crate::batch::timestamp_type;

/// The name of the call in a query, of the column it makes, and of the function that stands for it while it is planned.
pub(super) const WINDOW: &str = "window";
/// The same for sessions.
pub(super) const SESSION_WINDOW: &str = "session_window";

/// `start` (in the window) and `end` (not in it).
fn bounds() -> Fields {
    static BOUNDS: LazyLock<Fields> = LazyLock::new(|| {
        Fields::from(vec![
            Field::new("start", timestamp_type(), true),
            Field::new("end", timestamp_type(), true),
        ])
    });
    BOUNDS.clone()
}

/// A window as a value: a struct of its two bounds.
fn window_type() -> DataType {
    DataType::Struct(bounds())
}
