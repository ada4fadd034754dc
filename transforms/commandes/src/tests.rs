use wasmill_sdk::testing::{TestRecord, run};

use super::parse;

const ORDER: &str = r#"{"order_id": 28027, "customer_id": "CUST-013", "timestamp": "2026-01-18T10:08:23.171254", "items": [
    {"product_id": 5, "product_name": "Casque", "quantity": 3, "unit_price": 149.99, "subtotal": 449.97},
    {"product_id": 3, "product_name": "Clavier", "quantity": 2, "unit_price": 79.99, "subtotal": 159.98}
    ], "total": 609.95, "status": "shipped"}"#;

#[test]
fn an_order_is_a_row() {
    let rows = run(parse, ORDER).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["order_id"], 28027);
    assert_eq!(rows[0]["customer_id"], "CUST-013");
    assert_eq!(rows[0]["timestamp"], "2026-01-18T10:08:23.171254");
    assert_eq!(rows[0]["items"].len(), 2);
    assert_eq!(rows[0]["items"][1]["product_name"], "Clavier");
    assert_eq!(rows[0]["items"][1]["subtotal"], 159.98);
    assert_eq!(rows[0]["total"], 609.95);
}

#[test]
fn what_has_the_wrong_type_is_null() {
    let rows = run(parse, ORDER.replace("28027", "\"28027\"")).unwrap();
    assert!(rows[0]["order_id"].is_null());
    assert_eq!(rows[0]["status"], "shipped");
}

#[test]
fn a_tombstone_is_a_row_of_nulls_and_broken_json_is_an_error() {
    assert!(run(parse, TestRecord::tombstone()).unwrap()[0]["items"].is_null());
    let error = run(parse, &ORDER[..70]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`$.timestamp` at byte 60: the text has no closing quote"
    );
}
