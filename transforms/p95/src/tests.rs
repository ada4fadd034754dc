use super::P95;

/// Numbers in no order.
fn numbers(count: usize, of: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| of(next())).collect()
}

fn digest(values: &[f64]) -> P95 {
    let mut digest = P95::default();
    values.iter().for_each(|value| digest.update(*value));
    digest
}

/// The value lies between the exact 94th and 96th percentile.
fn assert_near(values: &[f64], given: f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let exact = |part: f64| sorted[(part * (sorted.len() - 1) as f64) as usize];
    assert!(
        exact(0.94) <= given && given <= exact(0.96),
        "{given} of {}",
        exact(0.95)
    );
}

#[test]
fn is_near_the_exact_one_whatever_the_values() {
    for values in [
        numbers(10_000, |x| x),
        numbers(10_000, |x| -(1.0 - x).ln()),
        numbers(10_000, |x| (x * 10.0).floor()),
        (0..5000).map(f64::from).collect(),
        (0..5000).rev().map(f64::from).collect(),
    ] {
        assert_near(&values, digest(&values).finish().unwrap());
    }
}

#[test]
fn parts_come_to_the_same_as_the_whole() {
    let values = numbers(20_000, |x| x * x);
    for parts in [2, 7, 100] {
        let mut whole = P95::default();
        values
            .chunks(values.len() / parts)
            .for_each(|part| whole.merge(&digest(part)));
        assert_near(&values, whole.finish().unwrap());
    }
}

#[test]
fn few_values_are_told_apart() {
    assert_eq!(P95::default().finish(), None);
    assert_eq!(digest(&[7.0]).finish(), Some(7.0));
    assert_eq!(digest(&[f64::NAN]).finish(), None);
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    let given = digest(&hundred).finish().unwrap();
    assert!((94.0..=97.0).contains(&given), "{given}");
}

#[test]
fn infinities_and_huge_values_are_values() {
    let inf = f64::INFINITY;
    assert_eq!(digest(&[inf; 1000]).finish(), Some(inf));
    assert_eq!(digest(&[-inf; 1000]).finish(), Some(-inf));
    // One in ten, at both ends.
    let with = |values: Vec<f64>, at: f64| -> Vec<f64> {
        let values = values.into_iter().enumerate();
        values
            .map(|(row, value)| if row % 10 == 3 { at } else { value })
            .collect()
    };
    assert_eq!(digest(&with(numbers(1000, |x| x), inf)).finish(), Some(inf));
    let low = with(numbers(10_000, |x| x), -inf);
    assert_near(&low, digest(&low).finish().unwrap());
    // Of huge ones the difference is more than a double can hold.
    let huge = numbers(1000, |x| if x < 0.5 { f64::MAX } else { -f64::MAX });
    assert_eq!(digest(&huge).finish(), Some(f64::MAX));
    // There is room for the infinities beside all means.
    let all: Vec<f64> = numbers(50_000, |x| {
        if x < 0.01 {
            -inf
        } else if x > 0.99 {
            inf
        } else {
            x
        }
    });
    assert_near(&all, digest(&all).finish().unwrap());
}
