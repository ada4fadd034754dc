use std::path::Path;

use super::super::Pipeline;
use super::super::mistake::Invalid;
use super::super::testing::pipeline;
use super::*;

/// The names resolved, and what a user reads of the mistakes in them.
fn resolve(text: &str) -> (Graph, String) {
    let Pipeline {
        text,
        spec,
        mut mistakes,
    } = pipeline(Path::new(""), text, &[]);
    let graph = Graph::resolve(&spec, &mut mistakes);
    let report = match mistakes.is_empty() {
        true => String::new(),
        false => Invalid::new("p.toml".to_owned(), text.text, text.overrides, mistakes).report(false),
    };
    (graph, report)
}

fn mistakes(text: &str) -> String {
    resolve(text).1
}

/// A source and a sink, and these tables.
fn with_tables(tables: &[(&str, &str)]) -> String {
    let mut text = "[source.raw]\nsubscribe = \"t\"\n[sink.s]\nfrom = \"raw\"\nconsole = {}\n".to_owned();
    for (name, sql) in tables {
        text.push_str(&format!("[table.{name}]\nsql = \"{sql}\"\n"));
    }
    text
}

#[test]
fn tables_stand_behind_those_they_read_wherever_they_are_written() {
    let (graph, report) = resolve(&with_tables(&[
        ("c", "SELECT * FROM b"),
        ("a", "SELECT * FROM raw"),
        ("b", "SELECT * FROM A JOIN raw ON true"),
    ]));
    assert_eq!(report, "");
    assert_eq!(graph.order, [1, 2, 0]);
    assert_eq!(graph.find("RAW"), Some(Relation::Source(0)));
    assert_eq!(graph.find("C"), Some(Relation::Table(0)));
    assert_eq!(graph.find("d"), None);
}

#[test]
fn dead_letters_are_a_table() {
    let text = with_tables(&[("bad", "SELECT reason FROM parsed_errors")])
        + "[guest.parsed]\nfrom = \"raw\"\nmodule = \"a.wasm\"\n";
    let (graph, report) = resolve(&text);
    assert_eq!(report, "");
    assert_eq!(graph.find("parsed_errors"), Some(Relation::DeadLetters(0)));
}

#[test]
fn names_nobody_gives() {
    let text = with_tables(&[("items", "SELECT * FROM rwa"), ("more", "SELECT * FROM somewhere_else")])
        + "[sink.s2]\nfrom = \"itmes\"\nconsole = {}\n\
          [guest.g]\nfrom = \"row\"\nmodule = \"a.wasm\"\n\
          [guest.h]\nfrom = \"items\"\nmodule = \"a.wasm\"\n";
    insta::assert_snapshot!(mistakes(&text), @r#"
    error: table `items` reads `rwa`, which nobody gives
     --> p.toml:7:22
      |
    7 | sql = "SELECT * FROM rwa"
      |                      ^^^
      |
    hint: did you mean `raw`?

    error: table `more` reads `somewhere_else`, which nobody gives
     --> p.toml:9:22
      |
    9 | sql = "SELECT * FROM somewhere_else"
      |                      ^^^^^^^^^^^^^^
      |
    hint: there are `g`, `g_errors`, `h`, `h_errors`, `items`, `more`, `raw`

    error: sink `s2` takes `itmes`, which nobody gives
      --> p.toml:11:8
       |
    11 | from = "itmes"
       |        ^^^^^^^
       |
    hint: did you mean `items`?

    error: guest `g` reads `row`, which nobody gives
      --> p.toml:14:8
       |
    14 | from = "row"
       |        ^^^^^
       |
    hint: did you mean `raw`?

    error: guest `h` reads `items`, which is no source
      --> p.toml:17:8
       |
    17 | from = "items"
       |        ^^^^^^^
       |
    hint: a guest reads the records of a source: `raw`

    5 mistakes in `p.toml`
    "#);
}

#[test]
fn tables_in_a_circle() {
    insta::assert_snapshot!(mistakes(&with_tables(&[("a", "SELECT * FROM a")])), @r"
    error: tables read each other in a circle: `a` reads `a`
     --> p.toml:6:8
      |
    6 | [table.a]
      |        ^
      |
    hint: a table can only read tables that do not need it

    1 mistake in `p.toml`
    ");
    let three = [
        ("outside", "SELECT * FROM b"),
        ("a", "SELECT * FROM c"),
        ("b", "SELECT * FROM a"),
        ("c", "SELECT * FROM b"),
    ];
    insta::assert_snapshot!(mistakes(&with_tables(&three)), @r"
    error: tables read each other in a circle: `b` reads `a` reads `c` reads `b`
      --> p.toml:10:8
       |
    10 | [table.b]
       |        ^
       |
    hint: a table can only read tables that do not need it

    1 mistake in `p.toml`
    ");
}

#[test]
fn names_given_twice() {
    let text = with_tables(&[("raw", "SELECT 1 AS x"), ("Parsed", "SELECT 1 AS x")])
        + "[guest.parsed]\nfrom = \"raw\"\nmodule = \"a.wasm\"\n";
    insta::assert_snapshot!(mistakes(&text), @r"
    error: the name `raw` is given twice
     --> p.toml:6:8
      |
    6 | [table.raw]
      |        ^^^
      |
    hint: sources, guests and tables share their names: choose another

    error: the name `Parsed` is given twice
     --> p.toml:8:8
      |
    8 | [table.Parsed]
      |        ^^^^^^
      |
    hint: sources, guests and tables share their names: choose another

    2 mistakes in `p.toml`
    ");
}

#[test]
fn the_name_of_a_guest_s_dead_letters_is_taken() {
    let text =
        with_tables(&[("parsed_errors", "SELECT 1 AS x")]) + "[guest.parsed]\nfrom = \"raw\"\nmodule = \"a.wasm\"\n";
    insta::assert_snapshot!(mistakes(&text), @r"
    error: `parsed_errors` is the table of dead letters of a guest
     --> p.toml:6:8
      |
    6 | [table.parsed_errors]
      |        ^^^^^^^^^^^^^
      |
    hint: sources, guests and tables share their names: choose another

    1 mistake in `p.toml`
    ");
}
