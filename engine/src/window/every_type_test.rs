//! Every aggregate that DataFusion has, and keys of every type: kept from batch to batch they give what one batch gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::functions_aggregate::all_default_aggregate_functions;
use serde_json::Value;

use super::fixture_test::empty;
use super::testing::{Stream, answer_over, shown};
use crate::event_time::OutputMode;

const ROWS: usize = 120;

/// Rows of every type, a second after the other; each column has nulls, each at other rows.
fn rows() -> RecordBatch {
    let numbers = || (0..ROWS as i64).map(|n| n * 7919 % 13);
    let every = |nth: usize, off: usize| move |row: usize| row % nth != off;
    fn some<T>(values: impl Iterator<Item = T>, is_there: impl Fn(usize) -> bool) -> Vec<Option<T>> {
        values
            .enumerate()
            .map(|(row, value)| is_there(row).then_some(value))
            .collect()
    }
    let doubles = numbers().map(|n| match n {
        0 => -0.0,
        1 => 0.0,
        2 => f64::NAN,
        3 => f64::INFINITY,
        n => n as f64 / 4.0,
    });
    let plain = numbers().map(|n| n as f64 / 4.0);
    let mut lists = ListBuilder::new(StringBuilder::new());
    for (row, n) in numbers().enumerate() {
        match row % 5 {
            0 => lists.append(false),
            1 => lists.append(true),
            _ => lists.append_value([Some(format!("v{}", n % 3)), None]),
        }
    }
    let field = |name: &str, data_type: DataType| Arc::new(Field::new(name, data_type, true));
    let structs = StructArray::from(vec![
        (
            field("n", DataType::Int32),
            Arc::new(Int32Array::from(some(numbers().map(|n| (n % 2) as i32), every(4, 1)))) as ArrayRef,
        ),
        (
            field("t", DataType::Utf8),
            Arc::new(StringArray::from(some(
                numbers().map(|n| format!("s{}", n % 3)),
                every(5, 2),
            ))),
        ),
    ]);
    let decimals = Decimal128Array::from(some(numbers().map(|n| i128::from(n) * 125 - 300), every(6, 3)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "event_time",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values((0..ROWS as i64).map(|row| row * 1_000_000))
                    .with_timezone("UTC"),
            ),
        ),
        (
            "host",
            Arc::new(StringArray::from(some(
                (0..ROWS).map(|row| ["a", "b"][row % 2]),
                every(11, 4),
            ))),
        ),
        ("d", Arc::new(Float64Array::from(some(doubles, every(7, 1))))),
        ("x", Arc::new(Float64Array::from(some(plain, every(7, 2))))),
        ("i", Arc::new(Int64Array::from(some(numbers(), every(5, 0))))),
        (
            "small",
            Arc::new(Int32Array::from(some(numbers().map(|n| n as i32 - 6), every(5, 1)))),
        ),
        (
            "text",
            Arc::new(StringArray::from(some(
                numbers().map(|n| format!("text {}", "é".repeat(n as usize))),
                every(6, 1),
            ))),
        ),
        (
            "bin",
            Arc::new(BinaryArray::from_iter(
                some(numbers().map(|n| vec![0xff, n as u8, 0]), every(6, 2)).into_iter(),
            )),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from(some(numbers().map(|n| n % 3 == 0), every(4, 0)))),
        ),
        (
            "day",
            Arc::new(Date32Array::from(some(numbers().map(|n| n as i32 - 6), every(4, 2)))),
        ),
        (
            "ts",
            Arc::new(
                TimestampMicrosecondArray::from(some(numbers().map(|n| (n - 6) * 1_500_000), every(4, 3)))
                    .with_timezone("UTC"),
            ),
        ),
        ("dec", Arc::new(decimals.with_precision_and_scale(20, 2).unwrap())),
        ("st", Arc::new(structs)),
        ("li", Arc::new(lists.finish())),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// What complete mode has at the end of batches of chunks that are not of one length; and after a restart before the last.
async fn streamed(sql: &str) -> Vec<Value> {
    let rows = rows();
    let mut stream = Stream::over("r", &rows.schema(), sql, OutputMode::Complete, 1000).await;
    let batches: [&[(usize, usize)]; 4] = [
        &[(0, 3), (3, 20)],
        &[(23, 1)],
        &[(24, 31), (55, 2), (57, 40)],
        &[(97, 23)],
    ];
    stream.groups.track();
    let mut pieces = Vec::new();
    let mut out = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        match at {
            0 => {}
            1 => pieces.push(stream.groups.take_all().unwrap()),
            _ => pieces.push(stream.groups.take_changes().unwrap()),
        }
        if at == 3 {
            let (emitted, forgotten) = (stream.groups.emitted(), stream.groups.forgotten());
            stream.groups = empty(&stream.query);
            stream.groups.restore(&pieces, emitted, forgotten).unwrap();
        }
        let chunks: Vec<RecordBatch> = batch.iter().map(|(from, length)| rows.slice(*from, *length)).collect();
        out = stream.rows(&chunks).await;
    }
    shown(&out)
}

