use super::find_address;

#[test]
fn an_address_is_found_in_any_sentence() {
    assert_eq!(find_address("127.0.0.1:40123\n").as_deref(), Some("127.0.0.1:40123"));
    assert_eq!(
        find_address("broker: listening on `localhost:9092`, Ctrl-C ends it\n").as_deref(),
        Some("localhost:9092")
    );
    assert_eq!(find_address("--kafka=127.0.0.1:1\n").as_deref(), Some("127.0.0.1:1"));
    assert_eq!(find_address("see https://example.org: nothing\n"), None);
}

#[test]
fn a_line_that_is_still_being_written_is_not_read() {
    assert_eq!(find_address("127.0.0.1:40"), None);
}
