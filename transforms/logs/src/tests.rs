use wasmill_sdk::testing::run;

use super::parse;

#[test]
fn a_line_is_a_row() {
    let line = r#"{"timestamp": "2026-01-18T10:08:23.928722", "level": "ERROR", "module": "payment", "message": "Payment accepted",
        "request_id": "req-13530", "user_id": "user-32", "duration_ms": 201}"#;
    let rows = run(parse, line).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["timestamp"], "2026-01-18T10:08:23.928722");
    assert_eq!(rows[0]["level"], "ERROR");
    assert_eq!(rows[0]["user_id"], "user-32");
    assert_eq!(rows[0]["duration_ms"], 201);
}