/// Equal up to this part of a number.
fn is_near(one: &Value, other: &Value, tolerance: f64) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_near(one, other, tolerance))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| is_near(one, other, tolerance)))
        }
        _ => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => {
                one == other || (one - other).abs() <= tolerance * one.abs().max(other.abs()).max(1e-3)
            }
            _ => one == other,
        },
    }
}

/// Aggregates whose answer is one; of the sketches how far two may be apart.
const AGGREGATES: &[(&str, f64)] = &[
    ("count(*)", 0.0),
    ("count(i)", 0.0),
    ("count(i, text)", 0.0),
    ("count(DISTINCT i)", 0.0),
    ("count(DISTINCT text)", 0.0),
    ("count(DISTINCT x)", 0.0),
    ("count(DISTINCT st)", 0.0),
    ("count(DISTINCT bin)", 0.0),
    ("count(DISTINCT day)", 0.0),
    ("sum(i)", 0.0),
    ("sum(small)", 0.0),
    ("sum(d)", 1e-9),
    ("sum(x)", 1e-9),
    ("sum(dec)", 0.0),
    ("sum(DISTINCT i)", 0.0),
    ("sum(x) FILTER (WHERE flag)", 1e-9),
    ("avg(x)", 1e-9),
    ("avg(d)", 1e-9),
    ("avg(i)", 1e-9),
    ("avg(dec)", 0.0),
    ("avg(DISTINCT x)", 1e-9),
    ("min(i)", 0.0),
    ("min(d)", 0.0),
    ("min(text)", 0.0),
    ("min(bin)", 0.0),
    ("min(flag)", 0.0),
    ("min(day)", 0.0),
    ("min(ts)", 0.0),
    ("min(dec)", 0.0),
    ("min(named_struct('i', coalesce(i, 0), 't', text IS NULL))", 0.0),
    ("max(i)", 0.0),
    ("max(d)", 0.0),
    ("max(text)", 0.0),
    ("max(flag)", 0.0),
    ("max(ts)", 0.0),
    ("bool_and(flag)", 0.0),
    ("bool_or(flag)", 0.0),
    ("bit_and(i)", 0.0),
    ("bit_or(i)", 0.0),
    ("bit_xor(i)", 0.0),
    ("first_value(text)", 0.0),
    ("first_value(text ORDER BY i DESC, event_time)", 0.0),
    ("last_value(text)", 0.0),
    ("last_value(st ORDER BY event_time)", 0.0),
    ("nth_value(i, 2 ORDER BY event_time)", 0.0),
    ("any_value(i)", 0.0),
    ("array_agg(i)", 0.0),
    ("array_agg(text ORDER BY i, event_time)", 0.0),
    ("array_agg(st)", 0.0),
    ("array_sort(array_agg(DISTINCT small))", 0.0),
    ("string_agg(text, ',')", 0.0),
    ("median(x)", 0.0),
    ("median(i)", 0.0),
    ("percentile_cont(x, 0.25)", 1e-9),
    ("stddev(x)", 1e-9),
    ("stddev_pop(x)", 1e-9),
    ("var_samp(x)", 1e-9),
    ("var_pop(x)", 1e-9),
    ("covar_samp(x, i)", 1e-9),
    ("covar_pop(x, i)", 1e-9),
    ("corr(x, i)", 1e-9),
    ("approx_distinct(i)", 0.0),
    ("approx_distinct(text)", 0.0),
    ("approx_median(x)", 0.15),
    ("approx_percentile_cont(x, 0.9)", 0.15),
    ("approx_percentile_cont_with_weight(x, i, 0.5)", 0.15),
    ("regr_slope(x, i)", 1e-6),
    ("count(*) FILTER (WHERE text IS NULL)", 0.0),
];

/// Others of the family of `regr_slope`, of one state.
const REGRESSIONS: [&str; 8] = [
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
];

/// What of a query's rows is not the batch query's, for a person to read. `tolerances` are those of the columns `x0`, `x1` and so on.
async fn differing(sql: &str, tolerances: &[f64]) -> Option<String> {
    let (streamed, answer) = (streamed(sql).await, answer_over("r", sql, vec![rows()]).await);
    assert!(!answer.is_empty(), "{sql}");
    if streamed.len() != answer.len() {
        return Some(format!("{sql}: {} rows, {} in a batch", streamed.len(), answer.len()));
    }
    let tolerance = |name: &str| {
        let at = name.strip_prefix('x').and_then(|at| at.parse::<usize>().ok());
        at.map_or(0.0, |at| tolerances[at])
    };
    for (one, other) in streamed.iter().zip(&answer) {
        for (name, value) in one.as_object().unwrap() {
            if !is_near(value, &other[name], tolerance(name)) {
                return Some(format!("{sql}: {name} is {value}, {} in a batch: {one}", other[name]));
            }
        }
    }
    None
}

