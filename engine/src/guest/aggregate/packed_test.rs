use arbitrary::Unstructured;
use wasmill_fuzz::{Target, shape};

use super::super::contract::StatesResult;
use super::{Packed, check};

fn returned(bytes: &[u8], offsets: &[u32]) -> StatesResult {
    StatesResult {
        bytes: bytes.to_vec(),
        offsets: offsets.to_vec(),
    }
}

fn refused(bytes: &[u8], offsets: &[u32], groups: usize) -> String {
    check(returned(bytes, offsets), groups, 4).unwrap_err()
}

#[test]
fn states_stand_end_to_end() {
    let packed = Packed::of([&b"ab"[..], b"", b"cde"]).unwrap();
    assert_eq!((packed.len(), packed.bytes()), (3, 5));
    let param = packed.as_param();
    assert_eq!((param.bytes, param.offsets), (&b"abcde"[..], &[0, 2, 2, 5][..]));
}

#[test]
fn no_states_have_one_offset() {
    for packed in [Packed::default(), Packed::of([]).unwrap()] {
        assert_eq!((packed.len(), packed.bytes()), (0, 0));
        assert_eq!(packed.as_param().offsets, [0]);
    }
}

#[test]
fn what_went_in_comes_apart_again() {
    let states = [&b"ab"[..], b"", b"cdef", b""];
    let packed = Packed::of(states).unwrap();
    let param = packed.as_param();
    let checked = check(returned(param.bytes, param.offsets), 4, 4).unwrap();
    assert!(checked.iter().eq(states));
    assert_eq!(check(returned(b"", &[0]), 0, 4).unwrap().len(), 0);
}

#[test]
fn a_count_that_is_not_the_groups() {
    assert_eq!(refused(b"", &[], 0), "returned 0 offsets of states for 0 groups");
    assert_eq!(refused(b"ab", &[0, 2], 2), "returned 2 offsets of states for 2 groups");
    assert_eq!(
        refused(b"ab", &[0, 1, 2], 1),
        "returned 3 offsets of states for 1 groups"
    );
}

#[test]
fn offsets_that_do_not_begin_at_zero() {
    let reason = "the offsets of its states do not begin at 0";
    assert_eq!(refused(b"ab", &[1, 2], 1), reason);
    assert_eq!(refused(b"ab", &[u32::MAX], 0), reason);
}

#[test]
fn offsets_that_fall() {
    assert_eq!(
        refused(b"abc", &[0, 2, 1, 3], 3),
        "the state of group 1 ends at 1, but begins at 2 of 3 bytes"
    );
}

#[test]
fn offsets_beyond_the_bytes() {
    assert_eq!(
        refused(b"abc", &[0, 2, 4], 2),
        "the state of group 1 ends at 4, but begins at 2 of 3 bytes"
    );
    assert_eq!(
        refused(b"", &[0, u32::MAX], 1),
        format!("the state of group 0 ends at {}, but begins at 0 of 0 bytes", u32::MAX)
    );
}

#[test]
fn a_state_longer_than_declared() {
    assert_eq!(
        refused(b"abcdefg", &[0, 2, 7], 2),
        "the state of group 1 has 5 bytes, more than the 4 it declared"
    );
    // As long as declared is not too long.
    assert!(check(returned(b"abcd", &[0, 4]), 1, 4).unwrap().iter().eq([b"abcd"]));
}

#[test]
fn bytes_that_belong_to_no_state() {
    assert_eq!(refused(b"abc", &[0, 1, 1], 2), "returned 2 bytes behind its last state");
    assert_eq!(refused(b"a", &[0], 0), "returned 1 bytes behind its last state");
}

/// The check beside a plain reading of the same offsets.
#[test]
fn fuzzed_states_are_checked() {
    Target::new("states").longest(256).run(|input| {
        let mut u = Unstructured::new(input);
        let mut read = || -> arbitrary::Result<(usize, usize, Vec<u32>)> {
            let groups = u.int_in_range(0..=5)?;
            let most = u.int_in_range(0..=9)?;
            // Mostly small steps up.
            let mut offsets = vec![0];
            for _ in 0..groups {
                let last = offsets.last().copied().unwrap_or(0);
                offsets.push(last + u.int_in_range(0..=5)?);
            }
            if u.ratio(1, 2)? {
                let at = u.choose_index(offsets.len())?;
                offsets[at] = u.arbitrary()?;
            }
            if u.ratio(1, 8)? {
                offsets.truncate(u.choose_index(offsets.len())?);
            }
            Ok((groups, most, offsets))
        };
        let Ok((groups, most, offsets)) = read() else {
            return "too short".to_owned();
        };
        let bytes = u.take_rest();
        let plain = || -> Option<Vec<&[u8]>> {
            let whole = offsets.len() == groups + 1 && offsets[0] == 0 && offsets[groups] as usize == bytes.len();
            let state = |ends: &[u32]| {
                bytes
                    .get(ends[0] as usize..ends[1] as usize)
                    .filter(|state| state.len() <= most)
            };
            if whole {
                offsets.windows(2).map(state).collect()
            } else {
                None
            }
        };
        match (check(returned(bytes, &offsets), groups, most), plain()) {
            (Ok(packed), Some(plain)) => {
                assert!(packed.iter().eq(plain));
                assert_eq!((packed.len(), packed.bytes()), (groups, bytes.len()));
                format!("{groups} states")
            }
            (Err(reason), None) => shape(&reason),
            (Ok(_), None) => panic!("let through"),
            (Err(reason), Some(plain)) => panic!("{reason}, but it is {plain:?}"),
        }
    });
}
