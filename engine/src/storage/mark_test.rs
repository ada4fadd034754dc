use super::*;

#[test]
fn a_file_is_its_writers() {
    let (a, b) = (Mark::of("a"), Mark::of("b"));
    assert_ne!(a.uuid(), a.uuid());
    assert_eq!(a.uuid().get_version_num(), 4);
    let part = format!(".part-00000-{}-c000.snappy.parquet.tmp", a.uuid());
    let object = format!("state/groups-{}.arrow", a.uuid().simple());
    for name in [&part, &object] {
        assert!(a.is_in(name), "{name}");
        assert!(!b.is_in(name), "{name}");
    }
    assert!(!a.is_in(&format!("part-00000-{}", Uuid::new_v4())));
}
