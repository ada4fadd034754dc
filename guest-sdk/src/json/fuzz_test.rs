//! The reader beside serde_json, over any bytes.

use std::borrow::Cow;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Expected;
use wasmill_fuzz::{Target, shape};

use super::json;
use super::property::{Document, columns, has_negative_zero, reference, same};
use crate::testing::Value;
use crate::{Date, Row, Timestamp};

/// What the other types read; serde_json has no opinion on most of it.
#[derive(Row, Debug)]
struct Others<'a> {
    id: i32,
    time: Timestamp,
    day: Option<Date>,
    borrowed: Option<&'a str>,
    cow: Cow<'a, str>,
    times: Vec<Option<Timestamp>>,
    texts: Vec<Cow<'a, str>>,
    inner: Option<Pair>,
}

#[derive(Row, Debug)]
struct Pair {
    v: Option<f64>,
    text: Option<String>,
}

/// An object in which nobody asks for anything.
#[derive(Row, Debug)]
struct Nothing {
    nothing_of_this_name: Option<bool>,
}

/// One value of any type, as a text.
#[derive(Row, Debug)]
struct Raw {
    v: Option<String>,
}

/// Pieces of JSON and of what Spark takes for it, set apart by `¦`.
const WORDS: &str = "{¦}¦[¦]¦,¦:¦\"¦\\u¦\\ud83d\\ude00¦\\ud800¦\\\"¦\\\\¦null¦true¦false¦-0¦-0.0¦1e999¦1E-400¦0.1¦9007199254740993\
    ¦-9223372036854775808¦18446744073709551615¦\"id\":¦\"inner\":¦\"list\":¦\"names\":¦\"numbers\":¦\"nested\":¦\"optional\":¦\"name\":\
    ¦\"flag\":¦\"small\":¦\"text\":¦\"time\":¦\"v\":¦NaN¦-Infinity¦+INF¦'¦\"2026-01-18T10:08:23Z\"¦\"2026-01-18\"¦é¦\u{10ffff}";

fn target(name: &'static str) -> Target {
    Target::new(name).words(WORDS.split('¦')).longest(4096)
}

/// Strict and loose reading of the same text; the strict one's error.
fn read(text: &[u8]) -> (Option<Value>, Option<Value>, String) {
    let error = json::<Document>(text).read().err();
    (
        columns::<Document>(text, false),
        columns::<Document>(text, true),
        error.map(|error| error.to_string()).unwrap_or_default(),
    )
}

/// What was wrong, without what was found there.
fn kind(error: &str) -> String {
    shape(error.split(", found").next().unwrap_or(error))
}

/// What the strict reading may refuse though serde_json takes it: serde_json does not look into what it skips.
fn may_refuse(error: &str) -> bool {
    ["is not UTF-8", "more than 1000 digits", "deeper than 1000 levels"]
        .iter()
        .any(|end| error.ends_with(end))
}

#[test]
fn documents_are_read_as_serde_json_reads_them() {
    target("json-document").run(|text| {
        let (strict, loose, error) = read(text);
        match (&strict, reference(text)) {
            (Some(ours), Some(theirs)) => assert!(same(ours, &theirs), "{ours:?}\n{theirs}"),
            (Some(ours), None) => assert!(has_negative_zero(text), "serde_json refuses what became {ours:?}"),
            (None, Some(theirs)) => assert!(may_refuse(&error), "{error}, but serde_json reads {theirs}"),
            (None, None) => {}
        }
        if let Some(strict) = &strict {
            assert_eq!(loose.as_ref(), Some(strict), "the loose reading gives another row");
        }
        // As a Rust value: the same row.
        match json::<Document>(text).read() {
            Ok(document) => assert!(same(strict.as_ref().unwrap(), &serde_json::to_value(document).unwrap())),
            Err(_) => assert!(strict.is_none()),
        }
        if let Ok(document) = json::<Document>(text).spark().read() {
            let document = serde_json::to_value(document).unwrap();
            assert!(loose.as_ref().is_some_and(|loose| same_or_infinite(loose, &document)));
        }
        kind(&error)
    });
}

/// As [`same`]; infinities, which serde_json can't write, are null to it.
fn same_or_infinite(ours: &Value, theirs: &Expected) -> bool {
    match (ours, theirs) {
        (Value::Float(ours), Expected::Null) => !ours.is_finite(),
        (Value::List(ours), Expected::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| same_or_infinite(ours, theirs))
        }
        (Value::Struct(ours), Expected::Object(theirs)) => {
            ours.iter().all(|(name, ours)| same_or_infinite(ours, &theirs[name]))
        }
        _ => same(ours, theirs),
    }
}

