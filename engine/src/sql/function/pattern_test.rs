use chrono::DateTime;

use super::{read, translate};

const TIME: i64 = 1_768_730_903_143_120; // 2026-01-18 10:08:23.143120

fn format(pattern: &str) -> String {
    DateTime::from_timestamp_micros(TIME)
        .unwrap()
        .format(&translate(pattern).unwrap())
        .to_string()
}

#[test]
fn patterns_as_java_reads_them() {
    for (pattern, expected) in [
        ("yyyy-MM-dd HH:mm:ss", "2026-01-18 10:08:23"),
        ("dd/MM/yy", "18/01/26"),
        ("d MMM yyyy", "18 Jan 2026"),
        ("EEEE d MMMM", "Sunday 18 January"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-01-18T10:08:23.143"),
        ("h:mm a", "10:08 AM"),
        ("HH'h'mm", "10h08"),
        ("yyyyMMdd 100%", "20260118 100%"),
        ("''yy", "'26"),
    ] {
        assert_eq!(format(pattern), expected, "{pattern}");
    }
    assert_eq!(translate("yyyy-QQ").unwrap_err(), "the letters `QQ` mean nothing here");
}

#[test]
fn texts_by_pattern() {
    for (text, pattern, seconds) in [
        ("18/01/2026 10:08", "dd/MM/yyyy HH:mm", Some(1_768_730_880)),
        ("18/01/2026", "dd/MM/yyyy", Some(1_768_694_400)),
        ("2026-01-18 10:08:23", "yyyy-MM-dd HH:mm:ss", Some(1_768_730_903)),
        ("2026-01-18 10", "yyyy-MM-dd HH", Some(1_768_730_400)),
        (
            "2026-01-18T10:08:23+0100",
            "yyyy-MM-dd'T'HH:mm:ssZ",
            Some(1_768_727_303),
        ),
        ("demain", "dd/MM/yyyy", None),
        ("32/01/2026", "dd/MM/yyyy", None),
        ("10:08", "HH:mm", None),
    ] {
        let micros = seconds.map(|seconds: i64| seconds * 1_000_000);
        assert_eq!(read(text, &translate(pattern).unwrap()), micros, "{text} by {pattern}");
    }
}
