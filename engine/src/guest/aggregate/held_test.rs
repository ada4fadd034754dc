use datafusion::logical_expr::EmitTo;

use super::Held;

#[test]
fn states_are_replaced_and_taken_out_and_what_they_take_is_known() {
    let mut held = Held::default();
    held.grow(3);
    assert_eq!(held.get(2), b"");
    held.set(0, b"zero");
    held.set(2, b"a longer state than the others");
    held.set(2, b"two");
    let before = held.size();
    assert!(before >= 34 + 3 * size_of::<Vec<u8>>());
    assert_eq!(held.take(EmitTo::First(1)), [b"zero"]);
    assert_eq!((held.get(0), held.get(1)), (&b""[..], &b"two"[..]));
    assert!(held.size() < before);
    held.grow(1);
    assert_eq!(held.all().len(), 2);
    held.take(EmitTo::All);
    assert_eq!(held.bytes, 0);
}

#[test]
fn a_state_keeps_nothing_of_those_it_came_with() {
    // A thousand groups in each call, of which one is never seen again.
    let mut held = Held::default();
    held.grow(1_100);
    for call in 0..100 {
        let group_seen_once = 1_000 + call;
        (0..1_000)
            .chain([group_seen_once])
            .for_each(|group| held.set(group, &[7; 1_000]));
    }
    assert!(held.size() < 1_100 * 1_100, "{}", held.size());
}
