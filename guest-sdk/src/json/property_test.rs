//! The reader beside serde_json: the same values from what both take, and never more than it takes.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Expected, json as expected};

use super::json;
use crate::cell::Cell;
use crate::column::Column;
use crate::testing::{Value, row_at};
use crate::{Row, Timestamp};

#[derive(Row, Deserialize, Serialize, Debug, PartialEq)]
pub(super) struct Flat {
    flag: bool,
    small: i32,
    large: i64,
    double: f64,
    text: String,
}

#[derive(Row, Deserialize, Serialize, Debug, PartialEq)]
pub(super) struct Document {
    id: i64,
    name: Option<String>,
    inner: Flat,
    list: Vec<Flat>,
    numbers: Vec<f64>,
    names: Option<Vec<Option<String>>>,
    optional: Option<i32>,
    nested: Vec<Vec<bool>>,
}

/// The distance of two doubles that are not normal.
const SMALLEST: f64 = f64::from_bits(1);

pub(super) fn columns<T: Row>(text: &[u8], spark: bool) -> Option<Value> {
    let mut columns = <T as Cell>::Column::default();
    let outcome = if spark {
        json::<T>(text).spark().append(&mut columns)
    } else {
        json::<T>(text).append(&mut columns)
    };
    assert_eq!(columns.len(), usize::from(outcome.is_ok()));
    outcome.ok().map(|_| row_at::<T>(columns, 0))
}

/// What serde's derive makes of a document.
pub(super) fn reference(text: &[u8]) -> Option<Expected> {
    let document: Document = serde_json::from_slice(text).ok()?;
    Some(serde_json::to_value(document).unwrap())
}

/// Whether a row holds what serde_json read. Its doubles may be off in the last place (ours are checked by their own test),
/// which is a fixed distance below the smallest normal one.
pub(super) fn same(ours: &Value, theirs: &Expected) -> bool {
    match (ours, theirs) {
        (Value::Null, Expected::Null) => true,
        (Value::Bool(ours), Expected::Bool(theirs)) => ours == theirs,
        (Value::Int(ours), Expected::Number(theirs)) => Some(*ours) == theirs.as_i64(),
        (Value::Float(ours), Expected::Number(theirs)) => theirs
            .as_f64()
            .is_some_and(|theirs| (ours - theirs).abs() <= (ours.abs() * 1e-15).max(SMALLEST)),
        (Value::Text(ours), Expected::String(theirs)) => ours == theirs,
        (Value::List(ours), Expected::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Struct(ours), Expected::Object(theirs)) => {
            ours.len() == theirs.len() && ours.iter().all(|(name, ours)| same(ours, &theirs[name]))
        }
        _ => false,
    }
}

fn a_flat() -> impl Strategy<Value = Expected> {
    (any::<bool>(), any::<i32>(), any::<i64>(), a_double(), any::<String>()).prop_map(|(flag, small, large, double, text)| {
        expected!({ "flag": flag, "small": small, "large": large, "double": double, "text": text })
    })
}

fn a_double() -> impl Strategy<Value = f64> {
    let price = (0..1_000_000_i64).prop_map(|cents| cents as f64 / 100.0);
    prop_oneof![
        price,
        proptest::num::f64::NORMAL,
        proptest::num::f64::ANY.prop_filter("finite", |double| double.is_finite())
    ]
}

