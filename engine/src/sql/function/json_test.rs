use super::at_path;

#[test]
fn paths_into_an_order() {
    let order =
        r#"{"order_id": 7, "items": [{"product_name": "SSD"}, null], "note": "d'accord", "été": {"x y": true}}"#;
    for (path, expected) in [
        ("$.order_id", Some("7")),
        ("$.items[0].product_name", Some("SSD")),
        ("$.items[1]", None),
        ("$.items[2]", None),
        ("$.note", Some("d'accord")),
        ("$['été']['x y']", Some("true")),
        ("$.items[0]", Some(r#"{"product_name":"SSD"}"#)),
        ("order_id", None),
        ("$.items[", None),
        ("$.items[x]", None),
        ("$..", None),
    ] {
        assert_eq!(at_path(order, path).as_deref(), expected, "{path}");
    }
    assert_eq!(at_path("not json", "$.a"), None);
}
