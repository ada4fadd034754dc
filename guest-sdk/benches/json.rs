//! How fast the reader makes columns of the lab's orders, beside serde_json making borrowed structs of them:
//! `cargo bench -p wasmill-sdk`. CPU time of this thread, the two in turn, the median of the rounds.

#![expect(clippy::expect_used, reason = "a benchmark has nobody to hand an error to")]

use std::hint::black_box;
use std::time::Duration;

use serde::Deserialize;
use wasmill_sdk::internal::{Cell, Column};
use wasmill_sdk::{IntoRows, Row, json};

#[derive(Row, Deserialize)]
struct Order<'a> {
    order_id: i32,
    customer_id: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
    total: f64,
    status: &'a str,
}

#[derive(Row, Deserialize)]
struct Item<'a> {
    product_id: i32,
    product_name: &'a str,
    quantity: i32,
    unit_price: f64,
    subtotal: f64,
}

/// Small enough that the allocator gives each batch the memory of the last one, as it does in a guest.
const BATCH: usize = 500;
const ROUNDS: usize = 101;

fn main() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/golden/records/orders-2000.jsonl"
    );
    let lines = std::fs::read_to_string(file).expect("the golden orders");
    let value = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        record["value"].as_str().expect("a text").to_owned()
    };
    let orders: Vec<String> = lines.lines().map(value).collect();
    let orders: Vec<&str> = orders.iter().map(String::as_str).collect();
    let bytes = orders.iter().map(|order| order.len()).sum::<usize>() as f64 / orders.len() as f64;
    println!("{} orders of {bytes:.0} bytes on average", orders.len());

    let mut columns = Vec::new();
    let mut structs = Vec::new();
    for _ in 0..ROUNDS {
        structs.push(cpu_time(|| {
            for order in &orders {
                let order: Order<'_> = serde_json::from_str(order).expect("an order");
                black_box(&order);
            }
        }));
        columns.push([
            cpu_time(|| to_columns(&orders, false)),
            cpu_time(|| to_columns(&orders, true)),
        ]);
    }
    let per_record = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e9 / orders.len() as f64
    };
    let structs = per_record(&mut structs);
    println!("serde_json, borrowed structs: {structs:6.0} ns an order");
    for (setting, name) in ["strict", "spark "].into_iter().enumerate() {
        let columns = per_record(&mut columns.iter().map(|times| times[setting]).collect());
        let rate = bytes / columns;
        println!(
            "columns, {name}:              {columns:6.0} ns an order, {rate:.2} GB/s, {:.2} times as fast",
            structs / columns
        );
    }
}

fn to_columns(orders: &[&str], spark: bool) {
    for batch in orders.chunks(BATCH) {
        let mut columns = <Order<'_> as Cell>::Column::default();
        for order in batch {
            let order = json::<Order<'_>>(*order);
            let appended = if spark {
                order.spark().append_to(&mut columns)
            } else {
                order.append_to(&mut columns)
            };
            appended.expect("an order");
        }
        let mut finished = Vec::new();
        columns.finish(&mut finished);
        black_box(finished);
    }
}

/// Other processes share the machine, so the clock on the wall would measure them too. The standard library has no clock for a
/// thread's own time.
fn cpu_time(work: impl FnOnce()) -> Duration {
    let start = thread_clock();
    work();
    thread_clock().saturating_sub(start)
}

#[cfg(target_os = "linux")]
fn thread_clock() -> Duration {
    const CLOCK_THREAD_CPUTIME_ID: std::ffi::c_int = 3;
    unsafe extern "C" {
        fn clock_gettime(clock: std::ffi::c_int, time: *mut [std::ffi::c_long; 2]) -> std::ffi::c_int;
    }
    let mut time = [0; 2];
    // SAFETY: a `timespec` is two longs, seconds and nanoseconds, and this one is ours to write.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time[0] as u64, time[1] as u32)
}

#[cfg(not(target_os = "linux"))]
fn thread_clock() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
