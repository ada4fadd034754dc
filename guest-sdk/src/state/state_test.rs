use proptest::prelude::*;

use super::{Bounded, BoundedText};
use crate::{Date, State, Timestamp};

#[derive(State, Debug, Clone, PartialEq)]
struct Everything {
    flag: bool,
    numbers: (u8, i16, u32, i64),
    doubles: [f64; 3],
    single: f32,
    when: Option<Timestamp>,
    day: Option<Date>,
    list: Bounded<(i64, BoundedText<7>), 4>,
    text: BoundedText<16>,
    unit: Unit,
    pair: Pair,
}

#[derive(State, Debug, Clone, PartialEq)]
struct Unit;

#[derive(State, Debug, Clone, PartialEq)]
struct Pair(i8, Option<u16>);

prop_compose! {
    fn everything()(
        flag in any::<bool>(),
        numbers in any::<(u8, i16, u32, i64)>(),
        doubles in prop::array::uniform3(-1e300..1e300),
        single in -1e30_f32..1e30,
        when in any::<Option<i64>>(),
        day in any::<Option<i32>>(),
        entries in prop::collection::vec((any::<i64>(), any::<String>()), 0..6),
        text in any::<String>(),
        pair in any::<(i8, Option<u16>)>(),
    ) -> Everything {
        let mut list = Bounded::default();
        for (number, text) in &entries {
            list.push((*number, BoundedText::from(text.as_str())));
        }
        Everything {
            flag, numbers, doubles, single, list,
            when: when.map(Timestamp::from_micros),
            day: day.map(Date::from_days),
            text: BoundedText::from(text.as_str()),
            unit: Unit,
            pair: Pair(pair.0, pair.1),
        }
    }
}

fn bytes(state: &impl State) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.encode(&mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_was_encoded_is_decoded(state in everything(), behind in any::<[u8; 3]>()) {
        let mut encoded = bytes(&state);
        prop_assert!(encoded.len() <= Everything::MOST_BYTES);
        encoded.extend_from_slice(&behind);
        let mut rest = &*encoded;
        prop_assert_eq!(Everything::decode(&mut rest), Some(state));
        prop_assert_eq!(rest, behind);
    }

    #[test]
    fn bytes_cut_short_are_no_state(state in everything(), part in 0.0..1.0) {
        let encoded = bytes(&state);
        let length = (encoded.len() as f64 * part) as usize;
        prop_assert_eq!(Everything::decode(&mut &encoded[..length]), None);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Everything::decode(&mut &*bytes);
    }
}

#[test]
fn what_is_no_value_is_refused() {
    assert_eq!(bool::decode(&mut &[2][..]), None);
    assert_eq!(Option::<u8>::decode(&mut &[7, 1][..]), None);
    // Five of at most four, and a length beyond the end.
    assert_eq!(Bounded::<u8, 4>::decode(&mut &[5, 0, 0, 0, 1, 2, 3, 4, 5][..]), None);
    assert_eq!(BoundedText::<4>::decode(&mut &[2, 0, 0, 0, 0xff, 0xfe][..]), None);
    assert_eq!(BoundedText::<4>::decode(&mut &[255, 255, 255, 255, b'a'][..]), None);
}

#[test]
fn bounds_hold() {
    let mut list = Bounded::<u8, 2>::default();
    assert!(list.push(1) && list.push(2) && list.is_full() && !list.push(3));
    assert_eq!(bytes(&list).len(), 6);
    assert_eq!(&*BoundedText::<3>::from("aéé"), "aé");
}

#[test]
fn fuzzed_bytes_are_a_state_as_it_is_written_or_none() {
    wasmill_fuzz::Target::new("state").longest(512).run(|bytes| {
        let mut rest = bytes;
        let Some(state) = Everything::decode(&mut rest) else {
            return format!("none, {} left", rest.len());
        };
        let taken = bytes.len() - rest.len();
        assert!(taken <= Everything::MOST_BYTES);
        assert_eq!(self::bytes(&state), bytes[..taken]);
        format!("{} of list, {} of text", state.list.len(), state.text.len())
    });
}
