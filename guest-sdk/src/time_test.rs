use super::{Date, Timestamp};

fn micros(text: &str) -> Option<i64> {
    Timestamp::parse(text).map(Timestamp::micros)
}

#[test]
fn reads_the_texts_that_spark_casts() {
    let noon = 1_768_730_903_000_000;
    for (text, expected) in [
        ("2026-01-18T10:08:23", Some(noon)),
        (" 2026-01-18 10:08:23 \n", Some(noon)),
        ("2026-01-18T10:08:23.", Some(noon)),
        ("2026-01-18T10:08:23.1431239", Some(noon + 143_123)),
        ("2026-01-18T10:08:23.5 UTC", Some(noon + 500_000)),
        ("2026-01-18T10:08:23 +1:00", Some(noon - 3_600_000_000)),
        ("2026-01-18T10:08:23-0530", Some(noon + 19_800_000_000)),
        ("2026-01-18T10:08:23GMT+2", Some(noon - 7_200_000_000)),
        ("2026-01-18T10:08:23+18:00", Some(noon - 64_800_000_000)),
        ("2026-01-18T10:08:23+18:01", None),
        ("2026-01-18T10:08:23+1:2:3", None),
        ("2026-01-18T10:08:23 Mars/Olympus", None),
        ("2026-01-18T10", Some(1_768_730_400_000_000)),
        ("2026-01-18T", None),
        ("2026-01-18T10:08Z", None),
        ("2026-01", Some(1_767_225_600_000_000)),
        ("2026-01T10", None),
        ("0001-01-01", Some(-62_135_596_800_000_000)),
        ("-0001-01-01", Some(-62_198_755_200_000_000)),
        ("+2026-01-18T10:08:23", Some(noon)),
        ("2026-01-18T24:00:00", None),
        ("2026-01-18T10:60:00", None),
        ("2026-01-18T10:08:60", None),
        ("2024-02-29", Some(1_709_164_800_000_000)),
        ("2026-02-29", None),
        ("1900-02-29", None),
        ("10:08:23", None),
        ("226", None),
        ("294247-01-10T04:00:54.775807", Some(i64::MAX)),
        ("294247-01-10T04:00:54.775808", None),
        ("999999-01-01", None),
        ("", None),
        ("é", None),
    ] {
        assert_eq!(micros(text), expected, "{text:?}");
    }
}

#[test]
fn reads_the_dates_that_spark_casts() {
    for (text, expected) in [
        ("2026-01-18", Some(20_471)),
        ("2026-1-8", Some(20_461)),
        ("2026", Some(20_454)),
        ("2026-01-18 whatever", Some(20_471)),
        ("2026-01-18Tx", Some(20_471)),
        ("2026-01 x", None),
        ("2026-01-18x", None),
        ("20260118", None),
        ("1969-12-31", Some(-1)),
    ] {
        assert_eq!(Date::parse(text).map(Date::days), expected, "{text:?}");
    }
}

#[test]
fn prints_what_it_reads() {
    for days in (-800_000..3_000_000).step_by(997) {
        let date = Date::from_days(days);
        assert_eq!(Date::parse(&date.to_string()), Some(date));
        let time = Timestamp::from_micros(i64::from(days) * 86_400_000_000 + 3_723_000_007);
        assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        assert_eq!(time.date(), date);
    }
}
