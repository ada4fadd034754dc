use super::*;
use crate::batch::Offsets;
use crate::error::Fault;
use crate::guest::LogLevel;

fn line(book: &LogBook, text: &str) {
    book.guest(&LogLine {
        transform: "orders",
        level: Some(LogLevel::Info),
        text,
    });
}

fn texts(page: &LogPage<Arc<LogEntry>>) -> Vec<(u64, &str)> {
    page.lines
        .iter()
        .map(|line| (line.number, line.text.as_str()))
        .collect()
}

#[test]
fn lines_after_a_number() {
    let book = LogBook::default();
    assert_eq!(book.after(0).lines, []);
    line(&book, "one");
    line(&book, "two");
    assert_eq!(texts(&book.after(0)), [(1, "one"), (2, "two")]);
    assert_eq!(texts(&book.after(1)), [(2, "two")]);
    // Also a number that is none of ours.
    assert_eq!((book.after(2).lines.len(), book.after(u64::MAX).lines.len()), (0, 0));
    assert_eq!(book.after(u64::MAX).lost, 0);
}

#[test]
fn the_oldest_go_and_are_counted() {
    let book = LogBook::default();
    for number in 0..KEPT + 120 {
        line(&book, &number.to_string());
    }
    let page = book.after(0);
    assert_eq!((page.lost, page.lines.len()), (120, KEPT));
    assert_eq!(texts(&page)[0], (121, "120"));
    assert_eq!(
        (book.after(100).lost, book.after(120).lost, book.after(121).lost),
        (20, 0, 0)
    );
    assert_eq!(book.after(121).lines.len(), KEPT - 1);
}

#[test]
fn a_line_is_one_line_of_some_length_and_moves_no_cursor() {
    let book = LogBook::default();
    let long = format!("a\x1b[2Jb\nc{}", "x".repeat(2 * MOST_BYTES));
    line(&book, &long);
    let page = book.after(0);
    let text = &page.lines[0].text;
    assert!(text.starts_with("a\\u{1b}[2Jb cxx") && text.ends_with("..."), "{text}");
    assert!(text.len() < MOST_BYTES + 20, "{}", text.len());
}

#[test]
fn what_happens_to_modules_is_kept_but_not_that_nothing_did() {
    let book = LogBook::default();
    let fault = Fault::guest("it has no column").hint("add one");
    let live = || "v1 (orders@3fa9c1)".to_owned();
    book.event(&ReloadEvent::Changed { module: "orders" });
    book.event(&ReloadEvent::Unchanged {
        module: "orders",
        live: live(),
    });
    book.event(&ReloadEvent::Live {
        module: "orders",
        version: live(),
        since: Offsets::new(),
        canary: None,
        pause: std::time::Duration::ZERO,
    });
    book.event(&ReloadEvent::Refused {
        module: "orders",
        step: crate::pipeline::Step::Types,
        fault: &fault,
        live: live(),
    });
    book.event(&ReloadEvent::SetAside {
        guest: "orders",
        version: live(),
        fault: &fault,
        back: None,
    });
    let page = book.after(0);
    let said: Vec<String> = page
        .lines
        .iter()
        .map(|line| format!("{} {}: {}", line.module, line.level.as_deref().unwrap(), line.text))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    orders info: module `orders` v1 (orders@3fa9c1) live
    orders warn: module `orders` was not changed (types): it has no column; v1 (orders@3fa9c1) stays live; hint: add one
    orders error: module `orders` v1 (orders@3fa9c1) was set aside: it has no column; no version before it can take its place: the offsets stand still; hint: mend the module and save it: the stream goes on with the same records
    ");
}