#[tokio::test]
async fn every_aggregate_gives_over_batches_what_it_gives_at_once() {
    let regressions = REGRESSIONS.map(|name| (format!("{name}(x, i)"), 1e-6));
    let all: Vec<(String, f64)> = AGGREGATES
        .iter()
        .map(|(call, tolerance)| ((*call).to_owned(), *tolerance))
        .chain(regressions)
        .collect();
    let mut wrong = Vec::new();
    // Many in one query: planning takes longer than all else here.
    for calls in all.chunks(20) {
        let select: Vec<String> = (0..)
            .zip(calls)
            .map(|(at, (call, _))| format!("{call} AS x{at}"))
            .collect();
        let select = select.join(", ");
        let tolerances: Vec<f64> = calls.iter().map(|(_, tolerance)| *tolerance).collect();
        for window in [
            "window(event_time, '30 seconds', '20 seconds')",
            "window(event_time, '40 seconds')",
            "session_window(event_time, '2 seconds')",
        ] {
            let name = window.split('(').next().unwrap();
            let sql = format!("SELECT {name}.start AS w, host, {select} FROM r GROUP BY {window}, host");
            wrong.extend(differing(&sql, &tolerances).await);
        }
        wrong.extend(differing(&format!("SELECT {select} FROM r"), &tolerances).await);
        wrong.extend(differing(&format!("SELECT host, {select} FROM r GROUP BY host"), &tolerances).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // None was forgotten.
    let called: BTreeSet<&str> = all.iter().flat_map(|(call, _)| call.split(['(', ' '])).collect();
    let forgotten: Vec<String> = all_default_aggregate_functions()
        .iter()
        .filter(|function| {
            let names = std::iter::once(function.name()).chain(function.aliases().iter().map(String::as_str));
            !names.into_iter().any(|name| called.contains(name))
        })
        .map(|function| function.name().to_owned())
        // It belongs to ROLLUP, which a stream refuses.
        .filter(|name| name != "grouping")
        .collect();
    assert_eq!(forgotten, [""; 0]);
}

#[tokio::test]
async fn keys_of_every_type() {
    let mut wrong = Vec::new();
    for keys in [
        "host",
        "d + 0.0",
        "i",
        "small",
        "text",
        "bin",
        "flag",
        "day",
        "ts",
        "dec",
        "st",
        "li",
        "st, li, flag",
        "st.t",
        "text || host",
        "CASE WHEN flag THEN st END",
        "CAST(NULL AS INT)",
    ] {
        let named: Vec<String> = keys
            .split(", ")
            .enumerate()
            .map(|(at, key)| format!("{key} AS k{at}"))
            .collect();
        let named = named.join(", ");
        for sql in [
            format!("SELECT {named}, count(*) AS n, sum(i) AS s FROM r GROUP BY {keys}"),
            format!(
                "SELECT window.start AS w, {named}, count(*) AS n FROM r GROUP BY {keys}, window(event_time, '30 seconds', '10 seconds')"
            ),
            format!(
                "SELECT session_window.end AS w, {named}, count(*) AS n FROM r GROUP BY session_window(event_time, '30 seconds'), {keys}"
            ),
            format!("SELECT DISTINCT {named} FROM r"),
        ] {
            wrong.extend(differing(&sql, &[]).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// More than fit into one batch of results.
#[tokio::test]
async fn more_groups_than_one_batch_of_results_has() {
    let many = 70_000_i64;
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values((0..many).map(|n| n * 31 % many)));
    let times: ArrayRef = Arc::new(
        TimestampMicrosecondArray::from_iter_values((0..many).map(|n| n % 20 * 1_000_000)).with_timezone("UTC"),
    );
    let rows = RecordBatch::try_from_iter([("k", keys), ("event_time", times)]).unwrap();
    let count = |rows: &[RecordBatch]| rows.iter().map(RecordBatch::num_rows).sum::<usize>();
    for (window, windows) in [
        ("", 1),
        (", window(event_time, '1 minute')", 1),
        (", window(event_time, '1 minute', '20 seconds')", 3),
        (", session_window(event_time, '1 minute')", 1),
    ] {
        for mode in [OutputMode::Append, OutputMode::Update, OutputMode::Complete] {
            let possible = match mode {
                OutputMode::Append => !window.is_empty(),
                OutputMode::Update => !window.contains("session"),
                OutputMode::Complete => true,
            };
            if !possible {
                continue;
            }
            let sql = format!("SELECT k, count(*) AS n FROM r GROUP BY k{window}");
            let mut stream = Stream::over("r", &rows.schema(), &sql, mode, 0).await;
            let first = stream.rows(std::slice::from_ref(&rows)).await;
            let wanted = windows * many as usize;
            if mode == OutputMode::Append {
                let later: ArrayRef =
                    Arc::new(TimestampMicrosecondArray::from(vec![1_000_000_000]).with_timezone("UTC"));
                let key: ArrayRef = Arc::new(Int64Array::from(vec![-1]));
                let last = RecordBatch::try_from_iter([("k", key), ("event_time", later)]).unwrap();
                stream.rows(&[last]).await;
                assert_eq!((count(&first), count(&stream.rows(&[]).await)), (0, wanted), "{sql}");
            } else {
                assert_eq!(count(&first), wanted, "{sql}");
            }
        }
    }
}
