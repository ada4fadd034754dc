use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, Int64Type};

use super::*;
use crate::guest::testing::*;
use crate::guest::{Limits, Module};

/// Offset and length of each row; a null length as -1.
fn rows(processed: &Processed) -> Vec<(i64, i64)> {
    let mut rows = Vec::new();
    for batch in &processed.rows {
        let lengths = batch.column(0).as_primitive::<Int64Type>();
        let offsets = batch
            .column_by_name("kafka_offset")
            .unwrap()
            .as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            rows.push((
                offsets.value(row),
                if lengths.is_null(row) { -1 } else { lengths.value(row) },
            ));
        }
    }
    rows
}

/// Offset and reason of each dead letter.
fn dead(processed: &Processed) -> Vec<(i64, String)> {
    let offsets = processed.dead_letters.column(2).as_primitive::<Int64Type>();
    let reasons = processed.dead_letters.column(5).as_string::<i32>();
    (0..processed.dead_letters.num_rows())
        .map(|row| (offsets.value(row), reasons.value(row).to_owned()))
        .collect()
}

/// The reason why a record of this text fails among good neighbours, which must come through.
fn reason_of(record: &str) -> String {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let processed = zoo.process(&words(&format!("a bb {record} ccc dddd"))).unwrap();
    assert_eq!(rows(&processed), [(100, 1), (101, 2), (103, 3), (104, 4)], "{record}");
    let mut dead = dead(&processed);
    assert_eq!(dead.len(), 1, "{record}");
    assert_eq!(dead[0].0, 102);
    dead.remove(0).1
}

#[test]
fn rows_have_their_records_columns() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let processed = zoo.process(&words("a bb ccc")).unwrap();
    assert_eq!(rows(&processed), [(100, 1), (101, 2), (102, 3)]);
    let names: Vec<_> = zoo
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(
        names,
        [
            "length",
            "kafka_key",
            "kafka_topic",
            "kafka_partition",
            "kafka_offset",
            "kafka_timestamp"
        ]
    );
    let batch = &processed.rows[0];
    assert_eq!(batch.schema(), *zoo.schema());
    assert_eq!(batch.column(1).as_binary::<i32>().value(2), b"k");
    assert_eq!(batch.column(2).as_string::<i32>().value(2), "t");
    assert_eq!(batch.column(3).as_primitive::<Int32Type>().value(2), 0);
    assert_eq!(processed.dead_letters.num_rows(), 0);
    assert!(processed.errors.is_empty());
}

#[test]
fn an_empty_batch_is_nothing() {
    let (zoo, _) = zoo(OnError::Fail);
    let processed = zoo.process(&records([])).unwrap();
    assert!(processed.rows.is_empty());
    assert_eq!(processed.dead_letters.schema(), Transform::dead_letter_schema());
}

#[test]
fn each_way_to_fail_is_pinned_on_its_record_and_told() {
    assert_eq!(reason_of("E"), "bad record");
    assert_eq!(reason_of("W"), "bad batch");
    assert_eq!(reason_of("P"), "panicked at src/lib.rs:12:5: index out of bounds");
    assert_eq!(reason_of("U"), "stopped itself (`unreachable`)");
    assert_eq!(
        reason_of("L"),
        "used up its 210020 units of fuel (does it loop without end?)"
    );
    assert_eq!(
        reason_of("D"),
        "used up its 210020 units of fuel (does it loop without end?)"
    );
    assert_eq!(reason_of("R"), "stack overflow (does it call itself without end?)");
    assert_eq!(reason_of("Z"), "integer divide by zero");
    assert_eq!(reason_of("O"), "out of bounds memory access");
    assert_eq!(
        reason_of("M"),
        "stopped itself (`unreachable`) (it asked for 655622144 bytes of memory, 268435456 are allowed)"
    );
    assert_eq!(
        reason_of("G"),
        "broke the contract: list pointer/length out of bounds of memory"
    );
    assert_eq!(reason_of("B"), "a row comes from record 1000000, but there are only 1");
}

#[test]
fn dead_letters_say_where_and_why_and_keep_the_bytes() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let processed = zoo.process(&records([Some(&b"E\xff"[..]), None, Some(b"ok")])).unwrap();
    assert_eq!(rows(&processed), [(101, 0), (102, 2)]);
    let letters = &processed.dead_letters;
    assert_eq!(letters.column(0).as_string::<i32>().value(0), "t");
    assert_eq!(
        letters.column(4).as_string::<i32>().value(0),
        zoo.module().digest().to_string()
    );
    assert_eq!(letters.column(6).as_binary::<i32>().value(0), b"E\xff");
    let short = zoo.module().digest().short();
    assert_eq!(
        processed.errors.to_string(),
        format!(
            "`zoo` (menagerie@{short}): 1 record failed, kept as dead letters; first topic `t` partition 0 offset 100: bad record"
        )
    );
}

