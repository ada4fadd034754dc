//! Orders: from the JSON of a record to a row.

use wasmill_sdk::{Error, IntoRows, Record, Row, json, transform};

/// A row: a field is a column. It is what is read of the JSON, too; what that has besides is skipped.
#[derive(Row)]
struct Order {
    order_id: i64,
    customer_id: String,
    total: f64,
    status: String,
}

/// Called for each record. An error is no disaster: the record is put aside, with the reason.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    let order = json::<Order>(record.value()).read()?;
    if order.total < 0.0 {
        return Err(Error::new("a total below 0 can't be right"));
    }
    Ok(order)
}

// Things to try, with `wasmill dev` in another window:
// - The JSON has a `timestamp` too: add the field `timestamp: wasmill_sdk::Timestamp`.
// - Misspell a field's name: each record says what it lacks. A field that may be missing is an `Option<String>`.
// - Leave orders out: `Ok((order.status != "created").then_some(order))`. `None` is no row.
// - Several rows of a record: return a `Vec`, or `rows(...)` over an iterator.

#[cfg(test)]
mod tests;
