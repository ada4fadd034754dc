use wasmill_sdk::testing::run;

use super::parse;

#[test]
fn an_order_is_a_row() {
    let rows = run(
        parse,
        r#"{"order_id": 7, "customer_id": "CUST-001", "total": 59.98, "status": "paid"}"#,
    )
    .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["customer_id"], "CUST-001");
    assert_eq!(rows[0]["total"], 59.98);
}

#[test]
fn a_total_below_zero_is_refused() {
    let error = run(
        parse,
        r#"{"order_id": 7, "customer_id": "CUST-001", "total": -1, "status": "paid"}"#,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "a total below 0 can't be right");
}
