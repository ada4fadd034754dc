use super::*;

fn double(value: f64) -> String {
    let mut out = String::new();
    write_double(&mut out, value);
    out
}

#[test]
fn doubles_read_as_in_java() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (10.0, "10.0"),
        (12.5, "12.5"),
        (100.25, "100.25"),
        (0.1, "0.1"),
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.00123, "0.00123"),
        (0.0001, "1.0E-4"),
        (-0.00099, "-9.9E-4"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (2e23, "2.0E23"),
        (4.9e-324, "4.9E-324"),
        (f64::MAX, "1.7976931348623157E308"),
        (12_249.650000000001, "12249.650000000001"),
    ];
    for (value, text) in cases {
        assert_eq!(double(value), text);
    }
}

proptest::proptest! {
    #[test]
    fn a_double_reads_back_as_itself(bits: u64) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            proptest::prop_assert_eq!(double(value).parse::<f64>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn a_float_reads_back_as_itself(bits: u32) {
        let value = f32::from_bits(bits);
        let mut out = String::new();
        write_float(&mut out, value);
        if value.is_finite() {
            proptest::prop_assert_eq!(out.parse::<f32>().unwrap().to_bits(), bits);
        }
    }
}

#[test]
fn what_is_no_number_has_a_name() {
    assert_eq!(double(f64::NAN), "NaN");
    assert_eq!(double(f64::INFINITY), "Infinity");
    assert_eq!(double(f64::NEG_INFINITY), "-Infinity");
}
