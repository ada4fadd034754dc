use super::*;

/// What a place covers, of a query that stands between these quotes at the start of a file.
fn covered(quotes: [&str; 2], query: &str, place: impl FnOnce(&Spanned<String>) -> Span) -> String {
    let file = format!("{}{query}{}", quotes[0], quotes[1]);
    let span = Span {
        origin: Origin::File,
        start: 0,
        end: file.len(),
    };
    let place = place(&Spanned {
        value: query.to_owned(),
        span,
    });
    file[place.start..place.end].to_owned()
}

#[test]
fn a_position_is_that_of_a_word_or_of_one_character() {
    let at = |query: &str, line, column| covered(["\"", "\""], query, |sql| position_in_sql(sql, line, column));
    assert_eq!(at("SELECT nothere", 1, 8), "nothere");
    assert_eq!(at("SELECT § 1", 1, 8), "§");
    assert_eq!(at("SELECT\nété, x", 2, 6), "x");
    // Behind the end stands the closing quote.
    assert_eq!(at("SELECT", 1, 7), "\"");
    assert_eq!(at("SELECT", 9, 9), "\"");
}

#[test]
fn quotes_of_either_kind_are_passed() {
    for quotes in [["\"", "\""], ["'", "'"], ["\"\"\"", "\"\"\""], ["'''\n", "'''"]] {
        assert_eq!(covered(quotes, "SELECT a", |sql| place_in_sql(sql, "a")), "a");
    }
    // With an escape in it nothing can be said of the place.
    let whole = covered(["\"\\u0041", "\""], "x", |sql| place_in_sql(sql, "y"));
    assert_eq!(whole, "\"\\u0041x\"");
}
