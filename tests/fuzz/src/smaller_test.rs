use super::smaller;

#[test]
fn what_matters_is_left() {
    let input = b"so many words, and a needle among a few others";
    let found = smaller(input, |input| input.windows(6).any(|part| part == b"needle"));
    assert_eq!(found, b"needle");
}

#[test]
fn pieces_that_are_apart() {
    let input: Vec<u8> = (0..100).collect();
    assert_eq!(
        smaller(&input, |input| input.contains(&7) && input.contains(&93)),
        [7, 93]
    );
    assert!(smaller(&input, |_| true).is_empty());
    assert_eq!(smaller(&input, |_| false), input);
}