#[test]
fn it_does_not_matter_where_a_text_lies() {
    target("json-document").run(|text| {
        let here = read(text);
        let mut outcome = kind(&here.2);
        for at in 0..8 {
            // What stands around it would be read on as the text.
            let mut bytes = vec![b'"'; at];
            bytes.extend_from_slice(text);
            bytes.extend_from_slice(b"\"1}]\\u00e9, ");
            let there = read(&bytes[at..at + text.len()]);
            assert_eq!(format!("{there:?}"), format!("{here:?}"), "at {at}");
        }
        outcome.push_str(if here.1.is_some() { " loose" } else { "" });
        outcome
    });
}

/// Whether serde_json takes a text as an object, whatever is in it.
struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = AnyObject;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<AnyObject, M::Error> {
                while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    // Read by the other targets.
                    if name == "nothing_of_this_name" {
                        return Err(de::Error::custom("not here"));
                    }
                }
                Ok(AnyObject)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[test]
fn what_is_skipped_has_to_be_json() {
    target("json-skip").run(|text| {
        let ours = json::<Nothing>(text).read();
        let theirs = serde_json::from_slice::<AnyObject>(text);
        let error = ours.as_ref().map_or_else(ToString::to_string, |_| String::new());
        match (&ours, &theirs) {
            (Ok(row), Err(theirs)) => {
                assert!(
                    row.nothing_of_this_name.is_some() || theirs.to_string().starts_with("not here"),
                    "{theirs}"
                );
            }
            (Err(_), Ok(_)) => assert!(may_refuse(&error), "{error}, but serde_json takes it"),
            _ => {}
        }
        kind(&error)
    });
}

#[test]
fn every_type_reads_any_bytes() {
    target("json-others").run(|text| {
        let strict = columns::<Others<'_>>(text, false);
        let loose = columns::<Others<'_>>(text, true);
        if strict.is_some() {
            assert_eq!(strict, loose);
        }
        let read = json::<Others<'_>>(text).read();
        // A borrowed text can't have escapes; nothing else is different.
        match &read {
            Ok(_) => assert!(strict.is_some()),
            Err(error) => assert!(
                strict.is_none() || error.to_string().contains("without escapes"),
                "{error}"
            ),
        }
        let _ = json::<Others<'_>>(text).spark().read();
        read.map_or_else(|error| kind(&error.to_string()), |_| "a row".to_owned())
    });
}

#[test]
fn a_value_as_a_text_is_the_same_json() {
    target("json-compact").run(|value| {
        let Ok(expected) = serde_json::from_slice::<Expected>(value) else {
            return "no JSON".to_owned();
        };
        let text = [b"{\"v\": ", value, b"}"].concat();
        let ours = columns::<Raw>(&text, true).expect("serde_json takes it, but we don't");
        let Value::Text(ours) = &ours["v"] else {
            assert!(expected.is_null(), "it became null");
            return "null".to_owned();
        };
        if let Expected::String(expected) = expected {
            assert_eq!(*ours, expected);
            return "text".to_owned();
        }
        let again: Expected = serde_json::from_str(ours).expect("what became of it is no JSON");
        assert!(equal(&again, &expected), "{ours}\n{expected}");
        // Written compactly, it is written the same way again.
        let twice = columns::<Raw>(format!("{{\"v\":{ours}}}").as_bytes(), true).unwrap();
        assert_eq!(twice["v"], ours.as_str());
        ours.chars()
            .filter(|letter| !letter.is_alphanumeric())
            .take(8)
            .collect()
    });
}

/// Whether two texts stand for the same, up to the last place of a double.
fn equal(ours: &Expected, theirs: &Expected) -> bool {
    match (ours, theirs) {
        (Expected::Number(ours), Expected::Number(theirs)) => {
            let (Some(ours), Some(theirs)) = (ours.as_f64(), theirs.as_f64()) else {
                return false;
            };
            (ours - theirs).abs() <= (ours.abs() * 1e-15).max(f64::from_bits(1))
        }
        (Expected::Array(ours), Expected::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| equal(ours, theirs))
        }
        (Expected::Object(ours), Expected::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(name, ours)| theirs.get(name).is_some_and(|theirs| equal(ours, theirs)))
        }
        _ => ours == theirs,
    }
}
