//! Write wasmill transforms: one function over one record.
//!
//! A transform turns each Kafka record into rows of a table. This is a whole one, `src/lib.rs` of a crate whose `Cargo.toml` says
//! `crate-type = ["cdylib"]` and depends on `wasmill-sdk`:
//!
//! ```
//! use wasmill_sdk::{json, log, transform, Error, IntoRows, Record, Row};
//!
//! #[derive(Row)] // its fields become the columns
//! struct Order<'a> {
//!     order_id: i32,
//!     customer_id: &'a str,
//!     items: Vec<Item<'a>>,
//!     note: Option<String>, // may be null, or not there
//! }
//!
//! #[derive(Row)]
//! struct Item<'a> {
//!     #[row(rename = "product_name")]
//!     product: &'a str,
//!     quantity: i32,
//! }
//!
//! #[transform] // makes the crate a module
//! fn parse(record: &Record) -> Result<impl IntoRows, Error> {
//!     if record.topic().ends_with("-test") {
//!         log::debug!("skipped offset {}", record.offset());
//!         return Ok(None); // no row
//!     }
//!     Ok(Some(json::<Order>(record.value())))
//! }
//!
//! // `cargo test` needs no engine:
//! let rows = wasmill_sdk::testing::run(
//!     parse,
//!     r#"{"order_id": 7, "customer_id": "CUST-001", "items": [{"product_name": "Souris", "quantity": 2}]}"#,
//! )
//! .unwrap();
//! assert_eq!(rows[0]["order_id"], 7);
//! assert_eq!(rows[0]["items"][0]["product_name"], "Souris");
//! assert!(rows[0]["note"].is_null());
//! ```
//!
//! `wasmill build` compiles the crate to a component with no capabilities but to log; `wasmill dev` rebuilds and swaps it while
//! the stream runs.
//!
//! | to | use |
//! |---|---|
//! | read the record | [`Record`] |
//! | say what a row is | [`derive@Row`], with [`Timestamp`] and [`Date`] |
//! | read JSON, strictly or as Spark does | [`json()`] |
//! | return none, one or many rows | [`IntoRows`], [`rows()`] |
//! | refuse a record | [`Error`] |
//! | tell what happens | [`log`] |
//! | write an aggregate for SQL | [`macro@aggregate`], [`derive@State`], [`aggregates!`] |
//! | test | [`testing`] |
//!
//! A transform is stateless: its module may be dropped between any two batches. What a panic says reaches the engine, but ends
//! the call; the one record behind it becomes an error like any other.

extern crate self as wasmill_sdk;

mod aggregate;
mod cell;
mod column;
mod error;
mod json;
pub mod log;
mod record;
mod rows;
mod state;
pub mod testing;
mod time;
mod transform;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest_aggregate;

/// Makes the crate a module with these aggregates. Beside them it may have a transform.
///
/// ```
/// use wasmill_sdk::{State, aggregate};
///
/// /// The greatest distance between two values.
/// #[derive(State, Default)]
/// struct Spread {
///     bounds: Option<(f64, f64)>,
/// }
///
/// #[aggregate]
/// impl Spread {
///     fn update(&mut self, value: f64) {
///         self.merge(&Spread { bounds: Some((value, value)) });
///     }
///
///     fn merge(&mut self, other: &Self) {
///         let Some((low, high)) = other.bounds else { return };
///         let (least, most) = self.bounds.unwrap_or((low, high));
///         self.bounds = Some((least.min(low), most.max(high)));
///     }
///
///     fn finish(&self) -> Option<f64> {
///         self.bounds.map(|(least, most)| most - least)
///     }
/// }
///
/// wasmill_sdk::aggregates!(Spread);
///
/// // In SQL: `SELECT host, spread(cpu_percent) FROM metrics GROUP BY host`. In a test:
/// let mut spread = Spread::default();
/// spread.update(3.0);
/// spread.update(7.5);
/// assert_eq!(spread.finish(), Some(4.5));
/// // Or as the engine does it, with states as bytes that are merged:
/// assert_eq!(wasmill_sdk::testing::aggregate_parts::<Spread>([3.0, 7.5, 5.0], 2).unwrap(), 4.5);
/// ```
#[macro_export]
macro_rules! aggregates {
    ($($aggregate:ty),+ $(,)?) => {
        // Off Wasm too: that one of them is no aggregate is said by every `cargo check`, and they are in use.
        const _: fn() = || {
            fn is_aggregate<A: $crate::internal::Aggregate>() {}
            $(is_aggregate::<$aggregate>();)+
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Module;

            const FUNCTIONS: &[$crate::guest_aggregate::Function] =
                &[$($crate::guest_aggregate::Function::of::<$aggregate>()),+];

            impl $crate::guest_aggregate::Guest for Module {
                fn describe() -> $crate::guest_aggregate::Description {
                    $crate::guest_aggregate::describe(FUNCTIONS, ::core::env!("CARGO_PKG_NAME"))
                }

                fn update(
                    function: u32,
                    states: $crate::guest_aggregate::States,
                    groups: ::std::vec::Vec<u32>,
                    arguments: ::std::vec::Vec<$crate::guest_aggregate::Column>,
                ) -> ::core::result::Result<$crate::guest_aggregate::States, ::std::string::String> {
                    $crate::guest_aggregate::update(FUNCTIONS, function, states, &groups, arguments)
                }

                fn merge(
                    function: u32,
                    states: $crate::guest_aggregate::States,
                    groups: ::std::vec::Vec<u32>,
                    others: $crate::guest_aggregate::States,
                ) -> ::core::result::Result<$crate::guest_aggregate::States, ::std::string::String> {
                    $crate::guest_aggregate::merge(FUNCTIONS, function, states, &groups, others)
                }

                fn finish(
                    function: u32,
                    states: $crate::guest_aggregate::States,
                ) -> ::core::result::Result<::std::vec::Vec<$crate::guest_aggregate::Column>, ::std::string::String> {
                    $crate::guest_aggregate::finish(FUNCTIONS, function, states)
                }

                fn migrate(
                    function: u32,
                    version: u32,
                    states: $crate::guest_aggregate::States,
                ) -> ::core::result::Result<$crate::guest_aggregate::States, ::std::string::String> {
                    $crate::guest_aggregate::migrate(FUNCTIONS, function, version, states)
                }
            }

            $crate::guest_aggregate::export_aggregate!(Module with_types_in $crate::guest_aggregate::bindings);
        };
    };
}

