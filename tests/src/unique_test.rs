use super::*;

#[test]
fn a_name_keeps_its_length_and_is_never_the_same() {
    let names: Vec<String> = (0..100).map(|_| name_like("commandes-json")).collect();
    for (at, name) in names.iter().enumerate() {
        assert_eq!(name.len(), "commandes-json".len());
        assert!(!names[..at].contains(name), "{name} came twice");
    }
    assert_eq!(
        name_like("a-name-longer-than-one-hash").len(),
        "a-name-longer-than-one-hash".len()
    );
}
