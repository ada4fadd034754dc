//! wasmill: a stream engine one can script. Kafka in; WebAssembly transforms, SQL; tables, Parquet out.

mod announce;
pub mod batch;
pub mod clock;
pub mod error;
pub mod event_time;
mod kafka;
mod number;
mod storage;
mod text;
mod time;

pub mod aggregate;
pub mod broker;
pub mod checkpoint;
pub mod guest;
pub mod lab;
pub mod monitor;
pub mod sink;
pub mod source;
pub mod sql;
pub mod window;

pub mod pipeline;

pub mod cli;

/// Fuzz targets look at how much memory a piece of work takes.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: wasmill_fuzz::Counting = wasmill_fuzz::Counting;
