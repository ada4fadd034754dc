use serde_json::json;

use super::*;

/// Rows of an array of objects.
fn rows(objects: Value) -> Rows {
    let mut rows = Rows::default();
    for object in objects.as_array().unwrap() {
        rows.push(object.as_object().unwrap().clone());
    }
    rows
}

fn customers(points: &[(&str, f64)]) -> Rows {
    let rows_of: Vec<Value> = points
        .iter()
        .map(|(customer, points)| json!({"customer": customer, "points": points}))
        .collect();
    rows(Value::Array(rows_of))
}

fn render(before: &Rows, after: &Rows) -> String {
    Difference::of(before, after).render(false)
}

#[test]
fn nothing_differs() {
    let same = customers(&[("a", 1.0), ("b", 2.5)]);
    let difference = Difference::of(&same, &same);
    assert!(difference.is_empty());
    assert_eq!(difference.render(true), "");
    assert_eq!(
        difference.counts(),
        Counts {
            same: 2,
            ..Counts::default()
        }
    );
}

#[test]
fn numbers_are_compared_by_value() {
    let one = rows(json!([{"a": 1, "b": [1, {"x": 2.0, "y": null}], "c": 0.1}]));
    let other = rows(json!([{"a": 1.0, "b": [1e0, {"y": null, "x": 2}], "c": 1e-1}]));
    assert!(Difference::of(&one, &other).is_empty());
    let big = |n: i64| rows(json!([{"n": n}]));
    assert!(!Difference::of(&big(9_007_199_254_740_993), &big(9_007_199_254_740_992)).is_empty());
    assert!(!Difference::of(&rows(json!([{"n": 1}])), &rows(json!([{"n": "1"}]))).is_empty());
    assert!(!Difference::of(&rows(json!([{"n": null}])), &rows(json!([{"n": 0}]))).is_empty());
}

