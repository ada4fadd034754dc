use super::super::contract::StatesResult;
use super::{Packed, check};

fn checked(bytes: &[u8], offsets: &[u32], groups: usize) -> Result<Vec<Vec<u8>>, String> {
    let states = StatesResult {
        bytes: bytes.to_vec(),
        offsets: offsets.to_vec(),
    };
    Ok(check(states, groups, 4)?.iter().map(|state| state.to_vec()).collect())
}

#[test]
fn states_come_apart_as_they_were_put_together() {
    let packed = Packed::of([&b"abc"[..], b"", b"d"]).unwrap();
    assert_eq!((packed.len(), packed.bytes()), (3, 4));
    let param = packed.as_param();
    assert_eq!(
        checked(param.bytes, param.offsets, 3).unwrap(),
        [&b"abc"[..], b"", b"d"]
    );
    assert_eq!(checked(b"", &[0], 0), Ok(Vec::new()));
}

#[test]
fn lies_are_found() {
    let refused = |bytes: &[u8], offsets: &[u32]| checked(bytes, offsets, 2).unwrap_err();
    assert_eq!(refused(b"ab", &[0, 2]), "returned 2 offsets of states for 2 groups");
    assert_eq!(refused(b"ab", &[]), "returned 0 offsets of states for 2 groups");
    assert_eq!(
        refused(b"ab", &[1, 1, 2]),
        "the offsets of its states do not begin at 0"
    );
    assert_eq!(
        refused(b"abc", &[0, 3, 2]),
        "the state of group 1 ends at 2, but begins at 3 of 3 bytes"
    );
    assert_eq!(
        refused(b"ab", &[0, 1, 9]),
        "the state of group 1 ends at 9, but begins at 1 of 2 bytes"
    );
    assert_eq!(
        refused(b"abcdef", &[0, 5, 6]),
        "the state of group 0 has 5 bytes, more than the 4 it declared"
    );
    assert_eq!(refused(b"abc", &[0, 1, 2]), "returned 1 bytes behind its last state");
    assert_eq!(
        refused(b"abc", &[0, u32::MAX, 3]),
        "the state of group 0 ends at 4294967295, but begins at 0 of 3 bytes"
    );
}
