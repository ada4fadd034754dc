use wasmill_sdk::testing::run;

use super::parse;

#[test]
fn a_line_is_a_row() {
    let rows = run(parse, "one two  three").unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["words"], 3);
}

#[test]
fn what_is_no_text_is_refused() {
    assert!(run(parse, [0xff, 0xfe]).is_err());
}
