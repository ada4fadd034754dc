//! wasmill: a stream engine one can script. Kafka in; WebAssembly transforms, SQL; tables, Parquet out.

mod announce;
pub mod batch;
pub mod clock;
pub mod error;
mod number;
mod time;

pub mod broker;
pub mod guest;
pub mod lab;
pub mod monitor;
pub mod sink;
pub mod source;
pub mod sql;

pub mod pipeline;

pub mod cli;