/// Any JSON, for the fields that nobody asks for.
fn anything() -> impl Strategy<Value = Expected> {
    let leaf = prop_oneof![
        Just(Expected::Null),
        any::<bool>().prop_map(Expected::from),
        any::<i64>().prop_map(Expected::from),
        a_double().prop_map(Expected::from),
        any::<String>().prop_map(Expected::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expected::from),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn list<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(of, 0..4)
}

/// A document that serde_json takes, as text: fields in any order, some more, with or without white space and escapes.
fn a_document() -> impl Strategy<Value = String> {
    let fields = (
        any::<i64>(),
        any::<Option<String>>(),
        a_flat(),
        list(a_flat()),
        prop::collection::vec(a_double(), 0..6),
        prop::option::of(list(any::<Option<String>>())),
        any::<Option<i32>>(),
        list(prop::collection::vec(any::<bool>(), 0..10)),
    );
    let more = (anything(), any::<u64>(), any::<bool>(), any::<bool>());
    (fields, more).prop_map(
        |((id, name, inner, flats, numbers, names, optional, nested), (unknown, turn, pretty, ascii))| {
            let mut fields = vec![
                ("id", expected!(id)),
                ("name", expected!(name)),
                ("inner", inner),
                ("list", expected!(flats)),
                ("numbers", expected!(numbers)),
                ("names", expected!(names)),
                ("optional", expected!(optional)),
                ("nested", expected!(nested)),
            ];
            // Mostly in their order; otherwise turned, with an unknown one in the middle, null ones left out.
            if turn % 3 == 0 {
                fields.insert((turn / 7 % 8) as usize, ("unknown", unknown));
                fields.rotate_left((turn / 3 % 9) as usize);
                fields.retain(|(name, value)| !(value.is_null() && matches!(*name, "name" | "optional")));
            }
            let document: Expected = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let text = if pretty {
                serde_json::to_string_pretty(&document)
            } else {
                serde_json::to_string(&document)
            }
            .unwrap();
            if ascii { escape(&text) } else { text }
        },
    )
}

/// Every character beyond ASCII as an escape, as Python writes them.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if char.is_ascii() {
            escaped.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

/// Documents with a few bytes changed, taken out, put in, or doubled.
fn a_mutation() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        prop::sample::select(b"{}[]\",:0123456789.eE+-\\ntrufalse \n".to_vec()),
        any::<u8>(),
    ];
    let change = (0..4_u8, any::<prop::sample::Index>(), byte);
    (a_document(), prop::collection::vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut bytes = document.into_bytes();
        for (kind, place, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

/// serde_json reads the integer `-0` as a double; for us it is 0.
pub(super) fn has_negative_zero(text: &[u8]) -> bool {
    text.windows(3)
        .any(|part| part.starts_with(b"-0") && !matches!(part[2], b'.' | b'e' | b'E' | b'0'..=b'9'))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn reads_what_serde_json_reads(document in a_document()) {
        let theirs = reference(document.as_bytes()).unwrap();
        for spark in [false, true] {
            let ours = columns::<Document>(document.as_bytes(), spark).unwrap();
            prop_assert!(same(&ours, &theirs), "{document}\n{ours:?}\n{theirs}");
        }
        prop_assert!(json::<Document>(&*document).read().unwrap() == json::<Document>(&*document).spark().read().unwrap());
    }

    #[test]
    fn takes_no_more_than_serde_json(text in a_mutation()) {
        let read = json::<Document>(&*text).read();
        let ours = columns::<Document>(&text, false);
        prop_assert_eq!(read.is_ok(), ours.is_some());
        match (ours, reference(&text)) {
            (Some(ours), Some(theirs)) => prop_assert!(same(&ours, &theirs), "{ours:?}\n{theirs}\n{}", String::from_utf8_lossy(&text)),
            (Some(_), None) => prop_assert!(has_negative_zero(&text), "{}", String::from_utf8_lossy(&text)),
            // serde_json doesn't look into the texts it skips.
            (None, Some(_)) => {
                let error = read.unwrap_err().to_string();
                prop_assert!(error.ends_with("the text is not UTF-8"), "{error} {}", String::from_utf8_lossy(&text));
            }
            (None, None) => {}
        }
    }

    #[test]
    fn reads_any_bytes_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..64)) {
        columns::<Document>(&text, true);
        columns::<Document>(&text, false);
        let _ = json::<Document>(&*text).spark().read();
    }

    #[test]
    fn reads_any_tokens_without_a_panic(
        text in "(\\{|\\}|\\[|\\]|,|:|\"id\"|\"list\"|\"names\"|\"\\\\u[0-9a-f]{4}\"|null|-?[0-9]{1,25}|[0-9]\\.[0-9]e[0-9]{1,3}|true| ){0,40}"
    ) {
        let text = format!("{{{text}");
        let loose = columns::<Document>(text.as_bytes(), true);
        if columns::<Document>(text.as_bytes(), false).is_some() {
            prop_assert!(loose.is_some());
        }
        let _ = json::<Document>(text.as_str()).spark().read();
    }

    #[test]
    fn doubles_are_the_nearest(digits in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,25})?(e[+-]?[0-9]{1,3})?") {
        #[derive(Row, Debug)]
        struct Double { v: f64 }
        let nearest: f64 = digits.parse().unwrap();
        match json::<Double>(&*format!("{{\"v\": {digits}}}")).read() {
            Ok(row) => prop_assert_eq!(row.v.to_bits(), nearest.to_bits()),
            Err(_) => prop_assert!(nearest.is_infinite()),
        }
    }

    #[test]
    fn timestamps_are_read_as_they_are_printed(micros in -60_000_000_000_000_000..200_000_000_000_000_000_i64) {
        let time = Timestamp::from_micros(micros);
        prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
    }
}
