//! What a transform's user reads at each limit. Aggregates: `aggregate/limits_test.rs`.

use std::time::Duration;

use arrow::array::AsArray;

use super::*;
use crate::guest::testing::*;
use crate::guest::{Module, OnError, Transform};

/// The menagerie, which can also grow a table (`U`).
fn menagerie() -> Vec<u8> {
    let grows =
        "(then (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)) (then unreachable)))) ;; U";
    let memory = "(memory (export \"memory\") 4)";
    let core = MENAGERIE
        .replace("(then unreachable)) ;; U", grows)
        .replace(memory, &format!("{memory} (table $t 1 funcref)"));
    assert!(core.contains("$t 1") && core.contains("grow $t"));
    component(&core)
}

/// What is said of a module that is loaded within these limits and gets a batch: why it is refused, or why the first record
/// failed, or what it logged.
fn said(limits: Limits, batch: &str) -> String {
    let (engine, log) = engine();
    let module = match Module::from_bytes(&engine, &menagerie(), limits) {
        Ok(module) => module,
        Err(fault) => return format!("refused: {fault}"),
    };
    let zoo = Transform::new("zoo", module, OnError::DeadLetter, false);
    let processed = match zoo.process(&words(batch)) {
        Ok(processed) => processed,
        Err(fault) => return format!("ended: {fault}"),
    };
    if processed.dead_letters.num_rows() > 0 {
        return format!(
            "failed: {}",
            processed.dead_letters.column(5).as_string::<i32>().value(0)
        );
    }
    let rows: Vec<String> = processed.rows.iter().map(|rows| rows.num_rows().to_string()).collect();
    let lines = log.take();
    match lines.is_empty() {
        true => format!("calls of {} rows", rows.join(" and ")),
        false => format!("logged: {} and {} more", lines[lines.len() - 1], lines.len() - 1),
    }
}

/// One limit set to this.
fn only(name: &str, value: u64) -> Limits {
    let mut limits = tight();
    let field = Limits::FIELDS.iter().find(|field| field.name == name).unwrap();
    // Beyond what a pipeline may set, so as to reach it by a small module.
    field.force(&mut limits, value);
    limits
}

#[test]
fn every_limit_has_its_words() {
    let cases = [
        ("module_bytes", 100, "a"),
        ("functions", 3, "a"),
        ("function_body_bytes", 100, "a"),
        ("function_blocks", 10, "a"),
        ("locals_times_blocks", 100, "a"),
        ("data_bytes", 20, "a"),
        ("modules", 1, "a"),
        ("instances", 1, "a"),
        ("memories", 0, "a"),
        ("compile_time", 0, "a"),
        ("memory_bytes", 65_536, "a"),
        ("memory_bytes", 1 << 20, "a M"),
        ("table_elements", 0, "a"),
        ("table_elements", 100, "a U"),
        ("fuel_per_call", 5, "a"),
        ("fuel_per_call", 300_000, "a L"),
        ("fuel_per_record", 20_000, "a L"),
        ("fuel_per_byte", 1_000, "a L"),
        ("log_lines", 3, "X"),
        ("log_line_bytes", 4, "S"),
        ("call_records", 2, "a b c"),
        ("call_bytes", 10, "a 1234567890 c"),
        ("record_bytes", 5, "a 12345"),
        ("output_bytes", 60, "a"),
        ("output_bytes", 80, "a b c d e f g h i j"),
        ("output_rows", 0, "a"),
        ("reason_bytes", 5, "a E"),
        ("reason_bytes", 5, "a P"),
        ("fields", 0, "a"),
        ("depth", 0, "a"),
        ("name_bytes", 7, "a"),
        ("name_bytes", 5, "a"),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(name, value, batch)| format!("{name} = {value}, {batch}: {}", said(only(name, *value), batch)))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    module_bytes = 100, a: refused: the module has 5196 bytes, more than the 100 allowed
    functions = 3, a: refused: the module has 7 functions, more than the 3 allowed
    function_body_bytes = 100, a: refused: the module has 596 bytes in one function, more than the 100 allowed
    function_blocks = 10, a: refused: the module has 23 branches and blocks in one function, more than the 10 allowed
    locals_times_blocks = 100, a: refused: the module has 299 locals times blocks in one function, more than the 100 allowed
    data_bytes = 20, a: refused: the module has 25 bytes of data, more than the 20 allowed
    modules = 1, a: refused: the module has 2 modules inside, more than the 1 allowed
    instances = 1, a: refused: the module has 3 instances, more than the 1 allowed
    memories = 0, a: refused: the module has 1 tables, more than the 0 allowed
    compile_time = 0, a: refused: compiling the module takes longer than the 0 s allowed
    memory_bytes = 65536, a: refused: the module has 262144 bytes of memory from the start, more than the 65536 allowed
    memory_bytes = 1048576, a M: failed: stopped itself (`unreachable`) (it asked for 655622144 bytes of memory, 1048576 are allowed)
    table_elements = 0, a: refused: the module has 1 table entries from the start, more than the 0 allowed
    table_elements = 100, a U: failed: stopped itself (`unreachable`) (it asked for 1002 table entries, 100 are allowed)
    fuel_per_call = 5, a: calls of 1 rows
    fuel_per_call = 300000, a L: failed: used up its 310020 units of fuel (does it loop without end?)
    fuel_per_record = 20000, a L: failed: used up its 220020 units of fuel (does it loop without end?)
    fuel_per_byte = 1000, a L: failed: used up its 212000 units of fuel (does it loop without end?)
    log_lines = 3, X: logged: zoo: ... 97 more lines and 3 more
    log_line_bytes = 4, S: logged: zoo: info: a li... and 0 more
    call_records = 2, a b c: calls of 2 and 1 rows
    call_bytes = 10, a 1234567890 c: calls of 1 and 1 and 1 rows
    record_bytes = 5, a 12345: failed: the record has 6 bytes, more than the 5 allowed
    output_bytes = 60, a: failed: returned or logged more than the 60 bytes allowed
    output_bytes = 80, a b c d e f g h i j: failed: returned or logged more than the 80 bytes allowed
    output_rows = 0, a: failed: returned 1 rows, more than the 0 allowed
    reason_bytes = 5, a E: failed: bad r...
    reason_bytes = 5, a P: failed: panic...
    fields = 0, a: refused: the schema that the module describes can't be used: it has 1 fields, more than the 0 allowed
    depth = 0, a: refused: the schema that the module describes can't be used: field `length`: nested deeper than the 0 levels allowed
    name_bytes = 7, a: refused: the name that the module describes can't be used: it is longer than 7 bytes
    name_bytes = 5, a: refused: the name that the module describes can't be used: it is longer than 5 bytes
    ");

    let mut told: Vec<&str> = cases.iter().map(|(name, ..)| *name).collect();
    // Their words stand elsewhere: `inspect_test.rs`, `compile_test.rs`, `process_test.rs` (two), the aggregates' tests.
    told.extend([
        "nesting",
        "compile_memory_bytes",
        "kept_memory_bytes",
        "call_time",
        "state_bytes",
    ]);
    for field in Limits::FIELDS {
        assert!(told.contains(&field.name), "{}", field.name);
    }
}

