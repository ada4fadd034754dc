use super::{Entry, TopK};

fn entry(item: &str, weight: i64) -> Entry {
    Entry {
        item: item.to_owned(),
        weight,
    }
}

#[test]
fn counts_exactly_while_there_are_few() {
    let mut sold = TopK::default();
    for (item, quantity) in [("Souris", 2), ("Laptop", 1), ("Souris", 3), ("SSD", 5), ("rien", 0)] {
        sold.update(item, quantity);
    }
    assert_eq!(sold.finish(), [entry("SSD", 5), entry("Souris", 5), entry("Laptop", 1)]);
    assert!(TopK::default().finish().is_empty());
}

#[test]
fn parts_come_to_the_same_as_the_whole() {
    let rows: Vec<(String, i64)> = (0..1000_i64)
        .map(|row| (format!("item {}", row * row % 37), 1 + row % 5))
        .collect();
    let of = |rows: &[(String, i64)]| {
        let mut part = TopK::default();
        rows.iter().for_each(|(item, weight)| part.update(item, *weight));
        part
    };
    let mut merged = TopK::default();
    rows.chunks(77).for_each(|part| merged.merge(&of(part)));
    assert_eq!(merged.finish(), of(&rows).finish());
}

#[test]
fn the_heaviest_is_there_among_very_many() {
    let mut sold = TopK::default();
    for row in 0..100_000 {
        sold.update(&format!("item {}", row % 5000), 1);
        if row % 10 == 0 {
            sold.update("Laptop", 1);
        }
    }
    let first = &sold.finish()[0];
    assert_eq!(first.item, "Laptop");
    assert!(first.weight >= 10_000);
}

#[test]
fn a_heavy_one_is_there_whichever_way_parts_are_merged() {
    let of = |rows: &[(String, i64)]| {
        let mut part = TopK::default();
        rows.iter().for_each(|(item, weight)| part.update(item, *weight));
        part
    };
    let others = |part: &str, weight: i64| {
        (0..63)
            .map(|item| (format!("{part} {item}"), weight))
            .collect::<Vec<_>>()
    };
    // In each part there is one item more than are counted at most, and `x` is the lightest of the second.
    let first = [vec![("x".to_owned(), 300)], others("first", 97)].concat();
    let second = [
        vec![("x".to_owned(), 900)],
        others("second", 1000),
        vec![("y".to_owned(), 1)],
    ]
    .concat();
    let (first, second) = (of(&first), of(&second));
    let (mut one, mut other) = (first.clone(), second.clone());
    one.merge(&second);
    other.merge(&first);
    assert_eq!(one.finish(), other.finish());
    // It weighs 1200, more than a 64th of the whole; a weight may be too large, never too small.
    let x = one.finish().into_iter().find(|entry| entry.item == "x").unwrap();
    assert!(x.weight >= 1200, "{x:?}");
}
