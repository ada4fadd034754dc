use super::*;

#[test]
fn a_report_says_what_where_why_and_what_to_do() {
    let fault = Fault::unavailable("no answer from the broker")
        .because(std::io::Error::other("connection refused"))
        .at("topic `orders`")
        .at("source `raw`")
        .hint("is it running? `wasmill broker` starts one");
    assert_eq!(
        fault.report(),
        "error: no answer from the broker: source `raw`: topic `orders`: connection refused\n\n\
         hint: is it running? `wasmill broker` starts one\n"
    );
    assert!(fault.may_retry());
}

#[test]
fn a_cause_that_repeats_its_source_is_said_once() {
    let inner = Fault::data("bad footer");
    let outer = Fault::data("reading failed").because(Fault::data("parquet: bad footer").because(inner));
    assert_eq!(outer.to_string(), "reading failed: parquet: bad footer: bad footer");
}

#[test]
fn what_it_quotes_steers_no_terminal_and_is_cut() {
    let fault = Fault::guest("bad\u{1b}[31m")
        .at("table `\u{202e}x`")
        .because(format!("a\r\n{}", "b".repeat(10_000)))
        .hint("\u{9b}2J");
    assert_eq!(
        fault.report(),
        format!(
            "error: bad\\u{{1b}}[31m: table `\\u{{202e}}x`: a\\r\n{}...\n\nhint: \\u{{9b}}2J\n",
            "b".repeat(LONGEST_CAUSE - 3)
        )
    );
}
