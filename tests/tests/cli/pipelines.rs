//! Pipeline files with mistakes, and without.

use wasmill_tests::module::module;

use super::support::{Desk, transcript};

fn check(pipeline: &str, arguments: &[&str]) -> String {
    let desk = Desk::with(&[("p.toml", pipeline)]);
    let module = format!("{:?}", module("commandes"));
    desk.write("p.toml", pipeline.replace("MODULE", &module).as_bytes());
    let arguments: Vec<&str> = ["check", "p.toml"].iter().chain(arguments).copied().collect();
    transcript(&desk.wasmill(&arguments).output(), &[(&module, "MODULE")])
}

#[test]
fn every_mistake_at_once() {
    let pipeline = r#"
[source.raw]
subscribe = "orders"
start_offsets = "earliest"

[guest.parsed]
form = "raw"
from = "raw"
module = MODULE

[table.a]
sql = "SELECT ordre_id FROM parsed"

[table.b]
sql = "SELECT * FROM c"

[table.c]
sql = """
SELECT *
FROM b
"""

[table.d]
sql = "SELECT * FROM nobody"

[sink.screen]
from = "parsd"
console = {}
"#;
    insta::assert_snapshot!(check(pipeline, &[]), @"");
}

#[test]
fn a_file_that_is_no_pipeline() {
    insta::assert_snapshot!(check("this is no TOML", &[]), @"");
    let desk = Desk::new();
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "nowhere.toml"]).fail(), &[]), @"");
    desk.write("binary.toml", b"\xff\xfe");
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "binary.toml"]).fail(), &[]), @"");
    insta::assert_snapshot!(transcript(&desk.wasmill(&["check", "."]).fail(), &[]), @"");
}

const SOUND: &str = r#"
[source.raw]
subscribe = "orders"

[guest.parsed]
from = "raw"
module = MODULE

[table.items]
sql = "SELECT order_id, unnest(items) AS item FROM parsed"

[sink.screen]
from = "items"
console = {}
"#;

#[test]
fn a_sound_pipeline_and_its_schemas() {
    insta::assert_snapshot!(check(SOUND, &[]), @"");
    insta::assert_snapshot!(check(SOUND, &["--schema"]), @"");
}

#[test]
fn a_broken_set() {
    insta::assert_snapshot!(check(SOUND, &["--set", "sink.screen.from=nobody", "--set", "sink.screen"]), @"");
}
