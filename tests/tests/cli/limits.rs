//! What modules may use: written in the pipeline file, shown by `check --limits`.

use wasmill_tests::command::Command;
use wasmill_tests::module::module;

use super::support::{Desk, transcript};

const PIPELINE: &str = r#"
[source.raw]
subscribe = "commandes-json"

[guest.orders]
from = "raw"
module = "orders.wasm"

[aggregate.p95]
module = "p95.wasm"

[table.late]
sql = "SELECT customer_id, p95(total) AS total FROM orders GROUP BY customer_id"

[sink.screen]
from = "late"
console = {}
"#;

fn desk(limits: &str) -> Desk {
    let desk = Desk::with(&[("p.toml", &format!("{PIPELINE}\n{limits}"))]);
    for (name, file) in [("commandes", "orders.wasm"), ("p95", "p95.wasm")] {
        desk.write(file, &std::fs::read(module(name)).unwrap());
    }
    desk
}

fn check(desk: &Desk, more: &[&str]) -> Command {
    let command = desk.wasmill(&["check", "p.toml", "--once"]);
    more.iter().fold(command, |command, argument| command.arg(argument))
}

#[test]
fn they_are_shown_as_the_file_has_them() {
    let limits = "[guest.orders.limits]\nmemory_bytes = \"32 MB\"\nlog_lines = 5\n\n\
                  [aggregate.p95.limits]\nprofile = \"script\"\nstate_bytes = \"8 KB\"\n";
    let first = check(&desk(limits), &["--limits"]).succeed();
    insta::assert_snapshot!(transcript(&first, &[]), @r#"
    status 0
    -- stdout
    [guest.orders.limits]
    profile = "rust"
    module_bytes = "16 MB"
    functions = 20000
    function_body_bytes = "256 KB"
    function_blocks = 10000
    locals_times_blocks = 4000000
    data_bytes = "8 MB"
    modules = 16
    nesting = 2
    instances = 32
    memories = 4
    compile_time = "60 seconds"
    compile_memory_bytes = "2 GB"
    memory_bytes = "32 MB"  # `rust` has 256 MB
    kept_memory_bytes = "64 MB"
    table_elements = 100000
    fuel_per_call = 50000000
    fuel_per_record = 100000
    fuel_per_byte = 200
    call_time = "10 seconds"
    log_lines = 5  # `rust` has 20
    log_line_bytes = "1 KB"
    call_records = 8192
    call_bytes = "4 MB"
    record_bytes = "32 MB"
    output_bytes = "128 MB"
    output_rows = 1000000
    state_bytes = "256 KB"
    reason_bytes = "1 KB"
    fields = 1000
    depth = 16
    name_bytes = "128 B"

    [aggregate.p95.limits]
    profile = "script"
    module_bytes = "64 MB"
    functions = 100000
    function_body_bytes = "1 MB"
    function_blocks = 40000
    locals_times_blocks = 32000000
    data_bytes = "64 MB"
    modules = 64
    nesting = 3
    instances = 128
    memories = 8
    compile_time = "180 seconds"
    compile_memory_bytes = "4 GB"
    memory_bytes = "512 MB"
    kept_memory_bytes = "256 MB"
    table_elements = 100000
    fuel_per_call = 5000000000
    fuel_per_record = 5000000
    fuel_per_byte = 10000
    call_time = "30 seconds"
    log_lines = 20
    log_line_bytes = "1 KB"
    call_records = 2048
    call_bytes = "1 MB"
    record_bytes = "32 MB"
    output_bytes = "128 MB"
    output_rows = 1000000
    state_bytes = "8 KB"  # `script` has 256 KB
    reason_bytes = "1 KB"
    fields = 1000
    depth = 16
    name_bytes = "128 B"

    -- stderr
    `p.toml` is in order: 1 source, 1 guest, 1 aggregate, 1 table, 1 sink
    "#);
    // What is shown can be written, and is the same again.
    let second = check(&desk(&first.stdout), &["--limits"]).succeed();
    assert_eq!(second.stdout, first.stdout);
}

#[test]
fn a_module_that_needs_more_is_refused_with_the_numbers() {
    let small = "[guest.orders.limits]\nname_bytes = 3\n\n[aggregate.p95.limits]\nstate_bytes = 1\n";
    insta::assert_snapshot!(transcript(&check(&desk(small), &[]).fail(), &[]), @r#"
    status 1
    -- stderr
    error: guest `orders`: the name that the module describes can't be used: module `orders.wasm`: it is longer than 3 bytes
     --> p.toml:7:10
      |
    7 | module = "orders.wasm"
      |          ^^^^^^^^^^^^^

    error: aggregate `p95`: the states that the module describes can't be used: module `p95.wasm`: aggregate `p95`: one takes up to 2568 bytes, more than the 1 allowed
      --> p.toml:10:10
       |
    10 | module = "p95.wasm"
       |          ^^^^^^^^^^

    2 mistakes in `p.toml`
    "#);
    let odd = "[guest.orders.limits]\nmemory_byte = 1\n\n[aggregate.p95.limits]\ncall_time = \"1 year\"\n";
    insta::assert_snapshot!(transcript(&check(&desk(odd), &[]).fail(), &[]), @r#"
    status 1
    -- stderr
    error: unknown key `memory_byte` in the limits of guest `orders`
      --> p.toml:20:1
       |
    20 | memory_byte = 1
       | ^^^^^^^^^^^
       |
    hint: did you mean `memory_bytes`?

    error: `call_time` of the limits of aggregate `p95` must be a length of time such as "10 seconds", and is "1 year"
      --> p.toml:23:13
       |
    23 | call_time = "1 year"
       |             ^^^^^^^^
       |
    hint: from 100 milliseconds to 3600 seconds; without it 10 seconds

    2 mistakes in `p.toml`
    "#);
}

#[test]
fn the_command_that_compiles_is_nobodys_business() {
    let desk = Desk::new();
    let help = desk.wasmill(&["--help"]).succeed();
    assert!(!help.stdout.contains("compile-module"));
    insta::assert_snapshot!(transcript(&desk.wasmill(&["compile-module", "me"]).fail(), &[]), @"
    status 1
    -- stderr
    error: this command is for wasmill itself, which compiles modules in a process of their own

    hint: `wasmill build CRATE` makes a module, `wasmill run` compiles it
    ");
}
