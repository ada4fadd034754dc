//! What one would write by hand for the lab's orders, and nothing else: serde_json into borrowed structs, then Arrow's builders.
//! The benchmarks measure a module against it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int32Builder, ListArray, StringBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;
use serde::Deserialize;

#[derive(Deserialize)]
struct Order<'a> {
    order_id: i32,
    customer_id: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
    total: f64,
    status: &'a str,
}

#[derive(Deserialize)]
struct Item<'a> {
    product_id: i32,
    product_name: &'a str,
    quantity: i32,
    unit_price: f64,
    subtotal: f64,
}

/// The columns of orders, while they are gathered.
#[derive(Default)]
pub(crate) struct Orders {
    order_id: Int32Builder,
    customer_id: StringBuilder,
    timestamp: StringBuilder,
    total: Float64Builder,
    status: StringBuilder,
    item_counts: Vec<usize>,
    product_id: Int32Builder,
    product_name: StringBuilder,
    quantity: Int32Builder,
    unit_price: Float64Builder,
    subtotal: Float64Builder,
}

impl Orders {
    /// The fields of an item, the element of the fourth column.
    pub(crate) fn item_fields() -> Fields {
        Fields::from(vec![
            Field::new("product_id", DataType::Int32, true),
            Field::new("product_name", DataType::Utf8, true),
            Field::new("quantity", DataType::Int32, true),
            Field::new("unit_price", DataType::Float64, true),
            Field::new("subtotal", DataType::Float64, true),
        ])
    }

    /// Takes an order's JSON.
    ///
    /// # Errors
    /// If it is not one.
    pub(crate) fn push(&mut self, json: &[u8]) -> serde_json::Result<()> {
        let order: Order<'_> = serde_json::from_slice(json)?;
        self.order_id.append_value(order.order_id);
        self.customer_id.append_value(order.customer_id);
        self.timestamp.append_value(order.timestamp);
        self.total.append_value(order.total);
        self.status.append_value(order.status);
        self.item_counts.push(order.items.len());
        for item in order.items {
            self.product_id.append_value(item.product_id);
            self.product_name.append_value(item.product_name);
            self.quantity.append_value(item.quantity);
            self.unit_price.append_value(item.unit_price);
            self.subtotal.append_value(item.subtotal);
        }
        Ok(())
    }

    /// The columns of the orders so far; the next ones begin anew.
    ///
    /// # Errors
    /// If the columns don't fit together, which would be a mistake here.
    pub(crate) fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        let item: Vec<ArrayRef> = vec![
            Arc::new(self.product_id.finish()),
            Arc::new(self.product_name.finish()),
            Arc::new(self.quantity.finish()),
            Arc::new(self.unit_price.finish()),
            Arc::new(self.subtotal.finish()),
        ];
        let items = StructArray::try_new(Self::item_fields(), item, None)?;
        let element = Arc::new(Field::new("element", DataType::Struct(Self::item_fields()), true));
        let ends = OffsetBuffer::from_lengths(self.item_counts.drain(..));
        Ok(vec![
            Arc::new(self.order_id.finish()),
            Arc::new(self.customer_id.finish()),
            Arc::new(self.timestamp.finish()),
            Arc::new(ListArray::try_new(element, ends, Arc::new(items), None)?),
            Arc::new(self.total.finish()),
            Arc::new(self.status.finish()),
        ])
    }
}
