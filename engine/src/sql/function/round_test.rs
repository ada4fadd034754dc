use super::{round, round_integer};

#[test]
fn as_spark_rounds() {
    let golden = include_str!("../../../../tests/fixtures/golden/show/round.rows.jsonl");
    let number = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let mut rows = 0;
    for line in golden.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(x) = number(&row["x"]) else { continue };
        for (column, places) in [("r2", 2), ("r0", 0), ("rm1", -1)] {
            let expected = number(&row[column]).unwrap();
            assert_eq!(round(x, places).to_bits(), expected.to_bits(), "round({x}, {places})");
        }
        rows += 1;
    }
    assert_eq!(rows, 12);
}

#[test]
fn the_ends_of_the_range() {
    assert_eq!(round(f64::MAX, 2), f64::MAX);
    assert_eq!(round(5e-324, 2), 0.0);
    assert_eq!(round(5e-324, i32::MAX), 5e-324);
    assert_eq!(round(1234.5, i32::MIN), 0.0);
    assert_eq!(round(0.5, 0), 1.0);
    assert_eq!(round(-9.995, 2), -10.0);
    assert_eq!(round(99.0, -2), 100.0);
    assert_eq!(round_integer(15, -1), Some(20));
    assert_eq!(round_integer(-15, -1), Some(-20));
    assert_eq!(round_integer(14, 3), Some(14));
    assert_eq!(round_integer(i64::MAX, -1), None);
    assert_eq!(round_integer(i64::MAX, -40), Some(0));
}

proptest::proptest! {
    #[test]
    fn close_to_what_arithmetic_says(x in -1e9_f64..1e9, places in 0_i32..6) {
        let unit = 10_f64.powi(-places);
        proptest::prop_assert!((round(x, places) - x).abs() <= unit * 0.500_001 + x.abs() * 1e-15);
    }

    #[test]
    fn rounding_twice_changes_nothing(x in proptest::num::f64::NORMAL, places in -5_i32..20) {
        let once = round(x, places);
        proptest::prop_assert_eq!(round(once, places).to_bits(), once.to_bits());
    }
}
