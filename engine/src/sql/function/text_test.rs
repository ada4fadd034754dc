use super::part;

#[test]
fn substrings_as_spark_counts() {
    for (from, length, expected) in [
        (1, 3, "été"),
        (0, 2, "ét"),
        (5, 100, "à Nice"),
        (-4, 2, "Ni"),
        (-4, 100, "Nice"),
        (-12, 3, "é"),
        (99, 1, ""),
        (2, 0, ""),
        (2, -1, ""),
    ] {
        assert_eq!(part("été à Nice", from, length), expected, "{from}, {length}");
    }
}
