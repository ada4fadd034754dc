use super::*;

fn shown(micros: i64) -> String {
    let mut out = String::new();
    put_shown(&mut out, micros);
    out
}

fn iso(micros: i64) -> String {
    let mut out = Vec::new();
    put_iso(&mut out, micros);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_fraction_loses_its_trailing_zeros_when_shown_and_keeps_them_in_iso() {
    assert_eq!(shown(1_768_730_903_140_000), "2026-01-18 10:08:23.14");
    assert_eq!(shown(1_768_730_903_000_001), "2026-01-18 10:08:23.000001");
    assert_eq!(iso(1_768_730_903_140_000), "2026-01-18T10:08:23.140000Z");
    assert_eq!(iso(0), "1970-01-01T00:00:00.000000Z");
}

#[test]
fn the_whole_range_has_a_text() {
    assert_eq!(shown(-1), "1969-12-31 23:59:59.999999");
    assert_eq!(iso(i64::MAX), "+294247-01-10T04:00:54.775807Z");
    assert_eq!(iso(i64::MIN), "-290308-12-21T19:59:05.224192Z");
    assert_eq!(to_micros(i64::MAX, TimeUnit::Second), i64::MAX);
    assert_eq!(to_micros(-1, TimeUnit::Nanosecond), -1);
}

#[test]
fn dates_agree_with_chrono() {
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    for days in (-719_000..2_900_000).step_by(97) {
        let mut out = String::new();
        put_date(&mut out, days);
        assert_eq!(out, (epoch + chrono::Duration::days(days)).to_string());
    }
}
