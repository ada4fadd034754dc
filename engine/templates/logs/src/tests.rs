use wasmill_sdk::testing::run;

use super::parse;

fn line(level: &str) -> String {
    format!(
        r#"{{"timestamp": "2026-01-18T10:08:23.9", "level": "{level}", "module": "api", "message": "hello", "duration_ms": 12}}"#
    )
}

#[test]
fn a_line_is_a_row() {
    let rows = run(parse, line("ERROR")).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["module"], "api");
    assert_eq!(rows[0]["duration_ms"], 12);
}

#[test]
fn debug_lines_are_left_out() {
    assert!(run(parse, line("DEBUG")).unwrap().is_empty());
}
