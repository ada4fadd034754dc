use super::*;

fn rows(text: &str) -> Vec<Row> {
    parse_lines("test", text)
}

const LIST: Comparison<'static> = Comparison {
    ordered: true,
    sums: &[],
};
const SET: Comparison<'static> = Comparison {
    ordered: false,
    sums: &[],
};

#[test]
fn a_set_has_no_order_but_counts() {
    let (ab, ba) = (rows("{\"v\":1}\n{\"v\":2}"), rows("{\"v\":2}\n{\"v\":1}"));
    assert_eq!(SET.compare(&ab, &ba), Ok(()));
    assert!(LIST.compare(&ab, &ba).is_err());
    let twice = rows("{\"v\":1}\n{\"v\":1}\n{\"v\":2}");
    let report = SET.compare(&ab, &twice).unwrap_err();
    assert_eq!(report, "3 rows where 2 were expected\n1 not expected:\n  {\"v\":1}\n");
}

#[test]
fn doubles_are_exact_unless_they_are_sums() {
    let (a, b) = (
        rows("{\"k\":\"x\",\"s\":17149.510000000002}"),
        rows("{\"k\":\"x\",\"s\":17149.51}"),
    );
    let report = LIST.compare(&a, &b).unwrap_err();
    assert!(
        report.contains("row 0: `s` is 17149.51 instead of 17149.510000000002"),
        "{report}"
    );
    for ordered in [true, false] {
        let sums = Comparison { ordered, sums: &["s"] };
        assert_eq!(sums.compare(&a, &b), Ok(()));
        assert!(sums.compare(&a, &rows("{\"k\":\"x\",\"s\":17149.52}")).is_err());
        assert!(sums.compare(&a, &rows("{\"k\":\"x\",\"s\":null}")).is_err());
        assert!(sums.compare(&a, &rows("{\"k\":\"y\",\"s\":17149.51}")).is_err());
    }
}

#[test]
fn an_integral_double_is_a_number_like_any() {
    assert_eq!(
        SET.compare(&rows("{\"v\":[1.0, 1e2]}"), &rows("{\"v\":[1, 100]}")),
        Ok(())
    );
    assert!(SET.compare(&rows("{\"v\":-0.0}"), &rows("{\"v\":0.0}")).is_err());
    assert!(SET.compare(&rows("{\"v\":\"1\"}"), &rows("{\"v\":1}")).is_err());
}

#[test]
fn columns_have_an_order() {
    let report = LIST
        .compare(&rows("{\"a\":1,\"b\":2}"), &rows("{\"b\":2,\"a\":1}"))
        .unwrap_err();
    assert!(report.contains("columns b, a instead of a, b"), "{report}");
}

#[test]
fn an_integer_beyond_a_double_keeps_its_digits() {
    assert!(
        SET.compare(&rows("{\"v\":9007199254740993}"), &rows("{\"v\":9007199254740992}"))
            .is_err()
    );
}

#[test]
fn rows_that_are_missing_or_too_many_are_named() {
    let report = LIST
        .compare(&rows("{\"v\":1}\n{\"v\":2}"), &rows("{\"v\":1}"))
        .unwrap_err();
    assert_eq!(
        report,
        "1 rows where 2 were expected\n1 missing at the end:\n  {\"v\":2}\n"
    );
}

#[test]
fn a_row_with_one_wrong_column_is_shown_beside_its_counterpart() {
    let long = "x".repeat(1000);
    let want = rows(&format!("{{\"k\":1,\"v\":\"{long}a\"}}\n{{\"k\":2,\"v\":\"b\"}}"));
    let got = rows(&format!("{{\"k\":2,\"v\":\"b\"}}\n{{\"k\":1,\"v\":\"{long}c\"}}"));
    let report = SET.compare(&want, &got).unwrap_err();
    let pair = format!(
        "nearest to a missing one: `v` is ...{0}c\" instead of ...{0}a\"\n",
        "x".repeat(30)
    );
    assert!(report.ends_with(&pair), "{report}");
}