#[test]
fn time_ends_a_start_function_and_a_description_too() {
    let limits = Limits {
        fuel_per_call: u64::MAX / 2,
        call_time: Duration::from_millis(100),
        ..tight()
    };
    for (from, to) in [
        ("(global $free", "(start $s) (func $s (loop $l (br $l))) (global $free"),
        (
            ";; description { name, schema } at 0, the one field at 32",
            "(loop $l (br $l))",
        ),
    ] {
        let core = MENAGERIE.replace(from, to);
        let fault = Module::from_bytes(&engine().0, &component(&core), limits.clone()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the module fails when it is started: took longer than 100ms"
        );
    }
}

#[test]
fn instances_recycled_at_the_mark_lose_nothing() {
    // Each record of a batch makes the memory grow; what is over the mark is replaced after each call.
    let batches: Vec<String> = (1..40)
        .map(|batch| {
            let words = (0..7).map(|word| "x".repeat(1 + (batch * 5_003 + word * 911) % 90_000));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let lengths = |kept_memory_bytes: usize, call_records: usize| {
        let (zoo, log) = zoo_within(
            OnError::Fail,
            Limits {
                kept_memory_bytes,
                call_records,
                ..Limits::rust()
            },
        );
        let mut lengths = Vec::new();
        let mut recycled = 0;
        for batch in &batches {
            for rows in zoo.process(&words(batch)).unwrap().rows {
                let column = rows.column(0).as_primitive::<arrow::datatypes::Int64Type>();
                lengths.extend_from_slice(column.values());
            }
            recycled += usize::from(zoo.idle_instances().is_empty());
        }
        assert!(log.take().is_empty());
        (lengths, recycled)
    };
    let wanted: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.split(' ').map(|word| word.len() as i64))
        .collect();
    let never = lengths(usize::MAX, 8_192);
    assert_eq!(never, (wanted.clone(), 0));
    for call_records in [8_192, 2, 1] {
        let (rows, recycled) = lengths(300_000, call_records);
        assert_eq!(rows, wanted);
        // In calls of one record or two none comes to the mark.
        let some = call_records < 8 || (recycled > 5 && recycled < batches.len());
        assert!(some, "{recycled}");
        // A new one for each call.
        assert_eq!(lengths(0, call_records), (wanted.clone(), batches.len()));
    }
}
