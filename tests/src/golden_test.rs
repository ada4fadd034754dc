use super::*;

#[test]
fn every_case_of_the_index_has_its_files() {
    let cases = BatchCase::all();
    assert!(!cases.is_empty());
    for case in cases {
        let index_rows = case.rows().len();
        assert!(index_rows > 0, "{} has no rows", case.name);
        assert!(case.schema_text().starts_with("root\n"), "{}", case.name);
        assert_eq!(case.show_text().is_some(), case.show.is_some());
        assert!(Records::of(&case.records).count > 0);
        assert!(!case.short_name().is_empty());
    }
}

#[test]
fn records_say_their_topic() {
    let records = Records::of("dirty");
    assert_eq!(
        (records.topic.as_str(), records.partitions, records.count),
        ("commandes-json", 3, 110)
    );
}
