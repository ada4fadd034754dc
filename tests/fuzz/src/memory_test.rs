use super::{Counting, peak_of};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn the_peak_is_counted_and_not_what_is_left() {
    let (kept, peak) = peak_of(|| {
        drop(vec![1_u8; 1 << 20]);
        vec![1_u8; 1000]
    });
    assert_eq!(kept.len(), 1000);
    assert!((1 << 20..2 << 20).contains(&peak), "{peak}");
    let ((), peak) = peak_of(|| ());
    assert_eq!(peak, 0);
}

#[test]
fn an_inner_peak_counts_in_the_outer_one() {
    let (inner, outer) = peak_of(|| peak_of(|| drop(vec![1_u8; 1 << 20])).1);
    assert!(outer >= inner && inner >= 1 << 20, "{outer} {inner}");
}
