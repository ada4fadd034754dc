use super::micros;

const SECOND: i64 = 1_000_000;

#[test]
fn spark_texts_are_read() {
    for (text, expected) in [
        ("1 minute", 60 * SECOND),
        ("10 seconds", 10 * SECOND),
        ("1 hour 30 minutes", 5_400 * SECOND),
        ("INTERVAL 10 SECONDS", 10 * SECOND),
        ("interval '1' day".replace('\'', "").as_str(), 86_400 * SECOND),
        ("500 milliseconds", 500_000),
        ("7 microseconds", 7),
        ("2 weeks 1 day", 15 * 86_400 * SECOND),
        ("-3 seconds", -3 * SECOND),
        ("1.5 seconds", 1_500_000),
        ("-0.25 second", -250_000),
        ("  5   Minutes ", 300 * SECOND),
        ("+2 days", 172_800 * SECOND),
        ("0 seconds", 0),
    ] {
        assert_eq!(micros(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_interval_says_why() {
    let why: Vec<String> = [
        "",
        "ten seconds",
        "10",
        "10 second 5",
        "1 month",
        "2 years",
        "5 parsecs",
        "1.5 minutes",
        "1.2.3 seconds",
        "99999999999999999 weeks",
        "- 5 seconds",
        "10seconds",
    ]
    .iter()
    .map(|text| micros(text).unwrap_err())
    .collect();
    insta::assert_snapshot!(why.join("\n"), @r"
    the interval is empty
    `ten seconds`: `ten seconds` is no length of time
    `10` lacks a unit behind `10`
    `10 second 5` lacks a unit behind `5`
    `1 month`: a month has no fixed length; count in days
    `2 years`: a year has no fixed length; count in days
    `5 parsecs`: no unit `parsecs`; the units are weeks, days, hours, minutes, seconds, milliseconds and microseconds
    `1.5 minutes`: `1.5 minutes` is no length of time
    `1.2.3 seconds`: `1.2.3 seconds` is no length of time
    `99999999999999999 weeks`: `99999999999999999 weeks` is no length of time
    `- 5 seconds`: no unit `5`; the units are weeks, days, hours, minutes, seconds, milliseconds and microseconds
    `10seconds` lacks a unit behind `10seconds`
    ");
}

proptest::proptest! {
    #[test]
    fn any_sum_of_units_adds_up(weeks in 0_i64..50, days in -9_i64..9, ms in 0_i64..100_000) {
        let text = format!("{weeks} weeks {days} days {ms} milliseconds");
        proptest::prop_assert_eq!(micros(&text), Ok((weeks * 7 + days) * 86_400 * SECOND + ms * 1_000));
    }

    #[test]
    fn no_text_is_a_panic(text in "[-+0-9a-z. ]{0,30}") {
        let _ = micros(&text);
    }
}
