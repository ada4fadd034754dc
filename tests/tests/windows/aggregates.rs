//! Aggregates that modules bring: in a batch, on a stream, over a restart; and those that go wrong.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wasmill_tests::command::Command;
use wasmill_tests::module::module;
use wasmill_tests::rerun::{Ran, Rerun};

use super::support::Metrics;

/// The module of the aggregates that go wrong.
fn hostile() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/hostile");
    let output = Command::wasmill(["build"]).arg(crate_folder).succeed();
    PathBuf::from(output.stdout.trim_end())
}

/// Ten orders a customer.
fn orders() -> PathBuf {
    wasmill_tests::golden::path("records/orders-2000.jsonl")
}

/// A pipeline over a file of records, with this below it.
fn over(folder: &Path, records: &Path, guest: &str, more: &str) -> PathBuf {
    let file = folder.join("pipeline.toml");
    let text = format!(
        "trigger = \"available-now\"\n[source.raw]\nreplay = {records:?}\n[guest.parsed]\nfrom = \"raw\"\nmodule = {:?}\n{more}",
        module(guest)
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn values(ran: &Ran, table: &str, column: &str) -> Vec<Value> {
    ran.rows_of_table(table).iter().map(|row| row[column].clone()).collect()
}

#[test]
fn the_exercises_say_what_sql_says() {
    let folder = tempfile::tempdir().unwrap();
    let more = format!(
        "[aggregate.p95]\nmodule = {:?}\n[aggregate.most_sold]\nmodule = {:?}\n\
         [table.items]\nsql = \"SELECT unnest(items) AS item FROM parsed\"\n\
         [table.sold]\nsql = \"SELECT most_sold(item.product_name, item.quantity) AS top FROM items\"\n[sink.sold]\nfrom = \"sold\"\nconsole = {{}}\nmode = \"update\"\n\
         [table.by_name]\nsql = \"SELECT item.product_name AS name, sum(item.quantity) AS n FROM items GROUP BY item.product_name ORDER BY n DESC, name\"\n\
         [sink.by_name]\nfrom = \"by_name\"\nconsole = {{}}\nmode = \"complete\"\n\
         [table.total]\nsql = \"SELECT p95(total) AS p, p95(total) FILTER (WHERE status = 'nowhere') AS none, count(*) AS n FROM parsed\"\n[sink.total]\nfrom = \"total\"\nconsole = {{}}\nmode = \"update\"\n\
         [table.orders]\nsql = \"SELECT total FROM parsed WHERE total IS NOT NULL\"\n[sink.orders]\nfrom = \"orders\"\nconsole = {{}}\n",
        module("p95"),
        module("top_k"),
    );
    let ran = Rerun::new(&over(folder.path(), &orders(), "commandes", &more), &[]).go_on();
    let top = &values(&ran, "sold", "top")[0];
    let top: Vec<(Value, Value)> = top
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["item"].clone(), entry["weight"].clone()))
        .collect();
    let by_name: Vec<(Value, Value)> = ran
        .rows_of_table("by_name")
        .iter()
        .map(|row| (row["name"].clone(), row["n"].clone()))
        .collect();
    assert_eq!(top, by_name);

    let mut totals: Vec<f64> = values(&ran, "orders", "total")
        .iter()
        .map(|total| total.as_f64().unwrap())
        .collect();
    totals.sort_by(f64::total_cmp);
    let exact = |part: f64| totals[(part * (totals.len() - 1) as f64) as usize];
    let given = values(&ran, "total", "p")[0].as_f64().unwrap();
    assert!(
        exact(0.94) <= given && given <= exact(0.96),
        "{given} beside {}",
        exact(0.95)
    );
    assert_eq!(values(&ran, "total", "none"), [Value::Null]);
}

#[test]
fn states_of_a_module_last_from_run_to_run() {
    let lab = Metrics::new(1);
    let more = format!(
        "[aggregate.p95]\nmodule = {:?}\n[table.w]\nsql = \"SELECT host, p95(cpu) AS p, count(*) AS n FROM m GROUP BY host\"\n[sink.w]\nfrom = \"w\"\nconsole = {{}}\nmode = \"update\"\n",
        module("p95")
    );
    let mut runs = lab.runs("kept", "max_offsets_per_trigger = 3", &more);
    for round in 0..3 {
        lab.produce(&[(0, round, "a"), (0, round, "b"), (0, round, "a"), (0, round, "a")]);
        let ran = runs.go_on();
        let last = ran
            .rows_of_table("w")
            .into_iter()
            .rfind(|row| row["host"] == "a")
            .unwrap();
        assert_eq!((&last["p"], &last["n"]), (&10.0.into(), &(3 * (round + 1)).into()));
    }
}

/// Numbers as orders' totals, through one of the hostile aggregates, in chunks as the source makes them.
fn picky(sql: &str, aggregate: &str, totals: impl Iterator<Item = f64>) -> Result<Ran, String> {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records.jsonl");
    let lines: Vec<String> = (0..)
        .zip(totals)
        .map(|(id, total)| {
            format!(
                "{{\"order_id\": {id}, \"customer_id\": \"c{}\", \"total\": {total:?}}}",
                id % 3
            )
        })
        .collect();
    std::fs::write(&records, lines.join("\n")).unwrap();
    let more = format!(
        "[aggregate.{aggregate}]\nmodule = {:?}\n[table.w]\nsql = \"{sql}\"\n[sink.w]\nfrom = \"w\"\nconsole = {{}}\nmode = \"complete\"\n",
        hostile()
    );
    Rerun::new(&over(folder.path(), &records, "commandes", &more), &[]).try_go_on()
}

