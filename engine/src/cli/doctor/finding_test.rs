use super::*;

fn findings() -> [Finding; 3] {
    [
        Finding::ok("rustc", "1.95.0"),
        Finding::missing("target", "not\r\n installed\x1b[31m").mended_by("rustup target add x"),
        Finding::missing("rustup", "not found").needed(false),
    ]
}

#[test]
fn a_table_says_what_mends_it() {
    insta::assert_snapshot!(table(&findings()), @"
    ok        rustc   1.95.0
    missing   target  not installed [31m
                      -> rustup target add x
    optional  rustup  not found
    ");
}

#[test]
fn json_has_the_same() {
    insta::assert_snapshot!(json(&findings()), @r#"{"ok":false,"findings":[{"name":"rustc","state":"ok","found":"1.95.0","mend":null},{"name":"target","state":"missing","found":"not installed [31m","mend":"rustup target add x"},{"name":"rustup","state":"optional","found":"not found","mend":null}]}"#);
    assert!(json(&findings()[..1]).starts_with(r#"{"ok":true,"#));
}
