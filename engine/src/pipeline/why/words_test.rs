use super::*;

const SECOND: i64 = 1_000_000;

#[test]
fn lengths_of_time() {
    let cases = [
        (0, "0 seconds", "0 seconds"),
        (SECOND, "1 second", "1 second"),
        (1_500_000, "1.5 seconds", "1.5 seconds"),
        (60 * SECOND, "1 minute", "1 minute"),
        (90 * SECOND, "1 minute 30 seconds", "1 minute 30 seconds"),
        (1_317_845_000, "21 minutes 57.845 seconds", "21 minutes 57 seconds"),
        (
            86_400 * SECOND + 3_661 * SECOND,
            "1 day 1 hour 1 minute 1 second",
            "1 day 1 hour",
        ),
    ];
    for (micros, full, short) in cases {
        assert_eq!((duration(micros).as_str(), about(micros).as_str()), (full, short));
    }
    assert_eq!(duration(i64::MAX).split(' ').next(), Some("106751991"));
}

#[test]
fn sizes() {
    for (number, text) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1536, "1.5 KB"),
        (1 << 30, "1.0 GB"),
    ] {
        assert_eq!(bytes(number), text);
    }
}

#[test]
fn a_date_is_said_once() {
    let noon = 1_768_737_600 * SECOND;
    assert_eq!(time(noon), "2026-01-18 12:00:00");
    assert_eq!(time_after(noon, noon + 61_500_000), "12:01:01.5");
    assert_eq!(time_after(noon, noon + 86_400 * SECOND), "2026-01-19 12:00:00");
}

#[test]
fn nouns_and_verbs_fit_the_number() {
    assert_eq!(counted(1, "row", "was", "were"), "1 row was");
    assert_eq!(counted(2, "row", "was", "were"), "2 rows were");
}