#[test]
fn rows_changed_gone_and_new() {
    let before = customers(&[
        ("CUST-001", 129.5),
        ("CUST-002", 10.0),
        ("CUST-017", 90.0),
        ("CUST-020", 1.0),
    ]);
    let after = customers(&[
        ("CUST-001", 129.5),
        ("CUST-017", 89.0),
        ("CUST-020", 1.0),
        ("CUST-021", 7.0),
    ]);
    let difference = Difference::of(&before, &after);
    assert_eq!(
        difference.counts(),
        Counts {
            same: 2,
            changed: 1,
            removed: 1,
            added: 1
        }
    );
    assert_eq!(difference.changed_columns(), [("points", 1)]);
    insta::assert_snapshot!(difference.render(false), @r"
      +--------+------+
      |customer|points|
      +--------+------+
      |CUST-001| 129.5|
    - |CUST-002|  10.0|
    - |CUST-017|  90.0|
    + |CUST-017|  89.0|
                ^^^^^^
      |CUST-020|   1.0|
    + |CUST-021|   7.0|
      +--------+------+
    ");
}

#[test]
fn colours_repeat_what_the_marks_say() {
    let text = Difference::of(&customers(&[("a", 1.0)]), &customers(&[("a", 2.0)])).render(true);
    insta::assert_snapshot!(text.replace('\x1b', "ESC"), @r"
      +--------+------+
      |customer|points|
      +--------+------+
    ESC[31m- |a       |ESC[1m   1.0ESC[0mESC[31m|ESC[0m
    ESC[32m+ |a       |ESC[1m   2.0ESC[0mESC[32m|ESC[0m
                ^^^^^^
      +--------+------+
    ");
}

#[test]
fn rows_far_from_a_difference_are_left_out() {
    let numbers = |changed: &[i64]| {
        let row = |n: i64| json!({"n": n, "square": if changed.contains(&n) { -1 } else { n * n }});
        rows(Value::Array((0..40).map(row).collect()))
    };
    insta::assert_snapshot!(render(&numbers(&[]), &numbers(&[10, 30])), @r"
      +--+------+
      | n|square|
      +--+------+
      ... 8 rows the same
      | 8|    64|
      | 9|    81|
    - |10|   100|
    + |10|    -1|
          ^^^^^^
      |11|   121|
      |12|   144|
      ... 15 rows the same
      |28|   784|
      |29|   841|
    - |30|   900|
    + |30|    -1|
          ^^^^^^
      |31|   961|
      |32|  1024|
      ... 7 rows the same
      +--+------+
    ");
    let all: Vec<i64> = (5..40).collect();
    let text = render(&numbers(&[]), &numbers(&all));
    insta::assert_snapshot!(text.lines().rev().take(5).collect::<Vec<_>>().join("\n"), @r"
      +--+------+
      ... 15 more rows that differ
          ^^^^^^
    + |24|    -1|
    - |24|   576|
    ");
}

#[test]
fn columns_of_only_one_of_them() {
    let before = rows(json!([{"a": 1, "old": "x"}, {"a": 2, "old": "y"}]));
    let after = rows(json!([{"a": 1, "new": true}, {"a": 3, "new": false}]));
    let difference = Difference::of(&before, &after);
    assert_eq!(difference.gone_columns(), ["old"]);
    assert_eq!(difference.new_columns(), ["new"]);
    insta::assert_snapshot!(difference.render(false), @r"
      +-+-----+----+
      |a|+new |-old|
      +-+-----+----+
      |1|true |x   |
    - |2|     |y   |
    + |3|false|    |
       ^
      +-+-----+----+
    ");
    let difference = Difference::of(&rows(json!([{"a": 1}])), &rows(json!([{"a": 1, "b": null}])));
    insta::assert_snapshot!(difference.render(false), @r"
    +-+----+
    |a|+b  |
    +-+----+
    |1|null|
    +-+----+
    ");
}

#[test]
fn a_long_cell_is_cut_where_it_differs() {
    let long = |letter: &str| format!("{}{letter}{}", "ab ".repeat(30), " cd".repeat(30));
    let row = |letter: &str| rows(json!([{"id": 1, "message": long(letter), "other": long("x")}]));
    insta::assert_snapshot!(render(&row("1"), &row("2")), @r"
      +--+------------------------------------------------------------------+---------------------------------------------------------------+
      |id|message                                                           |other                                                          |
      +--+------------------------------------------------------------------+---------------------------------------------------------------+
    - | 1|...b ab ab ab ab ab ab 1 cd cd cd cd cd cd cd cd cd cd cd cd cd...|ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ...|
    + | 1|...b ab ab ab ab ab ab 2 cd cd cd cd cd cd cd cd cd cd cd cd cd...|ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ...|
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      +--+------------------------------------------------------------------+---------------------------------------------------------------+
    ");
    let end = |end: &str| rows(json!([{"id": 1, "message": format!("{}{end}", "ab ".repeat(30))}]));
    insta::assert_snapshot!(render(&end(""), &end("!")), @r#"
      +--+-----------------------------------------------------------------------------+
      |id|message                                                                      |
      +--+-----------------------------------------------------------------------------+
    - | 1|... ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab "|
    + | 1|...ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab !"|
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      +--+-----------------------------------------------------------------------------+
    "#);
}

#[test]
fn texts_that_look_like_something_else_are_quoted() {
    let before = rows(json!([{"n": "1", "a": "", "b": "null", "c": " x", "d": {"k": [1, "t"]}, "e": "été, 東京"}]));
    let after = rows(json!([{"n": 1, "a": null, "b": null, "c": "x", "d": {"k": [1]}, "e": "été, 東京!"}]));
    insta::assert_snapshot!(render(&before, &after), @r#"
      +---+----+------+----+-------------+----------+
      |n  |a   |b     |c   |d            |e         |
      +---+----+------+----+-------------+----------+
    - |"1"|""  |"null"|" x"|{"k":[1,"t"]}|été, 東京 |
    + |1  |null|null  |x   |{"k":[1]}    |été, 東京!|
      +---+----+------+----+-------------+----------+
    "#);
}

#[test]
fn a_terminal_is_not_moved() {
    let hostile = "a\x1b[2Jb\u{202e}c\nd";
    let text = render(
        &rows(json!([{"m": hostile, "n": 1}])),
        &rows(json!([{"m": "a", "n": 1}])),
    );
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
    insta::assert_snapshot!(text, @r#"
      +-------------------------+-+
      |m                        |n|
      +-------------------------+-+
    - |"a\u001b[2Jb\u{202e}c\nd"|1|
    + |"a"                      |1|
       ^^^^^^^^^^^^^^^^^^^^^^^^^
      +-------------------------+-+
    "#);
}

#[test]
fn rows_without_anything_in_common_are_no_pair() {
    let before = rows(json!([{"a": 1, "b": 1}, {"a": 2, "b": 2}]));
    let after = rows(json!([{"a": 8, "b": 2}, {"a": 9, "b": 9}]));
    let counts = Difference::of(&before, &after).counts();
    assert_eq!(
        counts,
        Counts {
            same: 0,
            changed: 1,
            removed: 1,
            added: 1
        }
    );
}

#[test]
fn many_rows_are_compared_in_a_moment() {
    let numbers = |by: i64| {
        rows(Value::Array(
            (0..20_000).map(|n| json!({"n": n, "m": n * by})).collect(),
        ))
    };
    let counts = Difference::of(&numbers(1), &numbers(2)).counts();
    assert_eq!((counts.same, counts.changed), (1, 19_999));
}

#[test]
fn an_order_of_its_own() {
    let one = customers(&[("b", 1.0), ("a", 2.0)]).sorted();
    let other = customers(&[("a", 2.0), ("b", 1.0)]).sorted();
    assert!(Difference::of(&one, &other).is_empty());
    let some = one.project(&["points".to_owned(), "nothing".to_owned()]);
    assert_eq!(some.columns, ["points"]);
    assert_eq!(some.rows, [[json!(2.0)], [json!(1.0)]]);
}
