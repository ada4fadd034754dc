use super::json;
use crate::testing::{TestRecord, Value, run, run_batch};
use crate::{Date, Error, IntoRows, Record, Row, Timestamp};

#[derive(Row, Debug, PartialEq)]
struct Order<'a> {
    order_id: i32,
    customer: std::borrow::Cow<'a, str>,
    at: Option<Timestamp>,
    items: Vec<Item>,
    paid: bool,
}

#[derive(Row, Debug, PartialEq)]
struct Item {
    #[row(rename = "product name")]
    product: String,
    price: Option<f64>,
    day: Option<Date>,
}

fn strict(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Order>(record.value()))
}

fn spark(record: &Record) -> Result<impl IntoRows, Error> {
    Ok(json::<Order>(record.value()).spark())
}

const WHOLE: &str = r#"{"order_id": 7, "customer": "é\n\"€\"", "at": "2026-01-18T10:08:23Z", "items":
    [{"product name": "Souris", "price": 29.99}, {"day": "2026-01-18", "product name": "", "price": null}], "paid": true}"#;

#[test]
fn reads_every_type_in_any_order() {
    let reordered = r#"{"paid":true,"items":[{"price":29.99,"more":[{}],"product name":"Souris"},{"price":null,"day":"2026-01-18",
        "product name":""}],"unknown":{"x":"}"},"at":"2026-01-18 10:08:23","customer":"\u00e9\n\"\u20AC\"","order_id":7}"#;
    for text in [WHOLE, reordered] {
        for rows in [run(strict, text).unwrap(), run(spark, text).unwrap()] {
            assert_eq!(
                format!("{rows:?}"),
                "[{\"order_id\": 7, \"customer\": \"é\\n\\\"€\\\"\", \"at\": 2026-01-18T10:08:23.000000Z, \"items\": \
                 [{\"product name\": \"Souris\", \"price\": 29.99, \"day\": null}, \
                 {\"product name\": \"\", \"price\": null, \"day\": 2026-01-18}], \"paid\": true}]"
            );
        }
    }
}

#[test]
fn a_value_gives_the_same_row_as_its_text() {
    fn by_value(record: &Record) -> Result<impl IntoRows, Error> {
        json::<Order>(record.value()).read()
    }
    assert_eq!(run(by_value, WHOLE).unwrap(), run(strict, WHOLE).unwrap());
    let order = json::<Order>(WHOLE).read().unwrap();
    assert_eq!(order, json::<Order>(WHOLE).spark().read().unwrap());
    assert_eq!(order.items[0].product, "Souris");
}

