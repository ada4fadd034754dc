use std::path::Path;
use std::time::Duration;

use super::*;
use crate::pipeline::testing::{mistakes, pipeline};

/// A pipeline with these lines in the limits of its guest.
fn with_limits(lines: &str) -> String {
    format!(
        "[source.s]\nsubscribe = \"t\"\n\n[guest.g]\nfrom = \"s\"\nmodule = \"g.wasm\"\n\n[guest.g.limits]\n{lines}\n\n\
         [sink.k]\nfrom = \"g\"\nconsole = {{}}\n"
    )
}

fn read_limits(lines: &str) -> Limits {
    assert_eq!(mistakes(&with_limits(lines)), "");
    let read = pipeline(Path::new(""), &with_limits(lines), &[]);
    read.spec.guests[0].limits.clone()
}

#[test]
fn single_limits_stand_over_the_profile() {
    assert_eq!(read_limits(""), Limits::rust());
    assert_eq!(read_limits("profile = \"script\""), Limits::script());
    let read = read_limits(
        "memory_bytes = \"64 MB\"\ncall_time = \"1500 milliseconds\"\nprofile = \"script\"\ncall_records = 1_000\nstate_bytes = 100",
    );
    let expected = Limits {
        memory_bytes: 64 << 20,
        call_time: Duration::from_millis(1500),
        call_records: 1000,
        state_bytes: 100,
        ..Limits::script()
    };
    assert_eq!(read, expected);
}

#[test]
fn every_limit_can_be_set_to_both_of_its_bounds() {
    for bound in [|field: &LimitField| field.least, |field: &LimitField| field.most] {
        let lines: Vec<String> = Limits::FIELDS
            .iter()
            .filter(|field| bound(field) > 0)
            .map(|field| format!("{} = {}", field.name, field.toml(bound(field))))
            .collect();
        let limits = read_limits(&lines.join("\n"));
        for field in Limits::FIELDS.iter().filter(|field| bound(field) > 0) {
            assert_eq!(field.get(&limits), bound(field), "{}", field.name);
        }
    }
}

#[test]
fn an_aggregate_has_limits_too() {
    let text = "[aggregate.a]\nmodule = \"a.wasm\"\nlimits = { profile = \"script\", state_bytes = \"1 KB\" }\n";
    let spec = pipeline(Path::new(""), text, &[]).spec;
    let expected = Limits {
        state_bytes: 1024,
        ..Limits::script()
    };
    assert_eq!(spec.aggregates[0].limits, expected);
}

#[test]
fn what_can_not_be() {
    let text = with_limits(
        "profile = \"python\"\nmemory_bytes = \"1 KB\"\noutput_bytes = \"2 GB\"\ncall_time = 10\ncompile_time = \"1 day\"\n\
         fuel_per_record = -1\nlog_lines = \"many\"\nkept_memory_bytes = \"lots\"\nmemory = \"1 GB\"\nquota = 1",
    );
    insta::assert_snapshot!(mistakes(&text), @r#"
    error: `profile` of the limits of guest `g` can't be "python"
     --> p.toml:9:11
      |
    9 | profile = "python"
      |           ^^^^^^^^
      |
    hint: one of `rust`, `script`

    error: `memory_bytes` of the limits of guest `g` is too little: 1 KB
      --> p.toml:10:16
       |
    10 | memory_bytes = "1 KB"
       |                ^^^^^^
       |
    hint: from 64 KB to 4 GB; without it 256 MB

    error: `output_bytes` of the limits of guest `g` is too much: 2 GB
      --> p.toml:11:16
       |
    11 | output_bytes = "2 GB"
       |                ^^^^^^
       |
    hint: from 1 KB to 1 GB; without it 128 MB

    error: `call_time` of the limits of guest `g` must be a length of time such as "10 seconds", and is an integer
      --> p.toml:12:13
       |
    12 | call_time = 10
       |             ^^
       |
    hint: from 100 milliseconds to 3600 seconds; without it 10 seconds

    error: `compile_time` of the limits of guest `g` is too much: 86400 seconds
      --> p.toml:13:16
       |
    13 | compile_time = "1 day"
       |                ^^^^^^^
       |
    hint: from 100 milliseconds to 3600 seconds; without it 60 seconds

    error: `fuel_per_record` of the limits of guest `g` must be a whole number, and is -1
      --> p.toml:14:19
       |
    14 | fuel_per_record = -1
       |                   ^^
       |
    hint: from 0 to 1000000000000; without it 100000

    error: `log_lines` of the limits of guest `g` must be a whole number, and is "many"
      --> p.toml:15:13
       |
    15 | log_lines = "many"
       |             ^^^^^^
       |
    hint: from 0 to 10000; without it 20

    error: `kept_memory_bytes` of the limits of guest `g` must be a size such as "64 MB", and is "lots"
      --> p.toml:16:21
       |
    16 | kept_memory_bytes = "lots"
       |                     ^^^^^^
       |
    hint: from 0 B to 4 GB; without it 64 MB

    error: unknown key `memory` in the limits of guest `g`
      --> p.toml:17:1
       |
    17 | memory = "1 GB"
       | ^^^^^^
       |
    hint: did you mean `memory_bytes`?

    error: unknown key `quota` in the limits of guest `g`
      --> p.toml:18:1
       |
    18 | quota = 1
       | ^^^^^
       |
    hint: known keys: `profile`, `module_bytes`, `functions`, `function_body_bytes`, `function_blocks`, `locals_times_blocks`, `data_bytes`, `modules`, `nesting`, `instances`, `memories`, `compile_time`, `compile_memory_bytes`, `memory_bytes`, `kept_memory_bytes`, `table_elements`, `fuel_per_call`, `fuel_per_record`, `fuel_per_byte`, `call_time`, `log_lines`, `log_line_bytes`, `call_records`, `call_bytes`, `record_bytes`, `output_bytes`, `output_rows`, `state_bytes`, `reason_bytes`, `fields`, `depth`, `name_bytes`

    10 mistakes in `p.toml`
    "#);
    insta::assert_snapshot!(mistakes(&with_limits("").replace("[guest.g.limits]", "limits = \"script\"")), @r#"
    error: `limits` of guest `g` must be a table, and is a string
     --> p.toml:8:10
      |
    8 | limits = "script"
      |          ^^^^^^^^

    1 mistake in `p.toml`
    "#);
}
