use wasmill_sdk::testing::run;

use super::parse;

#[test]
fn a_record_is_two_rows() {
    let rows = run(
        parse,
        r#"{"timestamp": "2026-01-18T10:08:25", "host": "server-03", "metrics": {"cpu_percent": 15.5, "memory_percent": 22}}"#,
    )
    .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["name"], "cpu");
    assert_eq!(rows[0]["percent"], 15.5);
    assert_eq!(rows[1]["name"], "memory");
    assert_eq!(rows[1]["host"], "server-03");
}

#[test]
fn a_record_without_metrics_is_refused() {
    let error = run(
        parse,
        r#"{"timestamp": "2026-01-18T10:08:25", "host": "server-03"}"#,
    )
    .unwrap_err();
    assert!(error.to_string().contains("metrics"), "{error}");
}
