use wasmill_sdk::Timestamp;

use super::Streak;

/// Lines a second apart: `E` is an error.
fn streak(lines: &str, from: i64) -> Streak {
    let mut streak = Streak::default();
    for (at, line) in (from..).zip(lines.chars()) {
        let level = if line == 'E' { "ERROR" } else { "INFO" };
        streak.update(level, Timestamp::from_micros(at * 1_000_000));
    }
    streak
}

#[test]
fn counts_the_longest_run() {
    for (lines, longest) in [
        ("", 0),
        ("....", 0),
        ("E", 1),
        (".EE.E", 2),
        ("EEE", 3),
        ("EE.EEEE.E", 4),
    ] {
        assert_eq!(streak(lines, 0).finish(), longest, "{lines}");
    }
}

#[test]
fn a_run_goes_on_from_part_to_part_in_whatever_order_they_come() {
    let lines = ".E.EEE..EEEEEE.E.EEEE.EE...EEEEEEEE";
    let whole = streak(lines, 0);
    for cut in 0..=lines.len() {
        let (early, late) = lines.split_at(cut);
        let (early, late) = (streak(early, 0), streak(late, i64::try_from(cut).unwrap()));
        for (mut first, second) in [(early.clone(), late.clone()), (late, early)] {
            first.merge(&second);
            assert_eq!(first, whole, "cut at {cut}");
        }
    }
}
