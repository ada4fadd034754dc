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
//! | test | [`testing`] |
//!
//! A transform is stateless: its module may be dropped between any two batches. What a panic says reaches the engine, but ends
//! the call; the one record behind it becomes an error like any other.

extern crate self as wasmill_sdk;

mod cell;
mod column;
mod error;
mod json;
pub mod log;
mod record;
mod rows;
pub mod testing;
mod time;
mod transform;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;

/// What the macros' code calls. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod internal {
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
pub use time::{Date, Timestamp};
pub use wasmill_sdk_macros::{Row, transform};
