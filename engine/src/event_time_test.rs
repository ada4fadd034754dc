use super::Windows;

fn windows_strategy() -> impl proptest::strategy::Strategy<Value = Windows> {
    use proptest::prelude::*;
    (1_i64..1_000_000_000)
        .prop_flat_map(|size| (Just(size), (size + 39) / 40..=size))
        .prop_flat_map(|(size, slide)| (Just(size), Just(slide), (1 - slide)..slide))
        .prop_map(|(size, slide, start)| Windows { size, slide, start })
}

proptest::proptest! {
    #[test]
    fn a_time_is_in_all_its_windows_and_in_no_other(windows in windows_strategy(), time in -4_000_000_000_000_000_i64..4_000_000_000_000_000) {
        let Windows { size, slide, start } = windows;
        let starts: Vec<i64> = windows.starts(time).collect();
        // SPARK.md: the last starts at ts - ((ts - start) mod slide), the others a slide earlier each.
        let last = time - (time - start).rem_euclid(slide);
        proptest::prop_assert_eq!(starts[0], last);
        for (i, window) in starts.iter().enumerate() {
            proptest::prop_assert_eq!(*window, last - slide * i as i64);
            proptest::prop_assert!(*window <= time && time < window + size);
            proptest::prop_assert_eq!((window - start).rem_euclid(slide), 0);
        }
        let before = starts.last().unwrap() - slide;
        proptest::prop_assert!(before + size <= time);
        let count = starts.len() as i64;
        proptest::prop_assert!(count == (size + slide - 1) / slide || count == size / slide);
    }

    #[test]
    fn a_pane_lies_whole_in_each_window_of_its_times(windows in windows_strategy(), time in -4_000_000_000_000_000_i64..4_000_000_000_000_000) {
        let pane = windows.pane_start(time);
        proptest::prop_assert!(pane <= time && time < pane + windows.pane());
        let of = |time| windows.starts(time).collect::<Vec<_>>();
        proptest::prop_assert_eq!(of(time), of(pane));
        proptest::prop_assert_eq!(of(time), of(pane + windows.pane() - 1));
        for start in of(time) {
            proptest::prop_assert!(start <= pane && pane + windows.pane() <= windows.end(start));
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow(windows in windows_strategy(), near in 0_i64..1000) {
        for time in [i64::MIN + near, i64::MAX - near] {
            proptest::prop_assert!(windows.starts(time).count() <= 41);
        }
    }
}

#[test]
fn a_slide_that_does_not_divide_the_size() {
    let windows = Windows {
        size: 7,
        slide: 3,
        start: 0,
    };
    assert_eq!(windows.starts(9).collect::<Vec<_>>(), [9, 6, 3]);
    assert_eq!(windows.starts(10).collect::<Vec<_>>(), [9, 6]);
    assert_eq!(windows.starts(-1).collect::<Vec<_>>(), [-3, -6]);
}
