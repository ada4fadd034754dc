use super::*;

#[test]
fn nothing_moves_the_cursor_or_forges_a_line() {
    assert_eq!(
        escaped("a\u{1b}[31mred\nerror: forged\r\0", 100),
        "a\\u{1b}[31mred\\nerror: forged\\r\\u{0}"
    );
    assert_eq!(escaped("\u{202e}txt.exe", 100), "\\u{202e}txt.exe");
    assert_eq!(
        one_line("panicked at src/lib.rs:12:5:\nindex out of bounds\n", 100),
        "panicked at src/lib.rs:12:5: index out of bounds"
    );
}

#[test]
fn what_is_too_long_is_cut_between_characters() {
    assert_eq!(escaped("abc", 3), "abc");
    assert_eq!(escaped("abcd", 3), "abc...");
    assert_eq!(escaped("aé€", 2), "a...");
}

#[test]
fn what_a_library_quotes_is_no_less_hostile() {
    let error = std::io::Error::other("no export named `\u{1b}[2J`\n  expected:\n\n    a func\u{202e}");
    assert_eq!(
        of_library(error),
        "no export named `\\u{1b}[2J` expected: a func\\u{202e}"
    );
    let long = of_library("x".repeat(5000));
    assert_eq!(long, format!("{}...", "x".repeat(1 << 10)));
    let context = wasmtime::Error::msg("the cause").context("the whole");
    assert_eq!(of_library(context), "the whole: the cause");
}
