//! Orders: from the JSON of the topic `commandes-json` to a table with one row an order.

use wasmill_sdk::{Error, IntoRows, Record, Row, json, transform};

/// The schema: a field is a column. What the JSON has besides is skipped.
#[derive(Row)]
struct Order {
    order_id: i32,
    customer_id: String,
    timestamp: String,
    /// An array of structs stays one column; in SQL, `unnest(items)` makes a row of each element.
    items: Vec<Item>,
    total: f64,
    status: String,
}

#[derive(Row)]
struct Item {
    product_id: i32,
    product_name: String,
    quantity: i32,
    unit_price: f64,
    subtotal: f64,
}

/// Called for each record. `spark` reads as Spark's `from_json` does: what has the wrong type is null. Without it, such a record
/// would be an error, and a dead letter that says which field it was.
///
/// Things to try: `json::<Order>(record.value()).read()?` gives the `Order` itself, to compute on before it is returned; return
/// `None` for records you don't want, or a `Vec` of several rows.
#[transform]
fn parse(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Order>(record.value()).spark())
}

#[cfg(test)]
mod tests;
