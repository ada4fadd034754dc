//! Lines for the engine's log: `log::info!("parsed {n} items")`.
//!
//! The engine names the module in front of each line, cuts long ones and counts them. In a native test they go to stderr.
//!
//! ```
//! use wasmill_sdk::log;
//!
//! let total = 1500.0;
//! log::error!("a total of {total} can't be right");
//! log::warn!("a total of {total} is odd");
//! log::info!("an order over {total}");
//! log::debug!("the total was given as {:?}", "1500.0");
//! log::trace!("reading the total");
//! ```

use std::fmt;

pub use crate::{__debug as debug, __error as error, __info as info, __trace as trace, __warn as warn};

/// How grave a line is.
///
/// ```
/// use wasmill_sdk::log::{Level, log};
///
/// let level = if "".is_empty() { Level::Warn } else { Level::Debug };
/// log(level, format_args!("the text has {} bytes", 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// Something happened.
    Info,
    /// How it went, for those who look for a mistake.
    Debug,
    /// Each step.
    Trace,
}

/// Writes a line; the macros call it.
///
/// ```
/// use wasmill_sdk::log::{Level, log};
///
/// log(Level::Info, format_args!("as `log::info!` would: {}", 7));
/// ```
pub fn log(level: Level, message: fmt::Arguments<'_>) {
    // A text without values needs no memory.
    match message.as_str() {
        Some(message) => write(level, message),
        None => write(level, &message.to_string()),
    }
}

#[cfg(target_arch = "wasm32")]
fn write(level: Level, message: &str) {
    crate::guest::log(level, message);
}

#[cfg(not(target_arch = "wasm32"))]
fn write(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}

/// Logs what failed.
#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Error, ::core::format_args!($($message)*))
    };
}

/// Logs what is odd.
#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Warn, ::core::format_args!($($message)*))
    };
}

/// Logs what happened.
#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Info, ::core::format_args!($($message)*))
    };
}

/// Logs how it went.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Debug, ::core::format_args!($($message)*))
    };
}

/// Logs each step.
#[doc(hidden)]
#[macro_export]
macro_rules! __trace {
    ($($message:tt)*) => {
        $crate::log::log($crate::log::Level::Trace, ::core::format_args!($($message)*))
    };
}