#[test]
fn skipped_records_are_counted() {
    let (zoo, _) = zoo(OnError::Skip);
    let processed = zoo.process(&words("E a U bb E")).unwrap();
    assert_eq!(rows(&processed), [(101, 1), (103, 2)]);
    assert_eq!(processed.dead_letters.num_rows(), 0);
    assert_eq!(processed.errors.count, 3);
}

#[test]
fn rows_of_nulls_stand_in_their_records_place() {
    let (zoo, _) = zoo(OnError::Null);
    let processed = zoo.process(&words("E a E E bb U ccc E")).unwrap();
    assert_eq!(
        rows(&processed),
        [
            (100, -1),
            (101, 1),
            (102, -1),
            (103, -1),
            (104, 2),
            (105, -1),
            (106, 3),
            (107, -1)
        ]
    );
    assert_eq!(processed.rows.len(), 1);
    assert_eq!(processed.errors.count, 5);
}

#[test]
fn fail_names_the_first_record() {
    let (zoo, _) = zoo(OnError::Fail);
    let short = zoo.module().digest().short();
    let fault = zoo.process(&words("a bb P ccc E")).unwrap_err();
    assert_eq!(
        fault.report(),
        format!(
            "error: a record failed: transform `zoo` (menagerie@{short}): topic `t` partition 0 offset 102: \
             panicked at src/lib.rs:12:5: index out of bounds\n\n\
             hint: `on_error = \"dead-letter\"` keeps such records aside and goes on\n"
        )
    );
    // The next batch gets a new instance.
    assert_eq!(rows(&zoo.process(&words("a")).unwrap()), [(100, 1)]);
}

#[test]
fn one_poisonous_record_of_many_is_found_in_a_few_calls() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let values = (0..5_000).map(|record| Some(if record == 3_210 { &b"U"[..] } else { b"fine" }));
    let processed = zoo.process(&records(values)).unwrap();
    assert_eq!(dead(&processed), [(3_310, "stopped itself (`unreachable`)".to_owned())]);
    assert_eq!(rows(&processed).len(), 4_999);
    assert!(rows(&processed).is_sorted());
    assert_eq!(processed.rows.len(), 1);
}

#[test]
fn a_module_that_fails_on_everything_ends_soon() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let short = zoo.module().digest().short();
    for record in ["P", "L"] {
        let fault = zoo
            .process(&records((0..5_000).map(|_| Some(record.as_bytes()))))
            .unwrap_err();
        let text = fault.to_string();
        let start = format!(
            "the module fails on every record (16 in a row): transform `zoo` (menagerie@{short}): topic `t` partition 0 offset 115: "
        );
        assert!(text.starts_with(&start), "{text}");
    }
}

#[test]
fn runaways_all_over_a_batch_cost_a_bounded_sum() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let values = (0..4_000).map(|record| Some(if record % 10 == 3 { &b"L"[..] } else { b"fine" }));
    let fault = zoo.process(&records(values)).unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("the module fails on so many records of a batch that finding them costs too much"),
        "{fault}"
    );
}

#[test]
fn many_quick_failures_are_all_found() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    let values = (0..1_000).map(|record| Some(if record % 10 == 3 { &b"U"[..] } else { b"fine" }));
    let processed = zoo.process(&records(values)).unwrap();
    assert_eq!(dead(&processed).len(), 100);
    assert_eq!(rows(&processed).len(), 900);
}

#[test]
fn a_record_too_large_fails_without_a_call() {
    let (zoo, _) = zoo_within(
        OnError::DeadLetter,
        Limits {
            record_bytes: 10,
            ..tight()
        },
    );
    let processed = zoo.process(&words("a 0123456789 bb")).unwrap();
    assert_eq!(
        dead(&processed),
        [(101, "the record has 11 bytes, more than the 10 allowed".to_owned())]
    );
    assert_eq!(rows(&processed), [(100, 1), (102, 2)]);
}

#[test]
fn calls_are_cut_by_records_and_bytes() {
    let (zoo, _) = zoo_within(
        OnError::DeadLetter,
        Limits {
            call_records: 3,
            call_bytes: 12,
            ..tight()
        },
    );
    let processed = zoo.process(&words("a b c d 0123456789abcdef e f")).unwrap();
    assert_eq!(
        processed.rows.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
        [3, 1, 1, 2]
    );
    assert_eq!(
        rows(&processed).iter().map(|row| row.1).collect::<Vec<_>>(),
        [1, 1, 1, 1, 16, 1, 1]
    );
}

