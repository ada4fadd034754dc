use super::{in_order, key};

#[test]
fn keys_have_the_order_of_doubles() {
    let ordered = [
        f64::NEG_INFINITY,
        -1.5,
        -5e-324,
        -0.0,
        0.0,
        5e-324,
        2.0,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
    ];
    for pair in ordered.windows(2) {
        assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
    }
    assert_eq!(key(-f64::NAN), key(f64::NAN));
    for number in ordered {
        let back = f64::from_bits(in_order(key(number)).cast_unsigned());
        assert!(back.to_bits() == number.to_bits() || number.is_nan() && back.is_nan());
    }
}
