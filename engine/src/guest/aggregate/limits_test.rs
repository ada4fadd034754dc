//! What an aggregate's user reads at each limit. Transforms: `guest/limits_test.rs`.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::accumulator::GuestGroups;
use super::module::{AggregateModule, GuestAggregate};
use crate::error::Result;
use crate::guest::Limits;
use crate::guest::testing::{Lines, aggregates, engine, tight};

const MENAGERIE: &str = include_str!("menagerie.wat");

/// The menagerie, which can also grow a table (-1).
fn growing() -> String {
    let fails = "(i64.const -1)) (then (return (call $error))))";
    let grows = "(i64.const -1)) (then (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)) (then unreachable))))";
    let memory = "(memory (export \"memory\") 4)";
    let core = MENAGERIE
        .replace(fails, grows)
        .replace(memory, &format!("{memory} (table $t 1 funcref)"));
    assert!(core.contains("$t 1") && core.contains("grow $t"));
    core
}

fn zoo(core: &str, limits: Limits) -> Result<(GuestAggregate, Arc<Lines>)> {
    let (engine, log) = engine();
    let module = AggregateModule::from_bytes(&engine, &aggregates(core), limits)?;
    Ok((module.aggregate("zoo", None)?, log))
}

fn numbers(values: &[i64]) -> Vec<ArrayRef> {
    vec![Arc::new(Int64Array::from(values.to_vec()))]
}

/// What is said of a module that is loaded within these limits and adds numbers up: why it is refused, or why a row was left out, or
/// what it logged, or the sum.
fn said(core: &str, limits: Limits, values: &[i64]) -> String {
    let (zoo, log) = match zoo(core, limits) {
        Ok(zoo) => zoo,
        Err(fault) => return format!("refused: {fault}"),
    };
    let mut groups = GuestGroups::new(Arc::clone(&zoo.0));
    let rows = vec![0; values.len()];
    if let Err(error) = groups.update_batch(&numbers(values), &rows, None, 1) {
        return format!("ended: {}", without_digest(&error.to_string()));
    }
    if let Some(told) = zoo.take_failures() {
        let lines = log.take();
        let logged = lines.first().map_or(String::new(), |line| format!(" (logged: {line})"));
        return without_digest(&told) + &logged;
    }
    match groups.evaluate(EmitTo::All) {
        Ok(sums) => format!("sum {}", sums.as_primitive::<Int64Type>().value(0)),
        Err(error) => format!("ended: {}", without_digest(&error.to_string())),
    }
}

fn without_digest(text: &str) -> String {
    let Some((before, rest)) = text.split_once("zoo@") else {
        return text.to_owned();
    };
    let behind = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    format!("{before}zoo@DIGEST{behind}")
}

fn only(name: &str, value: u64) -> Limits {
    let mut limits = tight();
    let field = Limits::FIELDS.iter().find(|field| field.name == name).unwrap();
    field.force(&mut limits, value);
    limits
}

