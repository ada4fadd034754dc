use super::*;

const EXPECTED: &str = "\
+---+------------------+
|n  |s                 |
+---+------------------+
|1  |17149.510000000002|
+---+------------------+

";

#[test]
fn a_sum_may_have_other_last_digits_and_another_width() {
    let printed = "+---+--------+\n|n  |s       |\n+---+--------+\n|1  |17149.51|\n+---+--------+\n\n";
    assert_eq!(compare_table(EXPECTED, EXPECTED, &[]), Ok(()));
    assert_eq!(compare_table(EXPECTED, printed, &["s"]), Ok(()));
    assert!(compare_table(EXPECTED, printed, &["n"]).is_err());
    assert!(compare_table(EXPECTED, &printed.replace("9.51", "9.52"), &["s"]).is_err());
}

#[test]
fn the_report_begins_where_the_texts_part() {
    let report = compare_table(EXPECTED, &EXPECTED.replace("|1 ", "|2 "), &["s"]).unwrap_err();
    assert!(
        report.starts_with("different from line 4 on; expected:\n  |1  |17149"),
        "{report}"
    );
}