/// Without what changes with the module's code.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("hostile@") {
        plain.push_str(before);
        plain.push_str("hostile@DIGEST");
        rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    plain.push_str(rest);
    plain
}

#[test]
fn a_row_that_an_aggregate_stops_at_is_left_out_and_nothing_else() {
    let totals = (0..3000).map(|n| match n {
        100 | 2000 => 13.0,
        1500 => 14.0,
        _ => 1.0,
    });
    let ran = picky(
        "SELECT customer_id, picky(total) AS s, count(*) AS n FROM parsed GROUP BY customer_id ORDER BY customer_id",
        "picky",
        totals,
    )
    .unwrap();
    // 100 and 2000 are of the customers 1 and 2, 1500 of 0: one row less each.
    assert_eq!(values(&ran, "w", "s"), [999.0, 999.0, 999.0]);
    assert_eq!(values(&ran, "w", "n"), [1000, 1000, 1000]);
    let notices: Vec<String> = ran.notices.iter().map(|notice| plain(notice)).collect();
    insta::assert_snapshot!(notices.join("\n"), @"aggregate `picky` (hostile@DIGEST): 3 rows were left out; the first: panicked at src/lib.rs:30:9: thirteen brings bad luck");
}

#[test]
fn an_aggregate_that_stops_at_every_row_ends_the_run() {
    let refused = picky("SELECT never(total) AS s FROM parsed", "never", (0..100).map(f64::from)).unwrap_err();
    insta::assert_snapshot!(plain(&refused), @"
    error: the aggregate stops at every row (the first 16 tried): aggregate `never` (hostile@DIGEST): panicked at src/lib.rs:54:9: not today: table `w`

    hint: nothing of this batch is kept: mend the module, or go back to the one before, and start again
    ");
}

#[test]
fn an_aggregate_that_can_not_finish_or_merge_ends_the_run_without_a_bell() {
    let refused = picky("SELECT secret(total) AS s FROM parsed", "secret", (0..3).map(f64::from)).unwrap_err();
    insta::assert_snapshot!(plain(&refused), @r"
    error: `finish` of the aggregate failed: aggregate `secret` (hostile@DIGEST): panicked at src/lib.rs:82:9: \u{1b}[31mit is a secret\u{7}: table `w`

    hint: states are merged and finished for many rows at once, so no row can be left out: mend the module
    ");
}

#[test]
fn what_a_query_can_not_ask_of_it_is_said_before_it_runs() {
    let refused = |sql: &str, aggregate: &str| {
        let report = plain(&picky(sql, aggregate, std::iter::empty()).unwrap_err());
        let said = report
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("hint"));
        said.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(refused("SELECT picky(customer_id) AS s FROM parsed", "picky"), @"error: table `w`: `picky(value double)` can't take (string)");
    insta::assert_snapshot!(refused("SELECT picky(total, total) AS s FROM parsed", "picky"), @"error: table `w`: `picky(value double)` can't take (double, double)");
    insta::assert_snapshot!(refused("SELECT picky(DISTINCT total) AS s FROM parsed", "picky"), @"error: table `w`: `picky` does not take DISTINCT: what it has seen is the module's own affair");
    insta::assert_snapshot!(refused("SELECT picky(total) AS s FROM parsed", "sum"), @"
    error: aggregate `sum`: SQL has a function of that name
    hint: choose another name, and say `function` if the module calls it by this one
    error: table `w`: no function `picky`
    hint: did you mean `pi`?
    ");
    insta::assert_snapshot!(refused("SELECT picky(total) AS s FROM parsed", "pick"), @"
    error: aggregate `pick`: the module has no aggregate `pick`
    hint: it has `picky`, `never`, `secret`: name one with `function`
    error: table `w`: no function `picky`
    hint: did you mean `pi`?
    ");
}

#[test]
fn a_module_is_named_where_it_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[source.raw]\nsubscribe = \"t\"\n[guest.g]\nfrom = \"raw\"\nmodule = {:?}\n[aggregate.a]\nmodule = {:?}\n[aggregate.b]\nfunction = \"b\"\n[sink.s]\nfrom = \"raw\"\nconsole = {{}}\n",
        module("p95"),
        module("metrics")
    );
    std::fs::write(folder.path().join("p.toml"), text).unwrap();
    let output = Command::wasmill(["check", "p.toml"]).within(folder.path()).output();
    let errors: Vec<&str> = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("error") || line.starts_with("hint"))
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../transforms")
        .canonicalize()
        .unwrap();
    let shown = errors.join("\n").replace(&*root.to_string_lossy(), "");
    let shown = shown.replace(&format!("{}/../transforms", env!("CARGO_MANIFEST_DIR")), "");
    insta::assert_snapshot!(shown, @r#"
    error: guest `g`: the module does not export `wasmill:guest/transform@0.1.0`: module `/target/wasm32-unknown-unknown/release/p95.component.wasm`
    hint: it has aggregates only: name it in `[aggregate.NAME]`, or mark one function with `#[wasmill_sdk::transform]`
    error: aggregate `a`: the module does not export `wasmill:guest/aggregate@0.1.0`: module `/target/wasm32-unknown-unknown/release/metrics.component.wasm`
    hint: it has a transform only: name it in `[guest.NAME]`, or mark an `impl` with `#[wasmill_sdk::aggregate]` and name its type in `wasmill_sdk::aggregates!`
    error: aggregate `b` needs `module`
    hint: a crate's folder, or a .wasm file: module = "../p95"
    "#);
}