#[test]
fn every_limit_has_its_words() {
    let cases: [(&str, u64, &[i64]); 28] = [
        ("module_bytes", 100, &[1]),
        ("functions", 3, &[1]),
        ("function_body_bytes", 100, &[1]),
        ("function_blocks", 10, &[1]),
        ("locals_times_blocks", 50, &[1]),
        ("data_bytes", 20, &[1]),
        ("modules", 1, &[1]),
        ("instances", 1, &[1]),
        ("memories", 0, &[1]),
        ("compile_time", 0, &[1]),
        ("memory_bytes", 65_536, &[1]),
        ("memory_bytes", 1 << 20, &[1, -4]),
        ("table_elements", 0, &[1]),
        ("table_elements", 100, &[1, -1]),
        ("fuel_per_call", 5, &[1]),
        ("fuel_per_call", 300_000, &[1, -3]),
        ("fuel_per_record", 20_000, &[1, -3]),
        ("fuel_per_byte", 1_000, &[1, -3]),
        ("log_lines", 0, &[1, -2]),
        ("log_line_bytes", 8, &[1, -2]),
        ("call_records", 2, &[1, 2, 3, 4]),
        ("call_bytes", 10, &[1, 2, 3, 4]),
        ("output_bytes", 10, &[1]),
        ("state_bytes", 7, &[1]),
        ("reason_bytes", 5, &[1, -2]),
        ("fields", 0, &[1]),
        ("depth", 0, &[1]),
        ("name_bytes", 2, &[1]),
    ];
    let core = growing();
    let said: Vec<String> = cases
        .iter()
        .map(|(name, value, values)| {
            format!(
                "{name} = {value}, {values:?}: {}",
                said(&core, only(name, *value), values)
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    module_bytes = 100, [1]: refused: the module has 6838 bytes, more than the 100 allowed
    functions = 3, [1]: refused: the module has 15 functions, more than the 3 allowed
    function_body_bytes = 100, [1]: refused: the module has 183 bytes in one function, more than the 100 allowed
    function_blocks = 10, [1]: refused: the module has 18 branches and blocks in one function, more than the 10 allowed
    locals_times_blocks = 50, [1]: refused: the module has 72 locals times blocks in one function, more than the 50 allowed
    data_bytes = 20, [1]: refused: the module has 57 bytes of data, more than the 20 allowed
    modules = 1, [1]: refused: the module has 2 modules inside, more than the 1 allowed
    instances = 1, [1]: refused: the module has 3 instances, more than the 1 allowed
    memories = 0, [1]: refused: the module has 1 tables, more than the 0 allowed
    compile_time = 0, [1]: refused: compiling the module takes longer than the 0 s allowed
    memory_bytes = 65536, [1]: refused: the module has 262144 bytes of memory from the start, more than the 65536 allowed
    memory_bytes = 1048576, [1, -4]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: stopped itself (`unreachable`) (it asked for 655622144 bytes of memory, 1048576 are allowed)
    table_elements = 0, [1]: refused: the module has 1 table entries from the start, more than the 0 allowed
    table_elements = 100, [1, -1]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: stopped itself (`unreachable`) (it asked for 1002 table entries, 100 are allowed)
    fuel_per_call = 5, [1]: sum 1
    fuel_per_call = 300000, [1, -3]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: used up its 310160 units of fuel (does it loop without end?)
    fuel_per_record = 20000, [1, -3]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: used up its 220160 units of fuel (does it loop without end?)
    fuel_per_byte = 1000, [1, -3]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: used up its 226000 units of fuel (does it loop without end?)
    log_lines = 0, [1, -2]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: panicked at src/lib.rs:7:5: no such animal (logged: zoo: ... 1 more lines)
    log_line_bytes = 8, [1, -2]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: panicked at src/lib.rs:7:5: no such animal (logged: zoo: error: panicked...)
    call_records = 2, [1, 2, 3, 4]: sum 10
    call_bytes = 10, [1, 2, 3, 4]: sum 10
    output_bytes = 10, [1]: refused: the module fails when it is started: returned or logged more than the 10 bytes allowed
    state_bytes = 7, [1]: refused: the states that the module describes can't be used: aggregate `zoo`: one takes up to 8 bytes, more than the 7 allowed
    reason_bytes = 5, [1, -2]: aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: panic... (logged: zoo: error: panicked at src/lib.rs:7:5:\nno such animal)
    fields = 0, [1]: refused: the arguments that the module describes can't be used: aggregate `zoo`: it has 1 fields, more than the 0 allowed
    depth = 0, [1]: refused: the arguments that the module describes can't be used: aggregate `zoo`: field `value`: nested deeper than the 0 levels allowed
    name_bytes = 2, [1]: refused: the name that the module describes can't be used: it is longer than 2 bytes
    ");

    let mut told: Vec<&str> = cases.iter().map(|(name, ..)| *name).collect();
    // The same for all modules, and told there: `inspect_test.rs`, `compile_test.rs`; below: rows too large, time, recycling.
    // What an aggregate returns has as many entries as the call had states.
    told.extend([
        "nesting",
        "compile_memory_bytes",
        "kept_memory_bytes",
        "call_time",
        "record_bytes",
        "output_rows",
    ]);
    for field in Limits::FIELDS {
        assert!(told.contains(&field.name), "{}", field.name);
    }
}

#[test]
fn time_ends_what_fuel_does_not() {
    let limits = Limits {
        fuel_per_call: u64::MAX / 2,
        call_time: Duration::from_millis(100),
        ..tight()
    };
    assert_eq!(
        said(MENAGERIE, limits, &[1, -3, 2]),
        "aggregate `zoo` (zoo@DIGEST): 1 row was left out; the first: took longer than 100ms"
    );
}

#[test]
fn a_start_that_never_ends() {
    let core = MENAGERIE.replace(
        "(global $spoilt",
        "(start $s) (func $s (loop $l (br $l))) (global $spoilt",
    );
    assert_eq!(
        said(&core, tight(), &[1]),
        "refused: the module fails when it is started: used up its 200000 units of fuel (does it loop without end?)"
    );
}

#[test]
fn a_row_too_large_is_left_out_unseen() {
    // The argument becomes a text, whose lengths are what is added: the first of its offsets are read as numbers would be, so the
    // values are none that the menagerie goes wrong at.
    let core = MENAGERIE.replace(
        "(i32.store8 (i32.const 136) (i32.const 2))",
        "(i32.store8 (i32.const 136) (i32.const 4))",
    );
    let limits = Limits {
        record_bytes: 10,
        ..tight()
    };
    let (zoo, _) = zoo(&core, limits).unwrap();
    let mut groups = GuestGroups::new(Arc::clone(&zoo.0));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        "a",
        "12345678901",
        "bb",
        "ccc",
        "123456789012",
        "0123456789",
    ]));
    groups.update_batch(&[texts], &[0, 0, 1, 0, 1, 1], None, 2).unwrap();
    assert_eq!(
        without_digest(&zoo.take_failures().unwrap()),
        "aggregate `zoo` (zoo@DIGEST): 2 rows were left out; the first: the row has 11 bytes, more than the 10 allowed"
    );
}

#[test]
fn instances_recycled_at_the_mark_lose_nothing() {
    let sums = |kept_memory_bytes: usize| {
        let limits = Limits {
            kept_memory_bytes,
            ..Limits::rust()
        };
        let (zoo, log) = zoo(MENAGERIE, limits).unwrap();
        let mut groups = GuestGroups::new(Arc::clone(&zoo.0));
        for batch in 1..20_usize {
            let values: Vec<i64> = (0..batch as i64 * 1_000).collect();
            let rows: Vec<usize> = (0..values.len()).map(|row| row % (batch * 97)).collect();
            groups.update_batch(&numbers(&values), &rows, None, 20 * 97).unwrap();
        }
        assert_eq!(zoo.take_failures(), None);
        assert!(log.take().is_empty());
        groups
            .evaluate(EmitTo::All)
            .unwrap()
            .as_primitive::<Int64Type>()
            .values()
            .to_vec()
    };
    let never = sums(usize::MAX);
    let all: i64 = (1..20).map(|batch: i64| (0..batch * 1_000).sum::<i64>()).sum();
    assert_eq!(never.iter().sum::<i64>(), all);
    assert_eq!(sums(400_000), never);
    assert_eq!(sums(0), never);
}
