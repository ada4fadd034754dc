use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde_json::{Value, json};

use crate::batch::timestamp_type;
use crate::clock::ManualClock;
use crate::sql::rows_test::{batch, rows, types};
use crate::sql::{Mode, Planner, Query};

/// A table of what the functions are tried on.
fn table() -> (SchemaRef, RecordBatch) {
    let element = Field::new(
        "element",
        DataType::Struct(
            vec![
                Field::new("nom", DataType::Utf8, true),
                Field::new("Qty", DataType::Int32, true),
            ]
            .into(),
        ),
        true,
    );
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int32, true),
        Field::new("texte", DataType::Utf8, true),
        Field::new("prix", DataType::Float64, true),
        Field::new("octets", DataType::Binary, true),
        Field::new("instant", timestamp_type(), true),
        Field::new("lignes", DataType::List(Arc::new(element)), true),
        Field::new("timestampType", DataType::Int32, true),
    ]));
    let data = [
        json!({"id": 1, "texte": "a,b;c", "prix": 1.005, "octets": {"b64": "YWL/"}, "instant": "2026-01-18T10:08:23.143Z",
               "lignes": [{"nom": "SSD", "Qty": 2}, {"nom": "Ecran", "Qty": 1}], "timestampType": 0}),
        json!({"id": 2, "texte": null, "prix": null, "octets": {"b64": "YWI="}, "instant": null, "lignes": [], "timestampType": 1}),
        json!({"id": 3, "texte": "Zoé", "prix": -2.5, "octets": null, "instant": "2026-01-19T00:00:00Z", "lignes": null,
               "timestampType": 0}),
    ];
    (schema.clone(), batch(&schema, &data))
}

/// 2026-11-23.
const NOW: i64 = 1_795_392_000_000;

async fn query(sql: &str) -> Query {
    let tables = [("t".to_owned(), table().0)];
    Planner::with_clock(Arc::new(ManualClock::new(NOW)))
        .plan("essai", sql, &tables, Mode::Batch)
        .await
        .unwrap_or_else(|problem| panic!("{sql}: {problem:?}"))
}

async fn answer(sql: &str) -> Vec<Value> {
    let query = query(sql).await;
    let inputs = query.inputs().iter().map(|_| vec![table().1]).collect();
    rows(&query.run(inputs).await.unwrap_or_else(|fault| panic!("{sql}: {fault}")))
}

/// The values of an expression over the three rows.
async fn values(expression: &str) -> Value {
    let rows = answer(&format!("SELECT {expression} AS x FROM t")).await;
    rows.iter().map(|row| row["x"].clone()).collect()
}