#[test]
fn the_same_batch_costs_the_same_fuel() {
    let (one, _) = zoo(OnError::DeadLetter);
    let (other, _) = zoo(OnError::DeadLetter);
    let batch = words("a bb U ccc L E");
    let fuel = one.process(&batch).unwrap().fuel;
    assert_eq!(one.process(&batch).unwrap().fuel, fuel);
    assert_eq!(other.process(&batch).unwrap().fuel, fuel);
}

#[test]
fn log_lines_come_out_once_and_harmless() {
    let (zoo, log) = zoo(OnError::DeadLetter);
    zoo.process(&words("S a S U")).unwrap();
    assert_eq!(
        log.take(),
        ["zoo: info: a line\\u{1b}[31m", "zoo: info: a line\\u{1b}[31m"]
    );
    zoo.process(&words("a P bb")).unwrap();
    assert_eq!(
        log.take(),
        ["zoo: error: panicked at src/lib.rs:12:5:\\nindex out of bounds"]
    );
}

#[test]
fn a_flood_of_log_lines_is_counted() {
    let (zoo, log) = zoo(OnError::DeadLetter);
    zoo.process(&words("X a X")).unwrap();
    let lines = log.take();
    assert_eq!(lines.len(), 21);
    assert_eq!(lines[19..], ["zoo: warn: a line", "zoo: ... 180 more lines"]);
}

#[test]
fn threads_share_a_transform() {
    let (zoo, _) = zoo(OnError::DeadLetter);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| rows(&zoo.process(&words("a U bb E")).unwrap())))
            .collect();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), [(100, 1), (102, 2)]);
        }
    });
}

#[test]
fn the_clock_ends_what_fuel_does_not() {
    let limits = Limits {
        fuel_per_call: u64::MAX / 2,
        call_time: std::time::Duration::from_millis(100),
        ..tight()
    };
    let (zoo, _) = zoo_within(OnError::DeadLetter, limits);
    let processed = zoo.process(&words("a L bb")).unwrap();
    assert_eq!(dead(&processed), [(101, "took longer than 100ms".to_owned())]);
    assert_eq!(rows(&processed), [(100, 1), (102, 2)]);
}

#[test]
fn an_instance_that_has_grown_large_is_replaced() {
    // The menagerie's memory grows for what it is given, and never shrinks.
    let limits = Limits {
        kept_memory_bytes: 8 << 20,
        ..Limits::rust()
    };
    let (zoo, _) = zoo_within(OnError::Fail, limits);
    let small = words("a");
    zoo.process(&small).unwrap();
    assert_eq!(zoo.idle_instances().len(), 1);
    let large = vec![b'x'; 10 << 20];
    zoo.process(&records([Some(large.as_slice())])).unwrap();
    assert_eq!(zoo.idle_instances().len(), 0);
    zoo.process(&small).unwrap();
    assert_eq!(zoo.idle_instances().len(), 1);
}

#[test]
fn room_for_the_records_that_is_no_room() {
    for (at, reason) in [
        (
            "(i32.const -16)",
            "broke the contract: realloc return: beyond end of memory",
        ),
        (
            "(i32.const 4097)",
            "broke the contract: realloc return: result not aligned",
        ),
    ] {
        let core = MENAGERIE.replace("(call $alloc (local.get 2) (local.get 3))", at);
        let module = Module::from_bytes(&engine().0, &component(&core), tight()).unwrap();
        let evil = Transform::new("evil", module, OnError::DeadLetter, false);
        assert_eq!(dead(&evil.process(&words("a")).unwrap()), [(100, reason.to_owned())]);
    }
}

#[test]
fn asking_in_vain_again_and_again_ends_the_call_long_before_its_fuel() {
    let text = MENAGERIE.replace(
        "(then (if (i32.eq (memory.grow (i32.const 10000)) (i32.const -1)) (then unreachable)))",
        "(then (loop $again (drop (memory.grow (i32.const 10000))) (br $again)))",
    );
    assert_ne!(text, MENAGERIE);
    let module = Module::from_bytes(&engine().0, &component(&text), tight()).unwrap();
    let greedy = Transform::new("greedy", module, OnError::DeadLetter, false);
    let processed = greedy.process(&words("a M bb")).unwrap();
    assert_eq!(rows(&processed), [(100, 1), (102, 2)]);
    insta::assert_snapshot!(dead(&processed)[0].1, @"asked to grow 1000 times after it was refused (does it loop without end?) (it asked for 655622144 bytes of memory, 268435456 are allowed)");
}
