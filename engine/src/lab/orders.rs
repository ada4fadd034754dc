//! `{"order_id", "customer_id", "timestamp", "items": [{"product_id", "product_name", "quantity", "unit_price",
//! "subtotal"}], "total", "status"}`

use std::fmt::Write as _;

use super::random::Random;
use super::{LabRecord, text};

/// The shop's products; a product's id is its place, counted from 1.
const PRODUCTS: [(&str, f64); 8] = [
    ("Laptop", 999.99),
    ("Souris", 29.99),
    ("Clavier", 79.99),
    ("Ecran", 349.99),
    ("Casque", 149.99),
    ("Webcam", 89.99),
    ("USB Hub", 39.99),
    ("SSD", 129.99),
];

/// Three of five orders are new.
const STATUSES: [&str; 5] = ["created", "created", "created", "paid", "shipped"];

pub(super) fn record(random: &mut Random, at_us: i64) -> LabRecord {
    let order_id = random.between(10_000, 99_999);
    let customer = format!("CUST-{:03}", random.between(1, 20));
    let kinds = usize::try_from(random.between(1, 4)).unwrap_or(1);
    let mut items = String::new();
    let mut total = 0.0;
    for product in random.different(kinds, PRODUCTS.len()) {
        let (name, price) = PRODUCTS[product];
        let quantity = random.between(1, 3);
        let subtotal = text::round2(quantity as f64 * price);
        total += subtotal;
        let separator = if items.is_empty() { "" } else { ", " };
        // Writing to a String can't fail.
        let _ = write!(
            items,
            "{separator}{{\"product_id\": {}, \"product_name\": \"{name}\", \"quantity\": {quantity}, \
             \"unit_price\": {}, \"subtotal\": {}}}",
            product + 1,
            text::float(price),
            text::float(subtotal),
        );
    }
    let value = format!(
        "{{\"order_id\": {order_id}, \"customer_id\": \"{customer}\", \"timestamp\": \"{}\", \"items\": [{items}], \
         \"total\": {}, \"status\": \"{}\"}}",
        text::time(at_us),
        text::float(text::round2(total)),
        random.pick(&STATUSES),
    );
    LabRecord { key: customer, value }
}