#[tokio::test]
async fn functions_mean_what_spark_means() {
    let mut wrong = Vec::new();
    for (expression, expected) in [
        ("concat(texte, '-', id)", json!(["a,b;c-1", null, "Zoé-3"])),
        ("texte || '!'", json!(["a,b;c!", null, "Zoé!"])),
        ("concat_ws('-', texte, 'x')", json!(["a,b;c-x", "x", "Zoé-x"])),
        ("split(texte, '[,;]')", json!([["a", "b", "c"], null, ["Zoé"]])),
        ("substring(texte, 1, 2)", json!(["a,", null, "Zo"])),
        ("substr(texte, -2)", json!([";c", null, "oé"])),
        ("SUBSTRING(texte FROM 2 FOR 1)", json!([",", null, "o"])),
        ("regexp_extract(texte, '([a-z]),([a-z])', 2)", json!(["b", null, ""])),
        (
            "regexp_replace(texte, '[a-z]', '<$0>')",
            json!(["<a>,<b>;<c>", null, "Z<o>é"]),
        ),
        ("texte RLIKE '^[a-z],'", json!([true, null, false])),
        ("texte LIKE 'Z%'", json!([false, null, true])),
        ("upper(texte)", json!(["A,B;C", null, "ZOÉ"])),
        ("length(texte)", json!([5, null, 3])),
        ("coalesce(texte, 'rien')", json!(["a,b;c", "rien", "Zoé"])),
        ("nvl(prix, 0)", json!([1.005, 0.0, -2.5])),
        ("ifnull(texte, \"-\")", json!(["a,b;c", "-", "Zoé"])),
        ("isnull(texte)", json!([false, true, false])),
        ("if(id > 1, 'oui', 'non')", json!(["non", "oui", "oui"])),
        ("round(prix, 2)", json!([1.01, null, -2.5])),
        ("round(prix)", json!([1.0, null, -3.0])),
        ("round(id * 7, -1)", json!([10, 10, 20])),
        ("floor(prix)", json!([1, null, -3])),
        ("id / 2", json!([0.5, 1.0, 1.5])),
        ("id DIV 2", json!([0, 1, 1])),
        ("id % 2", json!([1, 0, 1])),
        ("CAST(octets AS STRING)", json!(["ab\u{fffd}", "ab", null])),
        (
            "CAST(instant AS STRING)",
            json!(["2026-01-18 10:08:23.143", null, "2026-01-19 00:00:00"]),
        ),
        ("CAST(instant AS LONG)", json!([1_768_730_903, null, 1_768_780_800])),
        (
            "CAST(id AS TIMESTAMP)",
            json!([
                "1970-01-01T00:00:01.000000Z",
                "1970-01-01T00:00:02.000000Z",
                "1970-01-01T00:00:03.000000Z"
            ]),
        ),
        ("CAST(prix AS STRING)", json!(["1.005", null, "-2.5"])),
        (
            "to_timestamp('2026-01-18T10:08:23.5')",
            json!([
                "2026-01-18T10:08:23.500000Z",
                "2026-01-18T10:08:23.500000Z",
                "2026-01-18T10:08:23.500000Z"
            ]),
        ),
        ("try_to_timestamp(texte)", json!([null, null, null])),
        (
            "to_timestamp('18/01/2026', 'dd/MM/yyyy')",
            json!([
                "2026-01-18T00:00:00.000000Z",
                "2026-01-18T00:00:00.000000Z",
                "2026-01-18T00:00:00.000000Z"
            ]),
        ),
        ("to_date(instant)", json!(["2026-01-18", null, "2026-01-19"])),
        ("date_add(instant, 3)", json!(["2026-01-21", null, "2026-01-22"])),
        ("datediff('2026-01-20', instant)", json!([2, null, 1])),
        (
            "date_format(instant, 'dd/MM HH:mm')",
            json!(["18/01 10:08", null, "19/01 00:00"]),
        ),
        (
            "date_trunc('hour', instant)",
            json!(["2026-01-18T10:00:00.000000Z", null, "2026-01-19T00:00:00.000000Z"]),
        ),
        ("hour(instant)", json!([10, null, 0])),
        ("dayofweek(instant)", json!([1, null, 2])),
        ("unix_timestamp(instant)", json!([1_768_730_903, null, 1_768_780_800])),
        (
            "from_unixtime(id)",
            json!(["1970-01-01 00:00:01", "1970-01-01 00:00:02", "1970-01-01 00:00:03"]),
        ),
        ("current_date()", json!(["2026-11-23", "2026-11-23", "2026-11-23"])),
        (
            "CURRENT_TIMESTAMP",
            json!([
                "2026-11-23T00:00:00.000000Z",
                "2026-11-23T00:00:00.000000Z",
                "2026-11-23T00:00:00.000000Z"
            ]),
        ),
        (
            "instant - INTERVAL 10 SECONDS",
            json!(["2026-01-18T10:08:13.143000Z", null, "2026-01-18T23:59:50.000000Z"]),
        ),
        (
            "instant - INTERVAL '90' MINUTE",
            json!(["2026-01-18T08:38:23.143000Z", null, "2026-01-18T22:30:00.000000Z"]),
        ),
        (
            "instant + INTERVAL '1 hour'",
            json!(["2026-01-18T11:08:23.143000Z", null, "2026-01-19T01:00:00.000000Z"]),
        ),
        ("instant >= '2026-01-19'", json!([false, null, true])),
        ("size(lignes)", json!([2, 0, null])),
        ("lignes[0].nom", json!(["SSD", null, null])),
        ("element_at(lignes, -1)['nom']", json!(["Ecran", null, null])),
        ("array_contains(split(texte, ','), 'a')", json!([true, null, false])),
        (
            "get_json_object('{\"a\": {\"b\": 7}}', '$.a.b')",
            json!(["7", "7", "7"]),
        ),
        (
            "window(instant, '1 minute').start",
            json!(["2026-01-18T10:08:00.000000Z", null, "2026-01-19T00:00:00.000000Z"]),
        ),
        ("CASE WHEN prix <> 0 THEN id / prix END > 0", json!([true, null, false])),
        ("TIMESTAMPTYPE + 1", json!([1, 2, 1])),
        ("texte <=> null", json!([false, true, false])),
        ("greatest(id, 2)", json!([2, 2, 3])),
    ] {
        if values(expression).await != expected {
            wrong.push(format!("{expression}: {}", values(expression).await));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn columns_are_named_and_typed_as_spark_does() {
    let mut wrong = Vec::new();
    for (sql, expected) in [
        (
            "SELECT 1, 'x' AS s, 3000000000 AS grand, 2.5",
            "1: Int32\ns: Utf8\ngrand: Int64\n2.5: Float64",
        ),
        (
            "SELECT count(*), sum(prix), round(avg(t.prix), 2), COUNT(DISTINCT id) FROM t",
            "count(1): Int64\nsum(prix): Float64?\nround(avg(t.prix), 2): Float64?\ncount(DISTINCT id): Int64",
        ),
        (
            "SELECT CAST(octets AS STRING), id + 1, t.id, upper(Texte) FROM t",
            "octets: Utf8?\n(id + 1): Int32?\nid: Int32?\nupper(texte): Utf8?",
        ),
        (
            "SELECT timestamptype, LIGNES FROM T",
            "timestampType: Int32?\nlignes: [{nom: Utf8?, Qty: Int32?}?]?",
        ),
        (
            "SELECT explode(lignes), id AS n FROM t",
            "col: {nom: Utf8?, Qty: Int32?}?\nn: Int32?",
        ),
        (
            "SELECT l.*, l.QTY AS q FROM (SELECT explode(lignes) AS L FROM t)",
            "nom: Utf8?\nQty: Int32?\nq: Int32?",
        ),
        (
            "SELECT sum(id) AS s, min(id) AS m, approx_count_distinct(id) AS a FROM t",
            "s: Int64?\nm: Int32?\na: Int64",
        ),
        (
            "SELECT CASE WHEN id > 1 THEN 'a' ELSE 'b' END AS c, row_number() OVER (ORDER BY id) AS r FROM t",
            "c: Utf8\nr: Int32",
        ),
        (
            "SELECT array(1, 2) AS a, named_struct('x', 1) AS s FROM t",
            "a: [Int32?]\ns: {x: Int32?}",
        ),
        (
            "SELECT current_timestamp() AS c, to_timestamp('2026-01-01') AS d FROM t",
            "c: Timestamp(µs, \"UTC\")?\nd: Timestamp(µs, \"UTC\")",
        ),
    ] {
        let got = types(&query(sql).await.schema());
        if got != expected {
            wrong.push(format!("{sql}:\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn whole_queries() {
    let mut wrong = Vec::new();
    for (sql, expected) in [
        (
            "SELECT id FROM t ORDER BY texte",
            json!([{"id": 2}, {"id": 3}, {"id": 1}]),
        ),
        (
            "SELECT id FROM t ORDER BY texte DESC",
            json!([{"id": 1}, {"id": 3}, {"id": 2}]),
        ),
        (
            "SELECT ligne.nom, ligne.qty FROM (SELECT explode(lignes) AS ligne FROM t)",
            json!([{"nom": "SSD", "Qty": 2}, {"nom": "Ecran", "Qty": 1}]),
        ),
        (
            "SELECT x.id, l.nom, v.l.qty AS q FROM t x LATERAL VIEW explode(lignes) v AS l WHERE V.l.qty > 1",
            json!([{"id": 1, "nom": "SSD", "q": 2}]),
        ),
        (
            "SELECT l.nom, lettre FROM t LATERAL VIEW explode(lignes) u AS l LATERAL VIEW explode(split(texte, '[,;]')) v AS lettre WHERE lettre > 'b'",
            json!([{"nom": "SSD", "lettre": "c"}, {"nom": "Ecran", "lettre": "c"}]),
        ),
        (
            "SELECT window.end AS e FROM t GROUP BY window(instant, '1 day') ORDER BY window DESC",
            json!([{"e": "2026-01-20T00:00:00.000000Z"}, {"e": "2026-01-19T00:00:00.000000Z"}]),
        ),
        (
            "SELECT window.end AS e, id FROM t GROUP BY window(instant, '1 day'), id ORDER BY id DESC, window",
            json!([{"e": "2026-01-20T00:00:00.000000Z", "id": 3}, {"e": "2026-01-19T00:00:00.000000Z", "id": 1}]),
        ),
        (
            "SELECT window(instant, '1 day') AS w, count(*) AS n FROM t GROUP BY w ORDER BY w.start LIMIT 1",
            json!([{"w": {"start": "2026-01-18T00:00:00.000000Z", "end": "2026-01-19T00:00:00.000000Z"}, "n": 1}]),
        ),
        (
            "SELECT window(instant, '2 days', '1 day') AS w, count(*) AS n FROM t GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1",
            json!([{"w": {"start": "2026-01-18T00:00:00.000000Z", "end": "2026-01-20T00:00:00.000000Z"}, "n": 2}]),
        ),
        (
            "SELECT a.w.start AS s FROM (SELECT window AS w, count(*) AS n FROM t GROUP BY window(instant, '1 day')) a JOIN (SELECT window AS w FROM t GROUP BY window(instant, '1 day')) b ON a.w = b.w ORDER BY s LIMIT 1",
            json!([{"s": "2026-01-18T00:00:00.000000Z"}]),
        ),
        (
            "SELECT count(DISTINCT window(instant, '1 day')) AS n, max(window(instant, '1 day').end) AS m FROM t",
            json!([{"n": 2, "m": "2026-01-20T00:00:00.000000Z"}]),
        ),
        (
            "WITH a AS (SELECT id, explode(lignes) AS l FROM t), b AS (SELECT id, l.* FROM a) SELECT id, sum(Qty) AS q FROM b GROUP BY 1",
            json!([{"id": 1, "q": 3}]),
        ),
        (
            "SELECT id FROM t WHERE id < 2 UNION ALL SELECT timestampType FROM t WHERE id = 2 UNION ALL SELECT id FROM t",
            json!([{"id": 1}, {"id": 1}, {"id": 1}, {"id": 2}, {"id": 3}]),
        ),
        (
            "SELECT a.id, b.id AS autre FROM t a LEFT JOIN t b ON a.id = b.id + 1 ORDER BY a.id",
            json!([{"id": 1, "autre": null}, {"id": 2, "autre": 1}, {"id": 3, "autre": 2}]),
        ),
        (
            "SELECT id FROM t WHERE id IN (SELECT max(id) FROM t)",
            json!([{"id": 3}]),
        ),
        (
            "SELECT DISTINCT timestampType AS k FROM t ORDER BY k DESC LIMIT 1",
            json!([{"k": 1}]),
        ),
        (
            "SELECT collect_list(texte) AS l, count_if(id > 1) AS n FROM t",
            json!([{"l": ["a,b;c", "Zoé"], "n": 2}]),
        ),
        (
            "SELECT window, count(*) AS n FROM t GROUP BY window(instant, INTERVAL '12' HOURS) HAVING window.start > '2026-01-18 12:00:00'",
            json!([{"window": {"start": "2026-01-19T00:00:00.000000Z", "end": "2026-01-19T12:00:00.000000Z"}, "n": 1}]),
        ),
        (
            "SELECT window(instant, '1 day').end AS e, sum(id) AS s FROM t GROUP BY window(instant, '24 hours') ORDER BY window.end DESC",
            json!([{"e": "2026-01-20T00:00:00.000000Z", "s": 3}, {"e": "2026-01-19T00:00:00.000000Z", "s": 1}]),
        ),
        (
            "SELECT session_window.start AS debut, count(*) AS n FROM t GROUP BY session_window(instant, '1 day')",
            json!([{"debut": "2026-01-18T10:08:23.143000Z", "n": 2}]),
        ),
        (
            "SELECT w.start AS s, n FROM (SELECT window AS w, count(*) AS n FROM t GROUP BY window(instant, '2 days', '1 day')) WHERE n > 1",
            json!([{"s": "2026-01-18T00:00:00.000000Z", "n": 2}]),
        ),
        (
            "SELECT id FROM t WHERE id <> 2 AND 6 / (id - 2) > 1 AND id % (id - 2) = 0",
            json!([{"id": 3}]),
        ),
        (
            "SELECT CASE WHEN id <> 2 THEN 6 / (id - 2) > 1 ELSE false END AS x FROM t",
            json!([{"x": false}, {"x": false}, {"x": true}]),
        ),
        (
            "SELECT id FROM t WHERE texte LIKE 'Z%' AND CAST(right(texte, 1) || '1' AS STRING) <> '' AND instant < now()",
            json!([{"id": 3}]),
        ),
        (
            "SELECT texte FROM t WHERE id = 3 AND prix / (id - 3 + 1) < 0",
            json!([{"texte": "Zoé"}]),
        ),
    ] {
        let got = Value::Array(answer(sql).await);
        if got != expected {
            wrong.push(format!("{sql}: {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_value_that_can_not_be_computed_names_the_table() {
    let mut said = Vec::new();
    for sql in [
        "SELECT id / (id - 2) FROM t",
        "SELECT id % (id - 2) FROM t",
        "SELECT CAST(texte AS INT) FROM t",
        "SELECT to_timestamp(texte) FROM t",
        "SELECT split(texte, '(') FROM t",
        "SELECT date_format(instant, 'QQ') FROM t",
    ] {
        let fault = query(sql).await.run(vec![vec![table().1]]).await.unwrap_err();
        assert_eq!(fault.kind(), crate::error::Kind::Data);
        said.push(fault.to_string());
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    division by zero: table `essai`
    division by zero: table `essai`
    cannot cast string 'a,b;c' to value of Int32 type: table `essai`
    `a,b;c` is no timestamp; `try_to_timestamp` gives null for such a text: table `essai`
    `(` is no regular expression: unclosed group: table `essai`
    date pattern `QQ`: the letters `QQ` mean nothing here: table `essai`
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_at_the_same_time_do_not_see_each_other() {
    let query = Arc::new(query("SELECT id, explode(split(texte, '[,;]')) AS part FROM t WHERE id <> 2").await);
    assert!(query.is_stateless());
    let (_, whole) = table();
    let runs = (0..32).map(|i| {
        let (query, part) = (Arc::clone(&query), whole.slice(i % 3, 1));
        tokio::spawn(async move { (i % 3, rows(&query.run(vec![vec![part]]).await.unwrap())) })
    });
    for run in runs {
        let (row, got) = run.await.unwrap();
        assert_eq!(got.len(), [3, 0, 1][row]);
    }
}

#[tokio::test]
async fn stateful_queries_start_anew_each_time() {
    let query = query("SELECT a.texte, count(*) AS n FROM t a JOIN t b ON a.timestampType = b.timestampType GROUP BY a.texte ORDER BY n, a.texte DESC LIMIT 2").await;
    assert!(!query.is_stateless());
    assert_eq!(query.inputs(), ["t"]);
    let (_, whole) = table();
    let first = rows(&query.run(vec![vec![whole.clone()]]).await.unwrap());
    assert_eq!(
        json!(first),
        json!([{"texte": null, "n": 1}, {"texte": "a,b;c", "n": 2}])
    );
    assert!(query.run(vec![vec![]]).await.unwrap().is_empty());
    let again = rows(
        &query
            .run(vec![vec![whole.slice(0, 1), whole.slice(1, 2)]])
            .await
            .unwrap(),
    );
    assert_eq!(first, again);
    assert!(query.run(vec![]).await.is_err());
}