/// What the macros' code calls. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod internal {
    pub use crate::aggregate::{Aggregate, Argument, Input, Packed, argument, finish, merge, migrate, result, update};
    pub use crate::cell::Cell;
    pub use crate::column::{
        Booleans, Column, Data, DataType, Field, Fields, Flat, List, Primitive, Struct, Utf8, Values,
    };
    pub use crate::json::{FromJson, Read, Reader, complete_field, complete_value, read_field, read_value};
    pub use crate::transform::{Output, Transform, assert_transform, process, schema};
}

pub use error::Error;
pub use json::{Json, Text, json};
pub use record::{Header, Record};
pub use rows::{IntoRows, Row, Rows, rows};
pub use state::{Bounded, BoundedText, State};
pub use time::{Date, Timestamp};

/// ```
/// use wasmill_sdk::{Row, Timestamp, json};
///
/// #[derive(Row)]
/// struct Order {
///     at: Timestamp,
///     #[row(rename = "customer_id")]
///     customer: String,
///     items: Vec<Item>,
///     note: Option<String>, // may be null, or not there
/// }
///
/// #[derive(Row)]
/// struct Item {
///     quantity: i32,
/// }
///
/// let order = r#"{"at": "2026-01-18T10:08:23", "customer_id": "CUST-001", "items": [{"quantity": 2}]}"#;
/// let order = json::<Order>(order).read().unwrap();
/// assert_eq!((order.customer.as_str(), order.items[0].quantity, order.note), ("CUST-001", 2, None));
/// assert_eq!(order.at.to_string(), "2026-01-18T10:08:23.000000Z");
/// ```
pub use wasmill_sdk_macros::Row;

/// ```
/// use wasmill_sdk::{Bounded, BoundedText, State};
///
/// #[derive(State, Default)]
/// struct Latest {
///     count: u64,
///     host: BoundedText<32>,
///     values: Bounded<f64, 8>,
///     greatest: Option<(f64, i64)>,
/// }
///
/// assert_eq!(Latest::MOST_BYTES, 8 + (4 + 32) + (4 + 8 * 8) + (1 + 16));
/// ```
pub use wasmill_sdk_macros::State;

/// ```
/// use wasmill_sdk::{State, aggregate, testing};
///
/// #[derive(State, Default)]
/// struct WeightedMean {
///     sum: f64,
///     weight: f64,
/// }
///
/// #[aggregate] // `weighted_mean(value, weight)` in SQL
/// impl WeightedMean {
///     fn update(&mut self, value: f64, weight: f64) {
///         self.sum += value * weight;
///         self.weight += weight;
///     }
///
///     fn merge(&mut self, other: &Self) {
///         self.sum += other.sum;
///         self.weight += other.weight;
///     }
///
///     fn finish(&self) -> Option<f64> {
///         (self.weight > 0.0).then(|| self.sum / self.weight)
///     }
/// }
///
/// wasmill_sdk::aggregates!(WeightedMean);
///
/// assert_eq!(testing::aggregate::<WeightedMean>([(1.0, 1.0), (4.0, 2.0)]).unwrap(), 3.0);
/// ```
pub use wasmill_sdk_macros::aggregate;

/// ```
/// use wasmill_sdk::{Error, IntoRows, Record, Row, testing, transform};
///
/// #[derive(Row)]
/// struct Line {
///     text: String,
/// }
///
/// #[transform]
/// fn parse(record: &Record) -> Result<impl IntoRows, Error> {
///     let text = str::from_utf8(record.value().unwrap_or_default())?;
///     Ok((!text.is_empty()).then(|| Line { text: text.to_owned() }))
/// }
///
/// assert_eq!(testing::run(parse, "hello").unwrap()[0]["text"], "hello");
/// assert!(testing::run(parse, "").unwrap().is_empty());
/// ```
pub use wasmill_sdk_macros::transform;
