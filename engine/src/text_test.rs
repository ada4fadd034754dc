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
fn a_terminal_gets_lines_and_nothing_that_steers_it() {
    assert_eq!(for_terminal("a\n\tb é 日本"), "a\n\tb é 日本");
    assert!(matches!(for_terminal("plain"), Cow::Borrowed(_)));
    assert_eq!(
        for_terminal("a\u{1b}]0;title\u{7}\r\u{9b}2J\u{7f}\u{202e}b"),
        "a\\u{1b}]0;title\\u{7}\\r\\u{9b}2J\\u{7f}\\u{202e}b"
    );
    // A family of emoji is one by characters that are not seen.
    assert_eq!(for_terminal("👩\u{200d}👧"), "👩\u{200d}👧");
}

#[test]
fn only_colours_stay_of_a_coloured_text() {
    let coloured = "\u{1b}[1;31merror\u{1b}[0m: a\n";
    assert_eq!(for_terminal_coloured(coloured), coloured);
    for (text, shown) in [
        ("\u{1b}[2Jx", "\\u{1b}[2Jx"),
        ("\u{1b}", "\\u{1b}"),
        ("\u{1b}[31", "\\u{1b}[31"),
        ("\u{1b}[mé\u{1b}\u{1b}[1m\u{9b}", "\u{1b}[mé\\u{1b}\u{1b}[1m\\u{9b}"),
        ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
    ] {
        assert_eq!(for_terminal_coloured(text), shown);
    }
}

#[test]
fn every_character_that_steers_is_escaped_everywhere() {
    for character in ('\0'..='\u{ffff}').filter(|character| steers(*character)) {
        let text = character.to_string();
        assert!(!escaped(&text, 100).contains(character), "{character:?}");
        assert!(!one_line(&format!("{text}x"), 100).contains(character), "{character:?}");
        if !matches!(character, '\n' | '\t') {
            assert!(!for_terminal(&text).contains(character), "{character:?}");
        }
    }
}

#[test]
fn json_says_the_same_and_steers_nothing() {
    let value = serde_json::json!({ "a\u{9b}": "\u{1b}[31m\u{7f}\u{85}\u{202e}\n", "b": "é" });
    let shown = json_for_terminal(&value.to_string()).into_owned();
    assert_eq!(
        shown,
        "{\"a\\u009b\":\"\\u001b[31m\\u007f\\u0085\\u202e\\n\",\"b\":\"é\"}"
    );
    assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
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