#[test]
fn a_text_is_borrowed_unless_it_has_escapes() {
    #[derive(Row, Debug)]
    struct Borrowed<'a> {
        v: &'a str,
    }
    assert_eq!(json::<Borrowed>(r#"{"v": "plain"}"#).read().unwrap().v, "plain");
    assert_eq!(
        json::<Borrowed>(r#"{"v": "a\nb"}"#).read().unwrap_err().to_string(),
        "`$.v` at byte 6: expected a text without escapes (a `Cow<str>` or `String` takes them), found `\"a\\nb\"`"
    );
}

#[test]
fn a_value_read_as_spark_needs_options_for_its_nulls() {
    #[derive(Row, Debug, PartialEq)]
    struct Loose {
        a: Option<i32>,
        b: Option<Vec<Option<i32>>>,
        c: Option<String>,
    }
    let read = |text: &'static str| json::<Loose>(text).spark().read().unwrap();
    assert_eq!(
        read(r#"{"a": "x", "b": [1, null]}"#),
        Loose {
            a: None,
            b: Some(vec![Some(1), None]),
            c: None
        }
    );
    assert_eq!(
        read(r#"{"a": 1, "a": "x", "b": [1, true], "c": [1, {"x": 1e2}]}"#),
        Loose {
            a: Some(1),
            b: None,
            c: Some("[1,{\"x\":100.0}]".into())
        }
    );
    assert_eq!(
        read(r#"{"a": 1, "a": null, "c": "x", "c": "y"}"#),
        Loose {
            a: None,
            b: None,
            c: Some("y".into())
        }
    );
    let error = json::<Item>(r#"{"product name": null}"#).spark().read().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`$.product name` at byte 17: expected a text, found `null`"
    );
}

#[test]
fn a_null_that_the_type_cannot_have_is_an_error_however_deep() {
    #[derive(Row, Debug, PartialEq)]
    struct Outer {
        inner: Option<Inner>,
    }
    #[derive(Row, Debug, PartialEq)]
    struct Inner {
        v: i32,
    }
    let read = |text: &'static str| json::<Outer>(text).spark().read().map_err(|error| error.to_string());
    assert_eq!(read(r#"{"inner": 7}"#), Ok(Outer { inner: None }));
    // In columns these are a struct with a null in it: no null, and not what stood there before.
    for (text, error) in [
        (
            r#"{"inner": {"v": "x"}}"#,
            "`$.inner.v` at byte 16: expected a 32-bit integer, found `\"x\"`",
        ),
        (
            r#"{"inner": {"v": 1}, "inner": {}}"#,
            "`$.inner.v` at byte 30: the object ends without this field, which is no `Option`",
        ),
    ] {
        assert_eq!(read(text), Err(error.to_owned()), "{text}");
    }
    assert_eq!(
        read(r#"{"inner": {"v": 1}, "inner": [2]}"#),
        Ok(Outer {
            inner: Some(Inner { v: 1 })
        })
    );
}

#[test]
fn strict_reading_says_what_is_wrong_and_where() {
    let item =
        |item: &str| format!(r#"{{"order_id":1,"customer":"c","items":[{{"product name":"p"}},{item}],"paid":true}}"#);
    let order = |id: &str| format!(r#"{{"order_id":{id},"customer":"c","items":[],"paid":true}}"#);
    for (text, expected) in [
        (
            order("\"7\""),
            "`$.order_id` at byte 12: expected a 32-bit integer, found `\"7\"`",
        ),
        (
            order("7.0"),
            "`$.order_id` at byte 12: expected a 32-bit integer, found `7.0`",
        ),
        (
            order("2147483648"),
            "`$.order_id` at byte 12: expected a 32-bit integer, found `2147483648`",
        ),
        (
            order("null"),
            "`$.order_id` at byte 12: expected a 32-bit integer, found `null`",
        ),
        (order("01"), "`$.order_id` at byte 12: a number can't start with a zero"),
        (order("1 2"), "`$` at byte 14: expected `,` or `}`, found `2`"),
        (
            order(""),
            "`$.order_id` at byte 12: expected a 32-bit integer, found `,`",
        ),
        (
            order("1,\"order_id\":2"),
            "`$.order_id` at byte 25: the object has this name twice",
        ),
        (
            item("{}"),
            "`$.items[1].product name` at byte 60: the object ends without this field, which is no `Option`",
        ),
        (item("[]"), "`$.items[1]` at byte 59: expected an object, found `[`"),
        (
            item("{'product name':1}"),
            "`$.items[1]` at byte 60: expected a name in quotes, found `'product`",
        ),
        (
            item("{\"product name\":\"\u{1}\"}"),
            "`$.items[1].product name` at byte 76: a control character in a text has to be escaped",
        ),
        (
            item("{\"product name\":\"\\x\"}"),
            "`$.items[1].product name` at byte 76: this escape is not known",
        ),
        (
            item("{\"product name\":\"\\ud83d\"}"),
            "`$.items[1].product name` at byte 76: half a surrogate pair is no character",
        ),
        (
            item("{\"product name\":\"\\u12\"}"),
            "`$.items[1].product name` at byte 76: `\\u` has to be followed by four hexadecimal digits",
        ),
        (
            item("{\"product name\":\"p\",\"price\":1e999}"),
            "`$.items[1].price` at byte 87: expected a number that fits a double, found `1e999`",
        ),
        (
            item("{\"product name\":\"p\",\"day\":\"soon\"}"),
            "`$.items[1].day` at byte 85: expected a date such as `\"2026-01-18\"`, found `\"soon\"`",
        ),
        ("[]".into(), "`$` at byte 0: expected an object, found `[`"),
        (
            String::new(),
            "`$` at byte 0: expected an object, found the end of the text",
        ),
        (
            order("1") + "x",
            "`$` at byte 52: expected the end of the text, found `x`",
        ),
        (
            order("1").replace('}', ",}"),
            "`$` at byte 51: a comma has nothing behind it",
        ),
        (
            r#"{"x": [1, 2"#.into(),
            "`$` at byte 11: expected `,` or `]`, found the end of the text",
        ),
        (
            r#"{"order_id": 12345678901234567890123456789012345678901234567890}"#.into(),
            "`$.order_id` at byte 13: expected a 32-bit integer, found `123456789012345678901234…`",
        ),
        (
            r#"{"customer": "abc"#.into(),
            "`$.customer` at byte 13: the text has no closing quote",
        ),
    ] {
        assert_eq!(run(strict, text.as_str()).unwrap_err().to_string(), expected, "{text}");
    }
    let error = run(strict, TestRecord::tombstone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a JSON object, found a null value (a tombstone)"
    );
    let error = run(strict, b"{\"customer\": \"a\xffb\"}").unwrap_err();
    assert_eq!(error.to_string(), "`$.customer` at byte 13: the text is not UTF-8");
}

#[test]
fn a_failed_record_leaves_its_neighbours_whole() {
    let good = WHOLE;
    let broken = &WHOLE[..WHOLE.len() - 2];
    let rows = run_batch(strict, [good, broken, good, "{}", good]);
    let expected = run(strict, good).unwrap();
    for (index, rows) in rows.into_iter().enumerate() {
        assert_eq!(rows.is_ok(), index % 2 == 0);
        if let Ok(rows) = rows {
            assert_eq!(rows, expected);
        }
    }
    let nulls = run_batch(
        spark,
        [TestRecord::new(good), TestRecord::tombstone(), TestRecord::new(good)],
    );
    assert_eq!(nulls[2].as_ref().unwrap(), &expected);
    assert!((0..5).all(|_| nulls[1].as_ref().unwrap()[0]["items"].is_null()));
}

#[test]
fn of_two_equal_names_spark_takes_the_last_that_fits() {
    let row = |text: &str| run(spark, text).unwrap().remove(0);
    assert_eq!(row(r#"{"order_id": 1, "order_id": 2}"#)["order_id"], 2);
    assert_eq!(row(r#"{"order_id": 1, "order_id": "x"}"#)["order_id"], 1);
    assert!(row(r#"{"order_id": 1, "order_id": null}"#)["order_id"].is_null());
    let items = row(r#"{"items": [{"price": 1}, {}], "order_id": 3, "items": [{"price": 2, "price": 3}], "items": 5}"#);
    assert_eq!(items["items"].len(), 1);
    assert_eq!(items["items"][0]["price"], 3.0);
}

#[test]
fn depth_and_length_are_limited() {
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(run(spark, nested(999)).is_ok());
    let error = run(spark, nested(1000)).unwrap_err().to_string();
    assert_eq!(error, "`$` at byte 1004: nested deeper than 1000 levels");
    let long = |digits: usize| format!("{{\"x\":{}}}", "1".repeat(digits));
    assert!(run(spark, long(1000)).is_ok());
    assert!(run(spark, long(1001)).is_err());
    // Depth is given back where a value of the wrong type is left halfway.
    let halfway = "{\"items\":[{\"price\":".to_owned() + &"[".repeat(900) + &"]".repeat(900) + "},5]}";
    let rows = run_batch(spark, [halfway.as_str(), halfway.as_str(), &halfway.replace(",5", "")]);
    assert!(rows.iter().all(Result::is_ok));
}

#[test]
fn objects_become_text_as_jackson_writes_them() {
    let text = |value: &str| {
        let rows = run(spark, format!("{{\"customer\": {value}}}")).unwrap();
        let Value::Text(text) = rows[0]["customer"].clone() else {
            panic!("{rows:?}")
        };
        text
    };
    assert_eq!(
        text(r#"{ "a/\u0001\"": [ ], 'b': { }, "c": [1.50, -0, NaN, null, "é\t"] }"#),
        r#"{"a/\u0001\"":[],"b":{},"c":[1.5,0,"NaN",null,"é\t"]}"#
    );
    assert_eq!(text(r#""it's""#), "it's");
    assert_eq!(text(r#"'say \'"\' "'"#), "say '\"' \"");
}

#[test]
fn spark_takes_a_whole_number_in_a_text_as_days() {
    let with_day = |day: &str| format!(r#"{{"items": [{{"day": {day}}}]}}"#);
    for (day, read) in [
        (r#""7""#, "1970-01-08"),
        (r#""-1""#, "1969-12-31"),
        (r#"" 7 ""#, "null"),
        (r#""7.5""#, "null"),
        ("7", "null"),
    ] {
        let rows = run(spark, with_day(day).as_str()).unwrap();
        assert_eq!(format!("{:?}", rows[0]["items"][0]["day"]), read, "{day}");
    }
}
