use arrow::array::AsArray;

use super::super::plan::Mode;
use super::super::testing::{plan, records};
use super::*;

/// What a flow gave to its sinks: each with the sink's name and the first column of its rows.
fn given(plan: &Plan, outgoing: &[Outgoing]) -> Vec<(String, Vec<String>)> {
    let texts = |rows: &RecordBatch| {
        let column = arrow::compute::cast(rows.column(0), &arrow::datatypes::DataType::Utf8).unwrap();
        column
            .as_string::<i32>()
            .iter()
            .map(|text| text.unwrap_or("-").to_owned())
            .collect()
    };
    outgoing
        .iter()
        .map(|(sink, rows)| (plan.sinks[*sink].name.clone(), texts(rows)))
        .collect()
}

async fn flowing(sources: &[&str], tables: &[(&str, &str)], mode: Mode) -> Plan {
    let mut text = String::new();
    for source in sources {
        text.push_str(&format!(
            "[source.{source}]\nsubscribe = \"{source}\"\nstarting_offsets = \"earliest\"\n"
        ));
    }
    for (name, sql) in tables {
        text.push_str(&format!(
            "[table.{name}]\nsql = \"{sql}\"\n[sink.{name}]\nfrom = \"{name}\"\nconsole = {{}}\n"
        ));
    }
    plan(&text, mode).await.unwrap_or_else(|report| panic!("{report}"))
}

fn one(sink: &str, rows: &[&str]) -> (String, Vec<String>) {
    (sink.to_owned(), rows.iter().map(|&row| row.to_owned()).collect())
}

#[tokio::test]
async fn rows_are_handed_on_as_they_come_where_a_query_looks_at_one_row_at_a_time() {
    let tables = [
        ("text", "SELECT CAST(value AS STRING) AS v FROM raw"),
        ("long", "SELECT v FROM text WHERE length(v) > 1"),
    ];
    let plan = flowing(&["raw"], &tables, Mode::Stream).await;
    let mut states = States::new(&plan, 2).unwrap();
    let mut flow = Flow::new(&plan, &mut states);
    let first = flow
        .push(Relation::Source(0), None, records(&["a", "bb"]))
        .await
        .unwrap();
    assert_eq!(given(&plan, &first), [one("text", &["a", "bb"]), one("long", &["bb"])]);
    // Rows that no query lets through reach nobody.
    let second = flow.push(Relation::Source(0), None, records(&["c"])).await.unwrap();
    assert_eq!(given(&plan, &second), [one("text", &["c"])]);
    for position in 0..plan.tables.len() {
        assert!(flow.finish(position, true).await.unwrap().is_empty());
    }
    assert_eq!(flow.rows_out, [3, 1]);
}

#[tokio::test]
async fn a_query_that_needs_the_whole_batch_runs_when_all_of_it_is_there() {
    let tables = [
        ("text", "SELECT CAST(value AS STRING) AS v FROM raw"),
        ("counted", "SELECT v, count(*) AS n FROM text GROUP BY v"),
        ("twice", "SELECT v FROM counted WHERE n = 2"),
        ("sorted", "SELECT v FROM counted ORDER BY v DESC"),
    ];
    let plan = flowing(&["raw"], &tables, Mode::Batch).await;
    let mut states = States::new(&plan, 2).unwrap();
    let mut flow = Flow::new(&plan, &mut states);
    for chunk in [["a", "b"], ["c", "b"]] {
        let outgoing = flow.push(Relation::Source(0), None, records(&chunk)).await.unwrap();
        assert_eq!(given(&plan, &outgoing), [one("text", &chunk)]);
    }
    let mut rest = Vec::new();
    for position in 0..plan.tables.len() {
        rest.extend(flow.finish(position, true).await.unwrap());
    }
    let rest = given(&plan, &rest);
    assert!(rest.contains(&one("twice", &["b"])), "{rest:?}");
    assert_eq!(rest.last(), Some(&one("sorted", &["c", "b", "a"])));
}

#[tokio::test]
async fn an_aggregate_over_nothing_has_its_row() {
    let plan = flowing(&["raw"], &[("n", "SELECT count(*) AS n FROM raw")], Mode::Batch).await;
    let mut states = States::new(&plan, 2).unwrap();
    let outgoing = Flow::new(&plan, &mut states).finish(0, true).await.unwrap();
    assert_eq!(given(&plan, &outgoing), [one("n", &["0"])]);
}

#[tokio::test]
async fn a_union_takes_rows_from_either_side() {
    let tables = [(
        "both",
        "SELECT CAST(value AS STRING) AS v FROM a UNION ALL SELECT topic AS v FROM b",
    )];
    let plan = flowing(&["a", "b"], &tables, Mode::Stream).await;
    let mut states = States::new(&plan, 2).unwrap();
    let mut flow = Flow::new(&plan, &mut states);
    let left = flow.push(Relation::Source(0), None, records(&["x"])).await.unwrap();
    assert_eq!(given(&plan, &left), [one("both", &["x"])]);
    let right = flow
        .push(Relation::Source(1), None, records(&["y", "z"]))
        .await
        .unwrap();
    assert_eq!(given(&plan, &right), [one("both", &["t", "t"])]);
}

#[tokio::test]
async fn a_join_of_two_sources_waits_for_both() {
    let sql = "SELECT CAST(a.value AS STRING) AS v FROM a JOIN b ON a.value = b.value";
    let plan = flowing(&["a", "b"], &[("pairs", sql)], Mode::Batch).await;
    let mut states = States::new(&plan, 2).unwrap();
    let mut flow = Flow::new(&plan, &mut states);
    assert!(
        flow.push(Relation::Source(0), None, records(&["x", "y"]))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        flow.push(Relation::Source(1), None, records(&["y", "z"]))
            .await
            .unwrap()
            .is_empty()
    );
    let outgoing = flow.finish(0, true).await.unwrap();
    assert_eq!(given(&plan, &outgoing), [one("pairs", &["y"])]);
}

#[tokio::test]
async fn a_query_that_fails_on_the_data_names_its_table() {
    let tables = [("numbers", "SELECT CAST(CAST(value AS STRING) AS INT) / 0 AS v FROM raw")];
    let plan = flowing(&["raw"], &tables, Mode::Batch).await;
    let mut states = States::new(&plan, 2).unwrap();
    let mut flow = Flow::new(&plan, &mut states);
    let pushed = flow.push(Relation::Source(0), None, records(&["no number"])).await;
    // Whether it is an error or a null is the query engine's to say; an error has the table's name.
    if let Err(fault) = pushed {
        assert!(fault.to_string().contains("table `numbers`"), "{fault}");
    }
}
