//! Why a record became no row.

use std::fmt;

/// Why a record became no row: a sentence that the engine shows with the record's topic, partition and offset.
///
/// Any error of the standard kind becomes one by `?`; [`Error::new`] takes a text of your own.
///
/// ```
/// use wasmill_sdk::Error;
///
/// fn quantity(text: &str) -> Result<i32, Error> {
///     let quantity: i32 = text.parse()?;
///     if quantity < 1 {
///         return Err(Error::new(format!("a quantity of {quantity} can't be sold")));
///     }
///     Ok(quantity)
/// }
///
/// assert_eq!(quantity("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert_eq!(quantity("0").unwrap_err().to_string(), "a quantity of 0 can't be sold");
/// ```
// It is no `std::error::Error` itself: that is what lets `?` take every other one (as `anyhow` does it).
pub struct Error {
    reason: Box<str>,
}

impl Error {
    /// An error with a reason of your own: lowercase, names and values in backticks, no full stop.
    pub fn new(reason: impl fmt::Display) -> Error {
        Error {
            reason: reason.to_string().into_boxed_str(),
        }
    }

    /// The sentence itself, for the engine.
    pub(crate) fn into_reason(self) -> String {
        self.reason.into_string()
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Error {
        Error::new(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reason)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Error({:?})", self.reason)
    }
}
