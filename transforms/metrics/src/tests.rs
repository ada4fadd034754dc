use wasmill_sdk::testing::run;

use super::parse;

#[test]
fn a_measurement_is_a_row() {
    let text = r#"{"timestamp": "2026-01-18T10:08:25.356677", "host": "server-03", "metrics": {"cpu_percent": 15.36,
        "memory_percent": 22.02, "disk_percent": 49.21, "response_time_ms": 224.172}}"#;
    let rows = run(parse, text).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["host"], "server-03");
    assert_eq!(rows[0]["metrics"]["cpu_percent"], 15.36);
    assert_eq!(rows[0]["metrics"]["response_time_ms"], 224.172);
}
