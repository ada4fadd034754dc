use std::sync::Arc;

use super::*;

fn schema(columns: &[(&str, DataType)]) -> Schema {
    let fields = columns
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
    Schema::new(fields.collect::<Vec<_>>())
}

fn headers(value: DataType) -> DataType {
    let fields = vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", value, true),
    ];
    DataType::List(Arc::new(Field::new("element", DataType::Struct(fields.into()), true)))
}

fn to(topic: &str) -> KafkaSinkOptions {
    KafkaSinkOptions {
        topic: Some(topic.to_owned()),
        key: None,
    }
}

fn said(options: &KafkaSinkOptions, columns: &[(&str, DataType)]) -> Vec<String> {
    let problems = options.problems(&schema(columns));
    problems
        .into_iter()
        .map(|problem| {
            let option = problem.option.map_or(String::new(), |option| format!("{option}: "));
            format!("{option}{} [{}]", problem.message, problem.hint.unwrap_or_default())
        })
        .collect()
}

#[test]
fn sparks_columns_make_the_record() {
    use DataType::{Binary, Dictionary, Int32, Int64, Utf8, Utf8View};
    let none: Vec<String> = Vec::new();
    let all = [
        ("topic", Utf8),
        ("other", Int64),
        ("key", Utf8View),
        ("value", Binary),
        ("headers", headers(Binary)),
        ("partition", Int32),
    ];
    assert_eq!(said(&KafkaSinkOptions::default(), &all), none);
    let parts = Parts::of(&KafkaSinkOptions::default(), &schema(&all));
    let expected = Parts {
        topic: Some(0),
        key: Some(2),
        value: Some(3),
        headers: Some(4),
        partition: Some(5),
    };
    assert_eq!(parts, expected);
    // Spark: the option wins over the column.
    let parts = Parts::of(&to("orders"), &schema(&all));
    assert_eq!(
        parts,
        Parts {
            topic: None,
            ..expected
        }
    );
    let words = Dictionary(Box::new(Int32), Box::new(Utf8));
    assert_eq!(said(&to("orders"), &[("value", words), ("partition", Int64)]), none);
}

#[test]
fn a_row_without_a_value_column_is_written_as_a_whole() {
    use DataType::{Float64, Int64, Utf8};
    let columns = [("key", Float64), ("topic", Float64), ("partition", Utf8), ("n", Int64)];
    assert_eq!(said(&to("orders"), &columns), Vec::<String>::new());
    let parts = Parts::of(&to("orders"), &schema(&columns));
    assert_eq!(
        (parts.key, parts.value, parts.topic, parts.partition),
        (None, None, None, None)
    );
    let keyed = KafkaSinkOptions {
        key: Some("n".to_owned()),
        ..to("orders")
    };
    assert_eq!(Parts::of(&keyed, &schema(&columns)).key, Some(3));
}

#[test]
fn every_mistake_is_told() {
    use DataType::{Boolean, Float64, Int64, Utf8};
    let keyed = KafkaSinkOptions {
        key: Some("custmer_id".to_owned()),
        topic: None,
    };
    insta::assert_snapshot!(said(&keyed, &[("customer_id", Utf8)]).join("\n"), @r#"
    kafka: no topic is named [say kafka = "TOPIC"; a column `topic` counts only beside a column `value`]
    key: there is no column `custmer_id` [is it `customer_id`?]
    "#);
    let wrong = [
        ("key", Float64),
        ("value", Int64),
        ("topic", Boolean),
        ("partition", Utf8),
        ("headers", headers(Boolean)),
    ];
    insta::assert_snapshot!(said(&KafkaSinkOptions::default(), &wrong).join("\n"), @"
    column `key` is of type double, and has to be a text, binary, a whole number or a boolean [convert it in the SQL: `CAST(key AS STRING) AS key`]
    column `value` is of type long, and has to be a text or binary [convert it in the SQL: `CAST(value AS STRING) AS value`]
    column `headers` is of type array, and has to be array<struct<key:string,value:binary>> [take them from a source with `include_headers = true`, or leave the column out]
    column `topic` is of type boolean, and has to be a text [convert it in the SQL: `CAST(topic AS STRING) AS topic`]
    column `partition` is of type string, and has to be a whole number [convert it in the SQL: `CAST(partition AS INT) AS partition`]
    ");
    insta::assert_snapshot!(said(&to("a topic"), &[("value", headers(Utf8))]).join("\n"), @"
    kafka: `a topic` can't be a topic's name [a topic's name has up to 249 letters, digits, `.`, `_` and `-`]
    column `value` is of type array, and has to be a text or binary [take one field of it, or name the column otherwise: without a column `value` a row is written as JSON, `value` included]
    ");
    insta::assert_snapshot!(said(&KafkaSinkOptions::default(), &[("value", Utf8)]).join("\n"), @r#"kafka: no topic is named [say kafka = "TOPIC", or have a column `topic` of type string]"#);
    let keyed = KafkaSinkOptions {
        key: Some("total".to_owned()),
        ..to("orders")
    };
    insta::assert_snapshot!(said(&keyed, &[("total", Float64)]).join("\n"), @"key: column `total` is of type double, and has to be a text, binary, a whole number or a boolean [convert it in the SQL: `CAST(total AS STRING) AS total`]");
}
