use std::path::Path;

use super::super::mistake::Mistakes;
use super::super::testing::pipeline;
use super::*;

/// Four tables in a row and one beside them, with these sinks: name, table, mode (none if it is empty).
fn modes(sinks: &[(&str, &str, &str)]) -> Vec<Option<(OutputMode, String, Option<String>)>> {
    let mut text = "[source.raw]\nsubscribe = \"t\"\n[sink.raw]\nfrom = \"raw\"\nconsole = {}\n\
        [table.a]\nsql = \"SELECT * FROM raw\"\n[table.b]\nsql = \"SELECT * FROM A\"\n[table.c]\nsql = \"SELECT * FROM b\"\n\
        [table.d]\nsql = \"SELECT * FROM c UNION ALL SELECT * FROM a UNION ALL SELECT * FROM e_late\"\n[table.e]\nsql = \"SELECT * FROM a\"\nwatermark = { column = \"timestamp\", delay = \"1 minute\" }\n"
        .to_owned();
    for (name, from, mode) in sinks {
        text.push_str(&format!("[sink.{name}]\nfrom = \"{from}\"\nconsole = {{}}\n"));
        if !mode.is_empty() {
            text.push_str(&format!("mode = \"{mode}\"\n"));
        }
    }
    let pipeline = pipeline(Path::new(""), &text, &[]);
    assert!(pipeline.mistakes.is_empty());
    let graph = Graph::resolve(&pipeline.spec, &mut Mistakes::default());
    let modes = Modes::of(&pipeline.spec, &graph);
    let shown = |asked: &Asked| {
        let against = asked
            .against
            .as_ref()
            .map(|(sink, mode)| format!("{} {}", sink.text, mode.name()));
        (asked.mode, asked.sink.text.clone(), against)
    };
    (0..5).map(|table| modes.asked(table).map(shown)).collect()
}

fn asked(mode: OutputMode, sink: &str) -> Option<(OutputMode, String, Option<String>)> {
    Some((mode, sink.to_owned(), None))
}

#[test]
fn a_sink_asks_all_tables_above_it() {
    use OutputMode::{Append, Update};
    assert_eq!(modes(&[]), [None, None, None, None, None]);
    let b = asked(Update, "s");
    assert_eq!(modes(&[("s", "b", "update")]), [b.clone(), b, None, None, None]);
    // Append where nothing is said.
    let c = asked(Append, "s");
    assert_eq!(modes(&[("s", "C", "")]), [c.clone(), c.clone(), c, None, None]);
}

#[test]
fn late_rows_are_asked_in_no_mode() {
    use OutputMode::Complete;
    let d = asked(Complete, "s");
    // `d` reads the late rows of `e`, and not `e`.
    assert_eq!(
        modes(&[("s", "d", "complete")]),
        [d.clone(), d.clone(), d.clone(), d, None]
    );
    assert_eq!(modes(&[("s", "e_late", "update")]), [None, None, None, None, None]);
}

#[test]
fn the_first_sink_counts_and_the_first_against_it_is_told() {
    use OutputMode::{Append, Update};
    let given = modes(&[
        ("one", "b", "update"),
        ("same", "b", "update"),
        ("two", "e", ""),
        ("three", "b", "complete"),
    ]);
    let against = |sink: &str| Some((Update, "one".to_owned(), Some(sink.to_owned())));
    assert_eq!(given[0], against("two append"));
    assert_eq!(given[1], against("three complete"));
    assert_eq!(given[4], asked(Append, "two"));
}
