use super::*;

#[test]
fn width_counts_utf16_units_and_full_width_twice() {
    assert_eq!(width("abc"), 3);
    assert_eq!(width("日本"), 4);
    assert_eq!(width("😀"), 2);
    assert_eq!(width("é"), 1);
}

#[test]
fn a_cut_may_halve_a_surrogate_pair() {
    assert_eq!(cut("😀😀".into(), 3), "😀?");
    assert_eq!(cut("😀😀".into(), 4), "😀😀");
    assert_eq!(cut("abcdef".into(), 5), "ab...");
    assert_eq!(cut("abcdef".into(), 3), "abc");
}

#[test]
fn control_characters_are_escaped() {
    assert_eq!(escape("a\tb\u{7}\u{b}".into()), "a\\tb\\a\\v");
    assert_eq!(escape("\u{1b}[31m".into()), "\u{1b}[31m");
}
