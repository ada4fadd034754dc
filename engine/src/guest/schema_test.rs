use super::*;
use crate::guest::contract::DataType as Kind;

fn field(name: &str, data_type: Kind, children: u32) -> GuestField {
    GuestField {
        name: name.to_owned(),
        data_type,
        children,
    }
}

fn refusal(fields: &[GuestField]) -> String {
    schema(fields, &Limits::default()).unwrap_err()
}

#[test]
fn a_flat_list_becomes_the_tree_it_stands_for() {
    let flat = [
        field("id", Kind::Utf8, 0),
        field("items", Kind::List, 1),
        field("item", Kind::Struct, 2),
        field("price", Kind::Float64, 0),
        field("at", Kind::Timestamp, 0),
        field("n", Kind::Int32, 0),
    ];
    let schema = schema(&flat, &Limits::default()).unwrap();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["id", "items", "n"]);
    let item = DataType::Struct(
        vec![
            Field::new("price", DataType::Float64, true),
            Field::new("at", timestamp_type(), true),
        ]
        .into(),
    );
    assert_eq!(
        *schema.field(1).data_type(),
        DataType::List(Arc::new(Field::new("element", item, true)))
    );
}

#[test]
fn counts_of_children_must_fit() {
    assert_eq!(refusal(&[]), "it has no fields");
    assert_eq!(
        refusal(&[field("a", Kind::Struct, 0)]),
        "field `a`: a struct needs a field"
    );
    assert_eq!(
        refusal(&[field("a", Kind::Struct, 2), field("b", Kind::Int32, 0)]),
        "field `a`: a child of it is missing"
    );
    assert_eq!(
        refusal(&[field("a", Kind::Struct, u32::MAX), field("b", Kind::Int32, 0)]),
        "field `a`: a child of it is missing"
    );
    assert_eq!(
        refusal(&[field("a", Kind::List, 0)]),
        "field `a`: a list has one child, not 0"
    );
    assert_eq!(
        refusal(&[field("a", Kind::Int32, 1), field("b", Kind::Int32, 0)]),
        "field `a`: only a struct or a list has children"
    );
}

#[test]
fn depth_and_number_are_bounded() {
    let deep: Vec<_> = (0..20).map(|_| field("a", Kind::List, 1)).collect();
    assert!(
        refusal(&deep).ends_with("nested deeper than the 16 levels allowed"),
        "{}",
        refusal(&deep)
    );
    let many: Vec<_> = (0..1001).map(|n| field(&format!("f{n}"), Kind::Int32, 0)).collect();
    assert_eq!(refusal(&many), "it has 1001 fields, more than the 1000 allowed");
}

#[test]
fn names_must_be_usable_and_differ_on_their_level() {
    let one = |name: &str| refusal(&[field(name, Kind::Int32, 0)]);
    assert_eq!(one(""), "a field has no name");
    assert_eq!(
        one("a\u{1b}[31m"),
        "the name of field `a\\u{1b}[31m` has a character that names can't have (`\\u{1b}`)"
    );
    assert_eq!(
        one("a\"b"),
        "the name of field `a\"b` has a character that names can't have (`\\\"`)"
    );
    assert_eq!(
        one("../x"),
        "the name of field `../x` has a character that names can't have (`/`)"
    );
    assert_eq!(one("a "), "the name of field `a ` begins or ends with a blank");
    assert_eq!(
        one(&"x".repeat(200)),
        format!(
            "the field `{}...` has a name longer than the 128 bytes allowed",
            "x".repeat(32)
        )
    );
    assert_eq!(
        one("Kafka_Key"),
        "field `Kafka_Key`: names that begin with `kafka_` are for Kafka's own columns, which are added to each row"
    );
    assert_eq!(
        refusal(&[field("a", Kind::Int32, 0), field("a", Kind::Utf8, 0)]),
        "two fields are called `a`"
    );
    let inner = [
        field("s", Kind::Struct, 2),
        field("a", Kind::Int32, 0),
        field("a", Kind::Int32, 0),
    ];
    assert_eq!(refusal(&inner), "two fields are called `s.a`");
    // The same name on two levels is fine, and so are letters of any script.
    schema(
        &[field("prénom", Kind::Struct, 1), field("prénom", Kind::Int32, 0)],
        &Limits::default(),
    )
    .unwrap();
}
